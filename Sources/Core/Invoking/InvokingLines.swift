/// What becomes of the child's lines: its own final states end it, and the parent is told what it
/// refuses.
struct InvokedLines {
  /// The number of its first kind of events.
  let kinds: UInt16
  /// The number of the action that ends it.
  let end: UInt16
  /// The number of the action that tells of its first kind.
  let refused: Int
  /// By kind, whether the parent is told when it is refused.
  let isTold: [Bool]

  func lines(_ lines: [Line], isRoot: Bool) -> [Line] {
    var told: [Line] = []
    let own = lines.map { line -> Line in
      switch line {
      case .state(let it): return .state(state(it, isEnd: isRoot && it.kind == .final))
      case .refused(let kinds):
        told += kinds.filter { isTold($0) }.map { telling($0) }
        return .refused(kinds.filter { !isTold($0) })
      case .transition, .ignored, .deferred, .initial: return line
      }
    }
    return own + told
  }

  private func state(_ it: StateLine, isEnd: Bool) -> StateLine {
    StateLine(
      symbol: it.symbol, kind: it.kind, initial: it.initial,
      entry: it.entry + (isEnd ? [end] : []), exit: it.exit,
      body: lines(it.body, isRoot: false), invoked: it.invoked)
  }

  private func isTold(_ kind: UInt16) -> Bool {
    let place = Int(kind) - Int(kinds)
    return isTold.indices.contains(place) && isTold[place]
  }

  private func telling(_ kind: UInt16) -> Line {
    .transition(
      TransitionLine(
        trigger: .event(kind), condition: nil,
        actions: [Shift.code(refused + Int(kind) - Int(kinds))], targets: [], isInternal: true))
  }
}

/// What becomes of the parent's lines when one of its states runs a child.
struct InvokingLines {
  /// The state that runs the child.
  let state: UInt16
  /// The child's name.
  let name: String
  /// The child's state that is entered first.
  let initial: UInt16
  /// The child's lines.
  let children: [Line]
  /// The numbers of the actions that begin and cancel it.
  let begin: UInt16
  let cancel: UInt16
  /// What is said to the child's events where no child runs.
  let answer: Line

  /// The lines with the child in its state, and with an answer to its events where none runs.
  ///
  /// - Parameter isBeside: Whether they stand in a region of which another one runs the child: the
  ///   answer is given there.
  func lines(_ lines: [Line], isBeside: Bool) -> [Line] {
    lines.map { line in
      if case .state(let it) = line { .state(filled(it, isBeside)) } else { line }
    }
  }

  private func filled(_ it: StateLine, _ isBeside: Bool) -> StateLine {
    if it.symbol == state, Self.isPlain(it) {
      return StateLine(
        symbol: it.symbol, kind: it.kind, initial: initial, entry: it.entry + [begin],
        exit: it.exit + [cancel], body: it.body + children, invoked: name)
    }
    let parts = it.kind == .parallel && it.body.contains { holds($0) }
    let body = it.body.flatMap { line in
      lines([line], isBeside: isBeside || parts && !holds(line))
    }
    let isAnswering = Self.isPlain(it) && !isBeside
    return StateLine(
      symbol: it.symbol, kind: it.kind, initial: it.initial, entry: it.entry, exit: it.exit,
      body: body + (isAnswering ? [answer] : []), invoked: it.invoked)
  }

  /// Whether it is a leaf that waits for events.
  private static func isPlain(_ it: StateLine) -> Bool {
    it.kind == .ordinary && states(it.body).isEmpty
  }

  private static func states(_ lines: [Line]) -> [StateLine] {
    lines.compactMap { if case .state(let it) = $0 { it } else { nil } }
  }

  private func holds(_ line: Line) -> Bool {
    guard case .state(let it) = line else { return false }
    return it.symbol == state || it.body.contains { holds($0) }
  }

  /// Whether the state is there and is such a leaf.
  func isFitting(_ lines: [Line]) -> Bool {
    Self.states(lines).contains { $0.symbol == state ? Self.isPlain($0) : isFitting($0.body) }
  }

  /// The deep history states that would lead into the middle of the child.
  func resuming(_ lines: [Line]) -> [UInt16] {
    guard lines.contains(where: { holds($0) }) else { return [] }
    return Self.states(lines).flatMap { it in
      it.kind == .history(isDeep: true) ? [it.symbol] : resuming(it.body)
    }
  }
}
