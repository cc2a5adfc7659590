extension Invoking {
  /// The parent's states and transitions, and the child's inside the state that runs it.
  public static var definition: Definition<Self> {
    let parent = I.Parent.definition
    let child = I.Child.definition
    let outside = Shift(kindCount: I.Parent.Event.Kind.symbolCount)
    let inside = Shift(
      states: Shift.code(I.Parent.State.symbolCount),
      kinds: Shift.code(I.Parent.Event.Kind.symbolCount),
      guards: UInt8(truncatingIfNeeded: I.Parent.Guard.symbolCount),
      actions: Shift.code(I.Parent.Action.symbolCount),
      delays: Shift.code(I.Parent.Delay.symbolCount), kindCount: I.Child.Event.Kind.symbolCount)
    let guest = InvokedLines(
      kinds: inside.kinds, end: Action.end.rawValue, refused: Action.first + 3,
      isTold: I.Child.Event.Kind.allCases.map { I.refused($0) != nil })
    let host = InvokingLines(
      state: State.parent(I.state).rawValue, name: "\(I.Child.name)",
      initial: child.initial.code &+ inside.states,
      children: guest.lines(inside.lines(child.lines), isRoot: true),
      begin: Action.begin.rawValue, cancel: Action.cancel.rawValue,
      answer: I.isLateIgnored ? .ignored(inside.allKinds) : .refused(inside.allKinds))
    let lines = outside.lines(parent.lines)
    var whole = Definition<Self>(
      initial: .parent(parent.initial), lines: host.lines(lines, isBeside: false))
    whole.notes.add(parent.notes, outside)
    whole.notes.add(child.notes, inside)
    if !host.isFitting(lines) { whole.notes.misfits.append(host.state) }
    whole.notes.resuming += host.resuming(lines)
    whole.notes.spares += (Action.first..<Action.symbolCount).map { Shift.code($0) }
    return whole
  }
}

/// What is to be known of a chart that invokes another beside its lines, by raw values.
struct InvokingNotes {
  /// The states that are to run a chart and can run none.
  var misfits: [UInt16] = []
  /// The deep history states that lead into the middle of a chart that a state runs.
  var resuming: [UInt16] = []
  /// The actions that it need not use.
  var spares: [UInt16] = []

  mutating func add(_ other: InvokingNotes, _ shift: Shift) {
    misfits += other.misfits.map { $0 &+ shift.states }
    resuming += other.resuming.map { $0 &+ shift.states }
    spares += other.spares.map { $0 &+ shift.actions }
  }
}

/// The lines of one chart as lines of another in which its symbols have other numbers.
struct Shift {
  var states: UInt16 = 0
  var kinds: UInt16 = 0
  var guards: UInt8 = 0
  var actions: UInt16 = 0
  var delays: UInt16 = 0
  /// How many kinds of events the chart has.
  let kindCount: Int

  static func code(_ number: Int) -> UInt16 { UInt16(truncatingIfNeeded: number) }

  /// The kinds of the chart's events, by their new numbers.
  var allKinds: [UInt16] { (0..<kindCount).map { Self.code($0) &+ kinds } }

  func lines(_ lines: [Line]) -> [Line] {
    /// The kinds for which a line above takes every event.
    var closed = Marks()
    return lines.flatMap { line -> [Line] in
      switch line {
      case .state(let it): [.state(state(it))]
      case .transition(let it): transitions(it, &closed)
      case .ignored(let kinds): [.ignored(kinds.map { $0 &+ self.kinds })]
      case .refused(let kinds): [.refused(kinds.map { $0 &+ self.kinds })]
      case .deferred(let kinds): [.deferred(kinds.map { $0 &+ self.kinds })]
      case .initial(let child, let actions): [.initial(child &+ states, list(actions))]
      }
    }
  }

  private func state(_ it: StateLine) -> StateLine {
    StateLine(
      symbol: it.symbol &+ states, kind: it.kind, initial: it.initial.map { $0 &+ states },
      entry: list(it.entry), exit: list(it.exit), body: lines(it.body), invoked: it.invoked)
  }

  /// One transition; for any event one for each kind of the chart, since that is what it means
  /// where there are kinds of another.
  private func transitions(_ it: TransitionLine, _ closed: inout Marks) -> [Line] {
    let triggers: [Plan.Trigger]
    var isSpread = it.isSpread
    switch it.trigger {
    case .event(let kind): triggers = [.event(kind &+ kinds)]
    case .any:
      isSpread = true
      triggers = Line.events(allKinds.filter { !closed.contains(Int($0)) })
    case .delay(let delay): triggers = [.delay(delay &+ delays)]
    case .done, .eventless: triggers = [it.trigger]
    }
    return triggers.map { trigger in
      if case .event(let kind) = trigger, it.condition == nil { closed.insert(Int(kind)) }
      return .transition(
        TransitionLine(
          trigger: trigger, condition: it.condition?.map { $0 &+ guards },
          actions: list(it.actions), targets: it.targets.map { $0 &+ states },
          isInternal: it.isInternal, isSpread: isSpread))
    }
  }

  private func list(_ codes: [UInt16]) -> [UInt16] { codes.map { $0 &+ actions } }
}
