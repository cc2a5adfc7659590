import BatonCore

extension Outline {
  /// Which of the limits of a chart that is written in Swift it goes beyond, a sentence each: its
  /// source would compile, and its table would be refused. Documents run beyond them.
  package var swiftExcesses: [String] {
    var (events, guards): (Set<String>, Set<String>) = ([], [])
    var longest = states.map { max($0.entry.count, $0.exit.count, $0.initialActions.count) }
    for state in states { events.formUnion(state.ignored + state.refused + state.deferred) }
    for it in transitions {
      if case .event(let name) = it.trigger { events.insert(name) }
      guards.formUnion(it.condition?.names ?? [])
      longest.append(it.actions.count)
    }
    let delays = transitions.count { if case .delay = $0.trigger { true } else { false } }
    let terms = transitions.map { $0.condition?.names.count ?? 0 }.max() ?? 0
    let counts: [(count: Int, limit: Int, what: String)] = [
      (states.count, Limits.states, "states"), (events.count, Limits.kinds, "kinds of events"),
      (guards.count, Limits.guards, "guards"),
      (terms, Limits.terms, "guards in one condition, each as often as it stands there"),
      (delays, Limits.delays, "transitions that wait for a delay"),
      (longest.max() ?? 0, Limits.block, "actions in one list"),
    ]
    return counts.filter { $0.count > $0.limit }.map { count, limit, what in
      "a chart in Swift has at most \(limit) \(what), and this one has \(count)"
    }
  }
}
