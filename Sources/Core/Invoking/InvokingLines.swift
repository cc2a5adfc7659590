/// What becomes of the parent's lines when one of its states runs a child.
struct InvokingLines {
  /// The state that runs the child.
  let state: UInt16
  /// What a drawing says of it in the state.
  let words: [String]
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
        symbol: it.symbol, kind: it.kind, initial: initial, entry: it.entry, exit: it.exit,
        body: it.body + children, invoked: words,
        around: Plan.Around(entry: it.around.entry + [begin], exit: it.around.exit + [cancel])
      ).from(it)
    }
    let parts = it.kind == .parallel && it.body.contains { holds($0) }
    let body = it.body.flatMap { line in
      lines([line], isBeside: isBeside || parts && !holds(line))
    }
    // Final states as well: nothing leaves them, and late answers come there.
    let isAnswering = (Self.isPlain(it) || it.kind == .final) && !isBeside
    return StateLine(
      symbol: it.symbol, kind: it.kind, initial: it.initial, entry: it.entry, exit: it.exit,
      body: body + (isAnswering ? [answer] : []), invoked: it.invoked, around: it.around
    ).from(it)
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

  /// A child's lines, whose own final states end it.
  static func ending(_ lines: [Line], by end: UInt16) -> [Line] {
    lines.map { line in
      guard case .state(let it) = line, it.kind == .final else { return line }
      return .state(
        StateLine(
          symbol: it.symbol, kind: it.kind, initial: it.initial, entry: it.entry, exit: it.exit,
          body: it.body, invoked: it.invoked,
          around: Plan.Around(entry: it.around.entry + [end], exit: it.around.exit)
        ).from(it))
    }
  }

  /// How many of a child's lines stand outside of all its states.
  static func strays(_ lines: [Line]) -> Int { lines.count - states(lines).count }
}
