/// What is of no use in an outline, as far as its drawing tells: guards may hold or not.
package struct OutlineGap: Hashable, Sendable {
  /// What it is about, by its index in the outline.
  package enum Place: Hashable, Sendable {
    case state(Int)
    case transition(Int)
  }

  package var place: Place
  package var text: String
}

extension Outline {
  /// States that nothing leads to or out of, and transitions that are never taken.
  package var gaps: [OutlineGap] {
    unreachable + traps + shadowed + circles + endless
  }

  /// Whether a state can come to its end: one with a final child, or regions of which all can
  /// (SCXML 3.7.1).
  package func mayBeDone(_ state: Int) -> Bool {
    guard states[state].kind == .compound || states[state].kind == .parallel else { return false }
    let children = states.indices.filter { states[$0].parent == state && !states[$0].kind.isPast }
    return switch states[state].kind {
    case .compound: children.contains { states[$0].kind == .final }
    case .parallel: !children.isEmpty && children.allSatisfy { mayBeDone($0) }
    case .atomic, .final, .history: false
    }
  }

  /// Transitions that wait for the end of a state that has none. A state that invokes a chart is
  /// done with it.
  private var endless: [OutlineGap] {
    transitions.enumerated().compactMap { number, it in
      let state = states[it.source]
      guard let ending = awaitedEnd(of: it), !mayBeDone(ending),
        !states[ending].notes.contains(where: { $0.hasPrefix("invoke") })
      else { return nil }
      let who = ending == it.source ? "it" : states[ending].name
      let text = "\(state.name): the transition on \(it.trigger.name) is never taken, \(who) has "
      return OutlineGap(place: .transition(number), text: text + "no final state")
    }
  }

  /// The state whose end a transition waits for, by `done` or by the event's name (SCXML 3.7.1).
  private func awaitedEnd(of it: Transition) -> Int? {
    if it.trigger == .done { return states[it.source].kind.isPast ? nil : it.source }
    guard case .event(let name) = it.trigger, name.hasPrefix("done.state.") else { return nil }
    return states.firstIndex { $0.name == name.dropFirst("done.state.".count) }
  }

  /// By state, its children in document order.
  private var nested: [[Int]] {
    var nested: [[Int]] = Array(repeating: [], count: states.count)
    for (number, state) in states.enumerated() {
      if let parent = state.parent { nested[parent].append(number) }
    }
    return nested
  }

  /// The state and those around it, innermost first; as many as there are levels.
  private func lineage(_ state: Int) -> [Int] {
    var found = [state]
    while let parent = states[found[found.count - 1]].parent, found.count <= states.count {
      found.append(parent)
    }
    return found
  }

  /// What is entered with a state when nothing inside it is named.
  private func inside(_ state: Int, _ nested: [[Int]]) -> [Int] {
    switch states[state].kind {
    case .compound: (states[state].initial.map { [$0] } ?? []) + states[state].furtherInitials
    case .parallel: nested[state].filter { !states[$0].kind.isPast }
    case .atomic, .final, .history: []
    }
  }

  private var unreachable: [OutlineGap] {
    guard states.indices.contains(initial) else { return [] }
    let nested = nested
    var targets: [[Int]] = Array(repeating: [], count: states.count)
    for transition in transitions { targets[transition.source] += transition.targets }
    var isReached = Array(repeating: false, count: states.count)
    var isTarget = isReached
    var work = [initial] + furtherInitials
    while let next = work.popLast() {
      if !isTarget[next] { work += inside(next, nested) }
      isTarget[next] = true
      for state in lineage(next) where !isReached[state] {
        isReached[state] = true
        // The other regions of a parallel state are entered with one of them.
        if states[state].kind == .parallel { work += inside(state, nested) }
        work += targets[state]
      }
    }
    return states.indices.filter { !isReached[$0] }.map {
      OutlineGap(place: .state($0), text: "state \(states[$0].name) is unreachable")
    }
  }

  /// Leaves that are no final states and that no transition around them leaves.
  private var traps: [OutlineGap] {
    var leads = Array(repeating: false, count: states.count)
    for transition in transitions where !transition.targets.isEmpty {
      leads[transition.source] = true
    }
    let nested = nested
    return states.indices.filter { state in
      let kind = states[state].kind
      // A parallel state without regions is one as well.
      let isLeaf = kind == .atomic || kind == .parallel && inside(state, nested).isEmpty
      return isLeaf && !lineage(state).contains { leads[$0] }
    }.map { OutlineGap(place: .state($0), text: "state \(states[$0].name) has no way out") }
  }

  /// Transitions behind one of the same state that has no guard and takes all that they would.
  private var shadowed: [OutlineGap] {
    var closed: [Int: [Trigger]] = [:]
    var found: [OutlineGap] = []
    for (number, transition) in transitions.enumerated() {
      let state = states[transition.source]
      if state.kind.isPast { continue }
      let before = closed[transition.source] ?? []
      if before.contains(where: { $0.covers(transition.trigger) }) {
        let text = "\(state.name): the transition on \(transition.trigger.name) is never taken, "
        found.append(
          OutlineGap(place: .transition(number), text: text + "one without guard is before it"))
      }
      if transition.guard == nil {
        closed[transition.source, default: []].append(transition.trigger)
      }
    }
    return found
  }

  /// Eventless transitions without guard that lead back to where they came from.
  private var circles: [OutlineGap] {
    var ways: [Int: Int] = [:]
    for (number, it) in transitions.enumerated().reversed()
    where it.trigger == .eventless && it.guard == nil && !states[it.source].kind.isPast {
      ways[it.source] = number
    }
    return ways.keys.sorted().compactMap { start in
      var here = start
      for _ in 0...states.count {
        guard let way = lineage(here).compactMap({ ways[$0] }).first else { return nil }
        let targets = transitions[way].targets
        guard targets.count < 2 else { return nil }
        here = leaf(targets.first ?? here)
        if lineage(here).contains(start) {
          let text = "\(states[start].name): eventless transitions without guard form a circle"
          return OutlineGap(place: .state(start), text: text)
        }
      }
      return nil
    }
  }

  /// Down the initial children.
  private func leaf(_ state: Int) -> Int {
    var leaf = state
    for _ in 0...states.count {
      guard let next = states[leaf].initial else { break }
      leaf = next
    }
    return leaf
  }
}

extension Outline.Kind {
  /// True for a history state.
  package var isPast: Bool { if case .history = self { true } else { false } }
}

extension Outline.Trigger {
  /// What it is called in sentences.
  package var name: String {
    switch self {
    case .event(let name): "event \(name)"
    case .anyEvent: "any event"
    case .delay(let name): "delay \(name)"
    case .done: "done"
    case .eventless: "no event"
    }
  }

  /// Whether whatever makes the other a candidate makes this one a candidate too: `a` stands for
  /// `a.b` as well (SCXML 3.12.1).
  package func covers(_ other: Outline.Trigger) -> Bool {
    switch (self, other) {
    case (.anyEvent, .event), (.anyEvent, .done): return true
    case (.event(let name), .event(let more)):
      let stem = Self.stem(name)
      return Self.stem(more) == stem || more.hasPrefix(stem + ".")
    case _: return self == other
    }
  }

  /// An event descriptor without the `.*` that means nothing (SCXML 3.12.1).
  package static func stem(_ descriptor: String) -> String {
    var stem = descriptor[...]
    while stem.hasSuffix(".*") { stem = stem.dropLast(2) }
    while stem.hasSuffix("."), stem.count > 1 { stem = stem.dropLast() }
    return String(stem)
  }
}
