/// What can be wrong with regions, history and targets, and what is shadowed.
extension Plan {
  /// Mistakes of parallel and history states and of sets of targets.
  func regionMistakes(_ index: PlanIndex) -> [Mistake] {
    var found: [Mistake] = []
    for state in states where state.kind == .parallel {
      let regions = state.children.filter { !states[$0].isHistory }
      if regions.count < 2 { found.append(.tooFewRegions(state.symbol)) }
      for child in regions where states[child].isFinal {
        found.append(.finalRegion(states[child].symbol))
      }
    }
    /// By state whether another one leads there.
    var isUsed = Array(repeating: false, count: states.count)
    for transition in transitions {
      for target in transition.targets.compactMap({ index.position(of: $0) })
      where target != transition.source { isUsed[target] = true }
    }
    for position in states.indices where states[position].isHistory {
      found += historyMistakes(position, isUsed[position], index)
    }
    for transition in transitions where !areTogether(transition.targets, index) {
      found.append(.illegalTargets(source: states[transition.source].symbol))
    }
    return found
  }

  /// A history state stands in a state with children, nothing else stands in it, its default lies
  /// beside it (below it for a deep one), and some transition leads to it.
  private func historyMistakes(
    _ position: Int, _ isUsed: Bool, _ index: PlanIndex
  ) -> [Mistake] {
    let state = states[position]
    var found: [Mistake] = []
    let targets = state.transitions.flatMap { transitions[$0].targets }
      .compactMap { index.position(of: $0) }
    let isDeep = state.kind == .history(isDeep: true)
    let isLegal = targets.allSatisfy { target in
      state.parent.map { index.isInside(target, $0) } ?? false && target != position
        && (isDeep || states[target].parent == state.parent) && !states[target].isHistory
    }
    if !isLegal || state.transitions.count != 1 || !state.children.isEmpty {
      found.append(.historyDefault(state.symbol))
    }
    if !isUsed { found.append(.uselessHistory(state.symbol)) }
    return found
  }

  /// Whether all targets can be active together: two of them part in a parallel state. Of targets
  /// in document order that is so when it is so of each and the next.
  func areTogether(_ targets: [UInt16], _ index: PlanIndex) -> Bool {
    guard targets.count > 1 else { return true }
    let places = ascending(targets.compactMap { index.position(of: $0) })
    return zip(places, places.dropFirst()).allSatisfy { one, next in
      guard one != next, !index.isInside(next, one) else { return false }
      let common = index.lineage(of: one).first { index.isInside(next, $0) }
      return common.map { states[$0].kind == .parallel } ?? false
    }
  }

  /// Transitions that no leaf ever comes to: in every leaf below, something inner is taken first.
  func shadowMistakes() -> [Mistake] {
    let stops = stopped()
    /// By state whether a machine can wait in it or inside it, and which kinds get out of it.
    var holds = Array(repeating: false, count: states.count)
    var open = KindSets(states: states.count, kinds: counts.kinds)
    var found: [Int] = []
    for place in states.indices.reversed() {
      let state = states[place]
      if state.children.isEmpty, !state.isHistory, !state.isFinal {
        holds[place] = true
        open.insertAll(of: place)
      }
      for number in state.transitions.reversed() where holds[place] {
        guard case .event(let kind) = transitions[number].trigger else { continue }
        if !open.contains(Int(kind), of: place), !transitions[number].isSpread {
          found.append(number)
        }
      }
      open.subtract(stops, of: place)
      guard let parent = state.parent else { continue }
      holds[parent] = holds[parent] || holds[place]
      open.formUnion(of: parent, with: place)
    }
    return ascending(found).map { number in
      .shadowedTransition(
        source: states[transitions[number].source].symbol, event: kind(of: number))
    }
  }

  private func kind(of transition: Int) -> UInt16 {
    if case .event(let kind) = transitions[transition].trigger { kind } else { 0 }
  }

  /// By state the events that never pass it on their way outwards.
  private func stopped() -> KindSets {
    var stops = KindSets(states: states.count, kinds: counts.kinds)
    for (place, state) in states.enumerated() {
      for kind in state.ignored + state.refused + state.deferred { stops.insert(kind, of: place) }
      for number in state.transitions where transitions[number].condition == nil {
        switch transitions[number].trigger {
        case .event(let kind): stops.insert(kind, of: place)
        case .any: stops.insertAll(of: place)
        case .delay, .done, .eventless: break
        }
      }
    }
    return stops
  }

  /// The leaves that are no final states and that nothing leaves: right for an end that is kept,
  /// wrong for a state that was forgotten.
  func traps() -> [UInt16] {
    var isLeft: [Bool] = []
    for state in states {
      let isOwn = state.transitions.contains { !transitions[$0].targets.isEmpty }
      isLeft.append(isOwn || state.parent.map { isLeft[$0] } ?? false)
    }
    return states.indices.filter {
      states[$0].children.isEmpty && states[$0].kind == .ordinary && !isLeft[$0]
    }.map { states[$0].symbol }
  }
}
