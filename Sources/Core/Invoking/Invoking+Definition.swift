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
    let host = InvokingLines(
      state: State.parent(I.state).rawValue, words: words,
      initial: child.initial.code &+ inside.states,
      children: InvokingLines.ending(inside.lines(child.lines), by: Action.end.rawValue),
      begin: Action.begin.rawValue, cancel: Action.cancel.rawValue,
      answer: I.isLateIgnored ? .ignored(inside.allKinds) : .refused(inside.allKinds))
    let lines = outside.lines(parent.lines)
    var whole = Definition<Self>(
      initial: .parent(parent.initial), lines: host.lines(lines, isBeside: false))
    #if !hasFeature(Embedded)
      whole.origin = parent.origin
    #endif
    whole.notes.add(parent.notes, outside)
    whole.notes.add(child.notes, inside)
    if !host.isFitting(lines) { whole.notes.misfits.append(host.state) }
    whole.notes.resuming += host.resuming(lines)
    whole.notes.namesakes += namesakes
    whole.notes.strays += InvokingLines.strays(child.lines)
    whole.notes.spares += (Action.first..<Action.symbolCount).map { Shift.code($0) }
    return whole
  }

  /// The child's states whose names the parent has as well.
  private static var namesakes: [UInt16] {
    #if hasFeature(Embedded)
      // There are no names.
      return []
    #else
      let names = Set(I.Parent.State.allCases.map { $0.name })
      return I.Child.State.allCases.map { State.child($0) }.filter { names.contains("\($0)") }
        .map { $0.rawValue }
    #endif
  }

  /// What a drawing says of it in the state that runs the child.
  private static var words: [String] {
    let told = I.Child.Event.Kind.allCases.compactMap { kind in
      I.refused(kind).map { "\($0.kind.name) when \(I.childName).\(kind.name) is refused" }
    }
    return ["invoke \(I.childName)"] + told
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
  /// The states that have the name of another.
  var namesakes: [UInt16] = []
  /// Lines of a child that stand outside of all its states.
  var strays = 0

  mutating func add(_ other: InvokingNotes, _ shift: Shift) {
    misfits += other.misfits.map { $0 &+ shift.states }
    resuming += other.resuming.map { $0 &+ shift.states }
    strays += other.strays
    namesakes += other.namesakes.map { $0 &+ shift.states }
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
    lines.flatMap { line -> [Line] in
      switch line {
      case .state(let it): [.state(state(it))]
      case .transition(let it): transitions(it)
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
      entry: list(it.entry), exit: list(it.exit), body: lines(it.body), invoked: it.invoked,
      around: Plan.Around(entry: list(it.around.entry), exit: list(it.around.exit))
    ).from(it)
  }

  /// One transition; for any event one for each kind of the chart, since that is what it means
  /// where there are kinds of another.
  private func transitions(_ it: TransitionLine) -> [Line] {
    let triggers: [Plan.Trigger]
    switch it.trigger {
    case .event(let kind): triggers = [.event(kind &+ kinds)]
    case .any: triggers = Line.events(allKinds)
    case .delay(let delay): triggers = [.delay(delay &+ delays)]
    case .done, .eventless: triggers = [it.trigger]
    }
    return triggers.map { trigger in
      .transition(
        TransitionLine(
          trigger: trigger, condition: it.condition?.map { $0 &+ guards },
          actions: list(it.actions), targets: it.targets.map { $0 &+ states },
          isInternal: it.isInternal, isSpread: it.isSpread || it.trigger == .any
        ).from(it))
    }
  }

  private func list(_ codes: [UInt16]) -> [UInt16] { codes.map { $0 &+ actions } }
}
