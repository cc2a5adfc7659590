/// What can be wrong with regions, history and targets, and what is shadowed.
extension Plan {
  /// Mistakes of parallel and history states and of sets of targets.
  func regionMistakes() -> [Mistake] {
    var found: [Mistake] = []
    for state in states where state.kind == .parallel {
      let regions = state.children.filter { !states[$0].isHistory }
      if regions.count < 2 { found.append(.tooFewRegions(state.symbol)) }
      for child in regions where states[child].isFinal {
        found.append(.finalRegion(states[child].symbol))
      }
    }
    for position in states.indices where states[position].isHistory {
      found += historyMistakes(position)
    }
    for transition in transitions where !areTogether(transition.targets) {
      found.append(.illegalTargets(source: states[transition.source].symbol))
    }
    return found
  }

  /// A history state stands in a state with children, nothing else stands in it, its default lies
  /// beside it (below it for a deep one), and some transition leads to it.
  private func historyMistakes(_ position: Int) -> [Mistake] {
    let state = states[position]
    var found: [Mistake] = []
    let targets = state.transitions.flatMap { transitions[$0].targets }
      .compactMap { self.position(of: $0) }
    let inside = state.parent.map { descendants(of: $0) } ?? []
    let isDeep = state.kind == .history(isDeep: true)
    let isLegal = targets.allSatisfy { target in
      inside.contains(target) && target != position
        && (isDeep || states[target].parent == state.parent) && !states[target].isHistory
    }
    if !isLegal || state.transitions.count != 1 || !state.children.isEmpty {
      found.append(.historyDefault(state.symbol))
    }
    let isUsed = transitions.contains {
      $0.source != position && $0.targets.contains(state.symbol)
    }
    if !isUsed { found.append(.uselessHistory(state.symbol)) }
    return found
  }

  /// Whether all targets can be active together: two of them part in a parallel state.
  private func areTogether(_ targets: [UInt8]) -> Bool {
    let places = targets.compactMap { position(of: $0) }
    return places.indices.allSatisfy { index in
      places[(index + 1)...].allSatisfy { other in
        let around = lineage(of: places[index]).dropFirst()
        let common = lineage(of: other).dropFirst().first { around.contains($0) }
        let isNested =
          lineage(of: other).contains(places[index]) || lineage(of: places[index]).contains(other)
        return !isNested && common.map { states[$0].kind == .parallel } ?? false
      }
    }
  }

  /// Transitions that no leaf ever comes to: in every leaf below, something inner is taken first.
  func shadowMistakes() -> [Mistake] {
    transitions.compactMap { transition in
      guard case .event(let kind) = transition.trigger else { return nil }
      let leaves = ([transition.source] + descendants(of: transition.source)).filter {
        states[$0].children.isEmpty && !states[$0].isHistory && !states[$0].isFinal
      }
      let isShadowed = leaves.allSatisfy { leaf in
        lineage(of: leaf).prefix { $0 != transition.source }.contains { stops(kind, at: $0) }
      }
      guard isShadowed, !leaves.isEmpty else { return nil }
      return .shadowedTransition(source: states[transition.source].symbol, event: kind)
    }
  }

  /// Whether an event never passes this state on its way outwards.
  private func stops(_ kind: UInt8, at position: Int) -> Bool {
    let state = states[position]
    return state.ignored.contains(kind) || state.refused.contains(kind)
      || state.deferred.contains(kind)
      || state.transitions.contains {
        transitions[$0].condition == nil
          && (transitions[$0].trigger == .event(kind) || transitions[$0].trigger == .any)
      }
  }

  /// The leaves that are no final states and that nothing leaves: right for an end that is kept,
  /// wrong for a state that was forgotten.
  func traps() -> [UInt8] {
    states.indices.filter { position in
      let state = states[position]
      guard state.children.isEmpty, state.kind == .ordinary else { return false }
      return !lineage(of: position).contains { around in
        states[around].transitions.contains { !transitions[$0].targets.isEmpty }
      }
    }.map { states[$0].symbol }
  }
}
