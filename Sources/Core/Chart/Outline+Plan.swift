#if !hasFeature(Embedded)
  extension Outline {
    init<C: Chart>(_ chart: C.Type, _ plan: Plan) {
      func names<S: Symbol>(_ type: S.Type, _ codes: [UInt8]) -> [String] {
        codes.map { S(rawValue: $0)?.name ?? "?" }
      }
      let states = plan.states.map { state in
        var result = State(
          name: C.State(rawValue: state.symbol)?.name ?? "?", parent: state.parent,
          kind: Kind(state),
          initial: state.children.isEmpty ? nil : state.initial.flatMap { plan.position(of: $0) })
        result.initialActions = names(C.Action.self, state.initialActions)
        result.entry = names(C.Action.self, state.entry)
        result.exit = names(C.Action.self, state.exit)
        result.ignored = names(C.Event.Kind.self, state.ignored)
        result.deferred = names(C.Event.Kind.self, state.deferred)
        result.refused = names(C.Event.Kind.self, state.refused)
        return result
      }
      let transitions = plan.transitions.map { transition in
        Transition(
          source: transition.source, trigger: Trigger(chart, transition.trigger),
          guard: transition.condition.flatMap { C.Guard(rawValue: $0.guard)?.name },
          isNegated: transition.condition?.isNegated ?? false,
          actions: names(C.Action.self, transition.actions),
          targets: transition.targets.compactMap { plan.position(of: $0) },
          isInternal: transition.isInternal || transition.targets.isEmpty)
      }
      self.init(
        name: "\(C.name)", initial: plan.position(of: plan.initial) ?? 0, states: states,
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
    init<C: Chart>(_ chart: C.Type, _ trigger: Plan.Trigger) {
      switch trigger {
      case .event(let kind): self = .event(C.Event.Kind(rawValue: kind)?.name ?? "?")
      case .any: self = .anyEvent
      case .delay(let delay): self = .delay(C.Delay(rawValue: delay)?.name ?? "?")
      case .done: self = .done
      case .eventless: self = .eventless
      }
    }
  }
#endif
