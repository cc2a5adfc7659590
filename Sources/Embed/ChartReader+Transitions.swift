import BatonCore

/// Transitions, and what all rows say together.
extension ChartReader {
  /// Notes what this kind of state may not have.
  mutating func expectBare(_ state: Plan.State, _ row: Int) {
    let decisions = state.ignored + state.refused + state.deferred
    let (noun, lists): (StaticString, [[UInt16]]) =
      switch state.kind {
      case .ordinary, .parallel: ("", [])
      case .final: ("final", [state.exit, decisions])
      case .history: ("history", [state.entry, state.exit, decisions])
      }
    guard lists.contains(where: { !$0.isEmpty }) else { return }
    note(.misplaced, state: row, "\(noun) state \(name(of: row)) has actions or events of its own")
  }

  /// Adds a transition to its source, unless a number in it is wrong.
  mutating func addTransition(_ row: Int) {
    let given = tables.transitions[row]
    guard given.source > 0, given.source < tables.states.count else {
      note(
        .noSuchRow, transition: row, number: given.source,
        "transition \(row): source is number \(given.source), which is no state's")
      return
    }
    let before = mistakes.count
    let trigger = trigger(of: given, row)
    let condition = condition(of: given, row)
    let source = given.source
    let actions = symbols(
      given.actions, tables.actions.count, source, transition: row, "an action")
    let targets = symbols(given.targets, tables.states.count, source, transition: row, "a target")
    if trigger == .eventless, given.targets?.isEmpty == true {
      complain(row, .misplaced, "has neither event nor delay, and no target")
    }
    guard mistakes.count == before else { return }
    plan.states[places[source]].transitions.append(plan.transitions.count)
    plan.transitions.append(
      Plan.Transition(
        source: places[source], trigger: trigger, condition: condition, actions: actions,
        targets: targets, isInternal: given.isInternal))
  }

  private mutating func complain(
    _ row: Int, _ code: HostMistake.Code, number: Int = 0, _ what: Sentence
  ) {
    let source = tables.transitions[row].source
    note(
      code, state: source, transition: row, number: number,
      "transition \(row) in \(name(of: source)) \(what)")
  }

  private mutating func trigger(of given: ChartTables.Transition, _ row: Int) -> Plan.Trigger {
    if given.delay != 0 {
      guard given.delay < tables.delays.count else {
        complain(
          row, .noSuchRow, number: given.delay,
          "waits for delay number \(given.delay), which is no row's")
        return .eventless
      }
      if given.event != 0 { complain(row, .misplaced, "has both an event and a delay") }
      return .delay(UInt16(given.delay - 1))
    }
    switch given.event {
    case 0: return .eventless
    case HostEvent.anyNumber: return .any
    case HostEvent.doneNumber: return .done
    case let event where event < tables.events.count: return .event(UInt16(event - 1))
    case let event:
      complain(row, .noSuchRow, number: event, "waits for event number \(event), which is no row's")
      return .eventless
    }
  }

  private mutating func condition(
    of given: ChartTables.Transition, _ row: Int
  ) -> Plan.Condition? {
    let number = given.guard != 0 ? given.guard : given.unless
    guard number != 0 else { return nil }
    if given.guard != 0, given.unless != 0 {
      complain(row, .misplaced, "has a guard that has to hold, and one that has to fail")
    }
    if number >= HostSymbol.firstCondition {
      return combined(number - HostSymbol.firstCondition, isNegated: given.guard == 0, row)
    }
    guard number < tables.guards.count else {
      complain(row, .noSuchRow, number: number, "asks guard number \(number), which is no row's")
      return nil
    }
    return Plan.Condition(guard: UInt8(number - 1), isNegated: given.guard == 0)
  }

  private mutating func combined(
    _ condition: Int, isNegated: Bool, _ row: Int
  ) -> Plan.Condition? {
    guard condition > 0, condition < conditions.count else {
      complain(
        row, .noSuchRow, number: condition, "asks condition number \(condition), which is no row's")
      return nil
    }
    guard let found = conditions[condition] else {
      complain(
        row, .badCondition, number: condition, "asks condition number \(condition), which is wrong")
      return nil
    }
    return isNegated ? found.negated : found
  }

  /// Reads what combines guards by their names.
  mutating func readConditions() {
    let guards = names.guards.map { Array($0.utf8) }
    for (row, bytes) in tables.conditions.enumerated() {
      conditions.append(row == 0 ? nil : condition(row, bytes, guards))
    }
  }

  private mutating func condition(
    _ row: Int, _ bytes: [UInt8]?, _ guards: [[UInt8]]
  ) -> Plan.Condition? {
    guard let bytes else {
      note(.badCondition, number: row, "condition \(row) is missing, or longer than 255 bytes")
      return nil
    }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let formula = Formula<String>(text) else {
      note(
        .badCondition, number: row,
        "condition \(row) is not made of guards' names, &&, ||, ! and brackets: \(text)")
      return nil
    }
    // Names are ASCII, so that their bytes say it all.
    func number(_ name: String) -> Int? { guards.firstIndex(of: Array(name.utf8)) }
    if let stranger = formula.names.first(where: { number($0) == nil }) {
      note(.badCondition, number: row, "condition \(row) asks \(stranger), which is no guard")
      return nil
    }
    return formula.map { UInt8(number($0) ?? 0) }
  }

  /// The one transition of a history state leads somewhere without being asked (SCXML 3.10).
  mutating func checkHistories() {
    for state in plan.states {
      guard case .history = state.kind else { continue }
      for index in state.transitions {
        let transition = plan.transitions[index]
        guard transition.trigger != .eventless || transition.condition != nil else { continue }
        let row = Int(state.symbol) + 1
        note(
          .misplaced, state: row,
          "the transition of history \(name(of: row)) has a trigger or guard")
      }
    }
  }

  /// What the rows say together. Where something in them is wrong, what may be its consequence is
  /// left out.
  mutating func checkPlan() {
    sortTransitions()
    guard fits else {
      note(.tooLarge, "the chart has too many ways from state to state")
      return
    }
    let areRowsRight = mistakes.isEmpty
    for mistake in plan.mistakes() {
      let own = HostMistake(mistake, names)
      let isTold =
        own.isAboutUse ? areRowsRight : !isTainted[own.state] || own.code == .tooLarge
      if isTold { mistakes.append(own) }
    }
  }

  /// Puts the transitions into document order: state by state, and those of one as their rows.
  private mutating func sortTransitions() {
    var sorted: [Plan.Transition] = []
    for place in plan.states.indices {
      let own = plan.states[place].transitions
      plan.states[place].transitions = Array(sorted.count..<(sorted.count + own.count))
      sorted += own.map { plan.transitions[$0] }
    }
    plan.transitions = sorted
  }

  /// Whether the flattened chart stays within bounds: at most so many candidates, each with no more
  /// than all operations of all states and its own.
  private var fits: Bool {
    var leaves = Array(repeating: 0, count: plan.states.count)
    for place in plan.states.indices where plan.states[place].children.isEmpty {
      for around in plan.lineage(of: place) { leaves[around] += 1 }
    }
    var candidates = 0
    for transition in plan.transitions {
      candidates += leaves[transition.source] * (transition.trigger == .any ? plan.counts.kinds : 1)
    }
    var operations = 64
    for (place, state) in plan.states.enumerated() {
      candidates +=
        leaves[place] * (state.ignored.count + state.refused.count + state.deferred.count)
      operations += state.entry.count + state.exit.count + state.initialActions.count + 2
    }
    return candidates <= ChartLimits.candidates
      && candidates * operations <= ChartLimits.operations
  }
}
