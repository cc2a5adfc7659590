extension Outline {
  /// The outline of what a plan says, in words.
  package init(_ names: ChartNames, _ plan: Plan) {
    let index = PlanIndex(plan)
    func actions(_ codes: [UInt16]) -> [String] { codes.map { names.actions[symbol: $0] } }
    func events(_ codes: [UInt16]) -> [String] { codes.map { names.events[symbol: $0] } }
    let states = plan.states.map { state in
      var result = State(
        name: names.states[symbol: state.symbol], parent: state.parent, kind: Kind(state),
        initial: state.children.isEmpty ? nil : state.initial.flatMap { index.position(of: $0) })
      result.initialActions = actions(state.initialActions)
      result.entry = actions(state.entering)
      result.exit = actions(state.leaving)
      result.ignored = state.isFinal ? [] : events(state.ignored)
      result.deferred = events(state.deferred)
      // A final state has no transitions, also none that refuse (SCXML 3.7).
      result.refused = state.isFinal ? [] : events(state.refused)
      result.notes = state.invoked
      return result
    }
    let transitions = plan.transitions.map { transition in
      let condition = transition.condition?.map { names.guards[symbol: UInt16($0)] }
      return Transition(
        source: transition.source, trigger: Trigger(names, transition.trigger),
        guard: condition.map { $0.single?.name ?? $0.text },
        isNegated: condition?.single?.isNegated ?? false,
        actions: actions(transition.actions),
        targets: transition.targets.compactMap { index.position(of: $0) },
        isInternal: transition.isInternal || transition.targets.isEmpty)
    }
    self.init(
      name: names.chart, initial: index.position(of: plan.initial) ?? 0, states: states,
      transitions: transitions)
  }
}

extension Outline.Kind {
  init(_ state: Plan.State) {
    switch state.kind {
    case .ordinary: self = state.children.isEmpty ? .atomic : .compound
    case .parallel: self = .parallel
    case .final: self = .final
    case .history(let isDeep): self = .history(isDeep: isDeep)
    }
  }
}

extension Outline.Trigger {
  init(_ names: ChartNames, _ trigger: Plan.Trigger) {
    switch trigger {
    case .event(let kind): self = .event(names.events[symbol: kind])
    case .any: self = .anyEvent
    case .delay(let delay): self = .delay(names.delays[symbol: delay])
    case .done: self = .done
    case .eventless: self = .eventless
    }
  }
}
