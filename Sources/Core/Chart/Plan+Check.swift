extension Plan {
  /// Every mistake of the definition, in document order.
  package func mistakes() -> [Mistake] {
    var found = structureMistakes()
    if found.isEmpty { found += reachabilityMistakes() }
    found += transitionMistakes() + useMistakes() + sizeMistakes()
    return found
  }

  /// The pairs of leaf and event kind that no line mentions: neither handled, ignored nor refused.
  ///
  /// A machine never rests in a leaf with an eventless transition without guard, so no event meets
  /// it there.
  package func gaps() -> [(state: UInt8, kind: UInt8)] {
    var result: [(state: UInt8, kind: UInt8)] = []
    for leaf in states.indices where isResting(leaf) {
      if eventlessSuccessor(of: leaf) != nil { continue }
      for kind in 0..<UInt8(counts.kinds) where !mentions(kind, from: leaf) {
        result.append((states[leaf].symbol, kind))
      }
    }
    return result
  }

  /// Whether a machine can wait for an event in this leaf.
  private func isResting(_ leaf: Int) -> Bool {
    states[leaf].children.isEmpty && !states[leaf].isFinal && !states[leaf].isHistory
  }

  /// What another region mentions counts: both hear every event.
  private func mentions(_ kind: UInt8, from leaf: Int) -> Bool {
    let around = lineage(of: leaf)
    let beside = around.filter { states[$0].kind == .parallel }.flatMap { descendants(of: $0) }
    return (around + beside).contains { position in
      let state = states[position]
      return state.ignored.contains(kind) || state.refused.contains(kind)
        || state.deferred.contains(kind)
        || state.transitions.contains {
          transitions[$0].trigger == .event(kind) || transitions[$0].trigger == .any
        }
    }
  }

  /// All states inside this one.
  func descendants(of position: Int) -> [Int] {
    states[position].children.flatMap { [$0] + descendants(of: $0) }
  }

  private func structureMistakes() -> [Mistake] {
    var found: [Mistake] = strays > 0 ? [.lineOutsideState] : []
    var seen = [Bool](repeating: false, count: 256)
    for state in states {
      if seen[Int(state.symbol)] { found.append(.duplicateState(state.symbol)) }
      seen[Int(state.symbol)] = true
    }
    for symbol in 0..<counts.states where !seen[symbol] {
      found.append(.undeclaredState(UInt8(symbol)))
    }
    found += initialMistakes(nil, children: roots, initial: initial)
    for state in states where !state.children.isEmpty && state.kind == .ordinary {
      found += initialMistakes(state.symbol, children: state.children, initial: state.initial)
    }
    for state in states where state.isFinal {
      if !state.children.isEmpty || !state.transitions.isEmpty {
        found.append(.finalIsLeft(state.symbol))
      }
    }
    for transition in transitions {
      for target in transition.targets where position(of: target) == nil {
        found.append(
          .unknownTarget(source: states[transition.source].symbol, target: target))
      }
    }
    return found + regionMistakes()
  }

  private func initialMistakes(
    _ owner: UInt8?, children: [Int], initial: UInt8?
  ) -> [Mistake] {
    guard let initial else { return [.missingInitial(owner)] }
    let isChild = children.contains { states[$0].symbol == initial && !states[$0].isHistory }
    return isChild ? [] : [.initialIsNoChild(owner, initial: initial)]
  }

  /// A state is reached when it lies on the way down to a target or is entered around one.
  private func reachabilityMistakes() -> [Mistake] {
    var reached = [Bool](repeating: false, count: states.count)
    var work: [Int] = []
    func enter(_ target: Int) {
      let around = lineage(of: target)
      let regions = around.dropFirst().filter { states[$0].kind == .parallel }
      let all = around + entered(by: target) + regions.flatMap { entered(by: $0) }
      for position in all where !reached[position] {
        reached[position] = true
        work.append(position)
      }
    }
    if let first = position(of: initial) { enter(first) }
    while let next = work.popLast() {
      for index in states[next].transitions {
        for target in transitions[index].targets.compactMap({ position(of: $0) }) { enter(target) }
      }
    }
    return states.indices.filter { !reached[$0] }.map { .unreachableState(states[$0].symbol) }
  }

  private func transitionMistakes() -> [Mistake] {
    var found: [Mistake] = []
    for state in states where !state.isHistory {
      var closed: [Trigger] = []
      for index in state.transitions {
        let transition = transitions[index]
        if closed.contains(transition.trigger) {
          found.append(
            .nondeterminism(source: state.symbol, event: eventKind(transition.trigger)))
        }
        if transition.condition == nil { closed.append(transition.trigger) }
      }
      let isWaiting = closed.contains(.done)
      if isWaiting, !canBeDone(state) {
        found.append(.doneWithoutFinal(state.symbol))
      }
    }
    return found + shadowMistakes() + cycleMistakes()
  }

  /// A state is done by a final child; a parallel one when each of its regions is.
  private func canBeDone(_ state: State) -> Bool {
    guard state.kind == .parallel else { return state.children.contains { states[$0].isFinal } }
    return state.children.filter { !states[$0].isHistory }.allSatisfy { canBeDone(states[$0]) }
  }

  /// Follows eventless transitions without guards from every leaf; a leaf met twice is a circle.
  private func cycleMistakes() -> [Mistake] {
    var found: [Mistake] = []
    for leaf in states.indices where states[leaf].children.isEmpty {
      var visited: [Int] = []
      var current: Int? = leaf
      while let here = current, !visited.contains(here) {
        visited.append(here)
        current = eventlessSuccessor(of: here)
      }
      if current == leaf { found.append(.eventlessCycle(states[leaf].symbol)) }
    }
    return found
  }

  private func eventlessSuccessor(of leaf: Int) -> Int? {
    for position in lineage(of: leaf) {
      for index in states[position].transitions {
        let transition = transitions[index]
        guard transition.trigger == .eventless, transition.condition == nil else { continue }
        guard let target = transition.target else { return leaf }
        return self.position(of: target).flatMap { self.leaf(under: $0) }
      }
    }
    return nil
  }

  private func useMistakes() -> [Mistake] {
    var guards = [Bool](repeating: false, count: 256)
    var actions = guards
    var delays = guards
    var kinds = guards
    for transition in transitions {
      for name in transition.condition?.names ?? [] { guards[Int(name)] = true }
      for action in transition.actions { actions[Int(action)] = true }
      switch transition.trigger {
      case .event(let kind): kinds[Int(kind)] = true
      case .delay(let delay): delays[Int(delay)] = true
      case .any: kinds = kinds.map { _ in true }
      case .done, .eventless: break
      }
    }
    for state in states {
      for action in state.entry + state.exit + state.initialActions { actions[Int(action)] = true }
    }
    let unused = { (used: [Bool], count: Int) in (0..<count).filter { !used[$0] }.map(UInt8.init) }
    return unused(guards, counts.guards).map { .unusedGuard($0) }
      + unused(actions, counts.actions).map { .unusedAction($0) }
      + unused(delays, counts.delays).map { .unusedDelay($0) }
      + unused(kinds, counts.kinds).map { .unhandledEvent($0) }
  }

  private func sizeMistakes() -> [Mistake] {
    var found: [Mistake] = []
    if counts.states > Limits.states { found.append(.tooLarge("states")) }
    if counts.guards > Limits.guards { found.append(.tooLarge("guards")) }
    let waits = transitions.filter { if case .delay = $0.trigger { true } else { false } }
    if waits.count > Limits.delays { found.append(.tooLarge("delays")) }
    let terms = transitions.map { $0.condition?.names.count ?? 0 }
    if terms.contains(where: { $0 > Limits.terms }) || terms.reduce(0, +) > Int(UInt16.max) {
      found.append(.tooLarge("conditions"))
    }
    return found
  }

  private func eventKind(_ trigger: Trigger) -> UInt8? {
    if case .event(let kind) = trigger { kind } else { nil }
  }
}
