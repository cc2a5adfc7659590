public import BatonCore

extension Outline {
  /// A smaller chart that tells the same story: some states are folded, and labels name triggers.
  ///
  /// It is for reading, not for running: which of several transitions is tried first, and under
  /// which guard, is what the whole chart says.
  ///
  /// - Parameters:
  ///   - depth: How many levels of states stay, at least 1. A state of the last level that holds
  ///     others is drawn without them. An outermost state that stands alone is no level, nor is a
  ///     region of it that has more than leaves.
  ///   - names: States that are folded at whatever level they stand. Names that no state has, and
  ///     states without children, change nothing.
  /// - Returns: An outline without actions, without lists of events, and without targetless
  ///   transitions; a folded state keeps what else it says, such as the chart that it runs. What
  ///   led from or to a hidden state leads from or to the state that hides it; what began and ended
  ///   inside one folded state is left out. Of transitions that share source,
  ///   targets and trigger one stays. Guards stay where one event may lead to different targets,
  ///   if all that was merged agrees on them.
  public func overview(depth: Int = .max, folding names: Set<String> = []) -> Outline {
    let folding = Folding(outline: self, depth: max(depth, 1), names: names)
    return folding.overview()
  }
}

extension Outline {
  /// By state: itself, or the outermost folded state around it.
  fileprivate func standIns(depth: Int, names: Set<String>) -> [Int] {
    let levels = levels
    return states.indices.map { state in
      // From the root down, so that the outermost one counts.
      let way = ancestors(of: state).reversed() + [state]
      var level = 0
      let folded = way.first { state in
        let isLevel = levels[state]
        level += isLevel ? 1 : 0
        return (isLevel && level >= depth) || names.contains(states[state].name)
      }
      return folded ?? state
    }
  }

  /// The states that an overview folds.
  func folds(depth: Int?, names: Set<String>) -> Set<Int> {
    let standIns = standIns(depth: max(depth ?? .max, 1), names: names)
    return Set(states.indices.filter { standIns[$0] != $0 }.map { standIns[$0] })
  }

  /// By state, whether it is of a level that counts: what is drawn of a chart that is one state, or
  /// one with regions, is what stands inside.
  fileprivate var levels: [Bool] {
    var levels = Array(repeating: true, count: states.count)
    let outermost = states.indices.filter { states[$0].parent == nil }
    guard outermost.count == 1, let root = outermost.first else { return levels }
    levels[root] = false
    guard states[root].kind == .parallel else { return levels }
    // Regions that have more than leaves.
    for state in states {
      guard let parent = state.parent, let region = states[parent].parent else { continue }
      if states[region].parent == root { levels[region] = false }
    }
    return levels
  }
}

/// Where each state of an outline is seen once some of them are folded.
private struct Folding {
  let outline: Outline
  /// By state: itself, or the outermost folded state around it.
  private let standIns: [Int]
  /// By state: how many states it hides.
  private let hiddenCounts: [Int]
  /// By state: its index in the overview, or that of the state that hides it.
  private let numbers: [Int]

  init(outline: Outline, depth: Int, names: Set<String>) {
    self.outline = outline
    let standIns = outline.standIns(depth: depth, names: names)
    let seen = outline.states.indices.filter { standIns[$0] == $0 }
    let numbers = Dictionary(uniqueKeysWithValues: zip(seen, seen.indices))
    self.standIns = standIns
    self.numbers = standIns.map { numbers[$0] ?? 0 }
    hiddenCounts = standIns.indices.map { state in
      standIns.indices.count { standIns[$0] == state && $0 != state }
    }
  }

  func overview() -> Outline {
    var overview = Outline(
      name: outline.name, initial: numbers[outline.initial],
      states: outline.states.indices.filter { standIns[$0] == $0 }.map(state),
      transitions: transitions())
    overview.furtherInitials = seen(outline.furtherInitials, beside: overview.initial)
    return overview
  }

  /// What is left of the transitions, with a guard only where it chooses between ways.
  private func transitions() -> [Outline.Transition] {
    let merged: [Outline.Transition] = outline.transitions.compactMap(lifted).reduce(into: []) {
      $0.merge($1)
    }
    return merged.map { it in
      let ways = merged.count { $0.source == it.source && $0.trigger == it.trigger }
      var transition = it
      if ways == 1 { transition.dropGuard() }
      return transition
    }
  }

  private func state(_ index: Int) -> Outline.State {
    let it = outline.states[index]
    let isFolded = hiddenCounts[index] > 0
    var state = Outline.State(
      name: it.name, parent: it.parent.map { numbers[$0] }, kind: isFolded ? .atomic : it.kind,
      initial: isFolded ? nil : it.initial.map { numbers[$0] })
    state.hiddenCount = hiddenCounts[index]
    // Which chart it is that runs inside, if one does.
    if isFolded { state.notes = it.notes }
    if let initial = state.initial {
      state.furtherInitials = seen(it.furtherInitials, beside: initial)
    }
    return state
  }

  /// What is seen of further initial states, each once.
  private func seen(_ states: [Int], beside initial: Int) -> [Int] {
    Set(states.map { numbers[$0] }).subtracting([initial]).sorted()
  }

  /// The transition between what is seen; nil when it has no target there.
  private func lifted(_ it: Outline.Transition) -> Outline.Transition? {
    let source = standIns[it.source]
    let seen = it.targets.filter { target in
      // A folded state's way to itself is seen only where the state itself is both ends.
      standIns[target] != source || (it.source == source && target == source)
    }
    guard !seen.isEmpty else { return nil }
    var lifted = it
    lifted.source = numbers[source]
    lifted.targets = Set(seen.map { numbers[$0] }).sorted()
    lifted.actions = []
    return lifted
  }
}

extension [Outline.Transition] {
  /// Adds a transition, or makes one of the same source, targets and trigger stand for both.
  fileprivate mutating func merge(_ it: Outline.Transition) {
    let same = firstIndex {
      $0.source == it.source && $0.targets == it.targets && $0.trigger == it.trigger
    }
    guard let same else { return append(it) }
    if self[same].guard != it.guard || self[same].isNegated != it.isNegated {
      self[same].dropGuard()
    }
    self[same].isInternal = self[same].isInternal && it.isInternal
  }
}

extension Outline.Transition {
  fileprivate mutating func dropGuard() {
    self.guard = nil
    isNegated = false
  }
}
