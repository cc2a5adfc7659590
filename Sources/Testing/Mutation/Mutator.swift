import BatonCore

/// Changes a definition in every way that people do by mistake, one change at a time.
struct Mutator {
  let plan: Plan
  let symbols: Symbols
  private(set) var found: [(Mutation, Plan)] = []

  init(_ plan: Plan, _ symbols: Symbols) {
    self.plan = plan
    self.symbols = symbols
  }

  mutating func run() {
    for place in plan.states.indices { change(state: place) }
    for place in plan.transitions.indices { change(transition: place) }
  }

  private mutating func add(
    _ kind: Mutation.Kind, _ text: String, _ change: (inout Plan) -> Void
  ) {
    var mutant = plan
    change(&mutant)
    found.append((Mutation(kind: kind, text: text), mutant))
  }

  // MARK: Transitions

  private mutating func change(transition place: Int) {
    let transition = plan.transitions[place]
    let name = text(transition)
    let isDelay = if case .delay = transition.trigger { true } else { false }
    add(isDelay ? .dropDelay : .dropTransition, name) { $0.drop(place) }
    if let target = transition.targets.first {
      for other in others(than: target) {
        add(.swapTarget, "\(name), to \(symbols.states[Int(other)])") {
          $0.transitions[place].targets = [other]
        }
      }
      add(.dropTarget, name) { $0.transitions[place].targets = [] }
    }
    if let condition = transition.condition {
      add(.negateGuard, name) { $0.transitions[place].condition = condition.negated }
      add(.dropGuard, name) { $0.transitions[place].condition = nil }
      for (kind, other) in condition.neighbours {
        add(kind, "\(name), to [\(text(other))]") { $0.transitions[place].condition = other }
      }
    }
    for (index, action) in transition.actions.enumerated() {
      let what = "\(symbols.actions[Int(action)]) of \(name)"
      add(.dropAction, what) { $0.transitions[place].actions.remove(at: index) }
      add(.doubleAction, what) { $0.transitions[place].actions.insert(action, at: index) }
      if index > 0 {
        add(.reorderActions, what) { $0.transitions[place].actions.swapAt(index - 1, index) }
      }
    }
    swapEvents(place, name)
  }

  /// This line and the next one of the same state hear each other's events.
  private mutating func swapEvents(_ place: Int, _ name: String) {
    let own = plan.states[plan.transitions[place].source].transitions
    guard let index = own.firstIndex(of: place), index + 1 < own.count else { return }
    let next = own[index + 1]
    let (a, b) = (plan.transitions[place].trigger, plan.transitions[next].trigger)
    guard case .event = a, case .event = b, a != b else { return }
    add(.swapEvents, "\(name), with \(text(plan.transitions[next]))") {
      $0.transitions[place].trigger = b
      $0.transitions[next].trigger = a
    }
  }

  /// Two other states: the ones before and behind in document order.
  private func others(than target: UInt16) -> [UInt16] {
    guard let place = plan.position(of: target), plan.states.count > 2 else { return [] }
    let count = plan.states.count
    return [plan.states[(place + 1) % count], plan.states[(place + count - 1) % count]].map(
      \.symbol)
  }

  // MARK: States

  private mutating func change(state place: Int) {
    let state = plan.states[place]
    let name = symbols.states[Int(state.symbol)]
    for (index, action) in state.entry.enumerated() {
      let what = "\(symbols.actions[Int(action)]) on entry of \(name)"
      add(.dropEntry, what) { $0.states[place].entry.remove(at: index) }
      add(.doubleEntry, what) { $0.states[place].entry.insert(action, at: index) }
      if index > 0 {
        add(.reorderEntry, what) { $0.states[place].entry.swapAt(index - 1, index) }
      }
    }
    for (index, action) in state.exit.enumerated() {
      add(.dropExit, "\(symbols.actions[Int(action)]) on exit of \(name)") {
        $0.states[place].exit.remove(at: index)
      }
    }
    for kind in state.ignored {
      add(.dropIgnored, "\(name) \(symbols.kinds[Int(kind)])") {
        $0.states[place].ignored.removeAll { $0 == kind }
      }
    }
    for kind in state.refused {
      let what = "\(name) \(symbols.kinds[Int(kind)])"
      add(.dropRefused, what) { $0.states[place].refused.removeAll { $0 == kind } }
      add(.ignoreRefused, what) {
        $0.states[place].refused.removeAll { $0 == kind }
        $0.states[place].ignored.append(kind)
      }
    }
    if let initial = state.initial,
      let other = state.children.map({ plan.states[$0].symbol }).first(where: { $0 != initial })
    {
      add(.swapInitial, "\(name), to \(symbols.states[Int(other)])") {
        $0.states[place].initial = other
      }
    }
  }

  private func text(_ condition: Plan.Condition) -> String {
    condition.map { symbols.guards[Int($0)] }.text
  }

  private func text(_ transition: Plan.Transition) -> String {
    let trigger =
      switch transition.trigger {
      case .event(let kind): symbols.kinds[Int(kind)]
      case .any: "*"
      case .delay(let delay): "after \(symbols.delays[Int(delay)])"
      case .done: "done"
      case .eventless: "always"
      }
    let condition =
      transition.condition.map {
        $0.single.map { " [\($0.isNegated ? "not " : "")\(symbols.guards[Int($0.name)])]" }
          ?? " [\(text($0))]"
      } ?? ""
    let targets = transition.targets.map { symbols.states[Int($0)] }.joined(separator: " ")
    return "\(symbols.states[Int(plan.states[transition.source].symbol)]) \(trigger)\(condition)"
      + (targets.isEmpty ? "" : " → \(targets)")
  }
}

extension Plan {
  /// Takes a transition out; its place stays, so that the others keep their numbers.
  mutating func drop(_ place: Int) {
    states[transitions[place].source].transitions.removeAll { $0 == place }
    // An event that no chart has.
    transitions[place].trigger = .event(.max)
  }
}
