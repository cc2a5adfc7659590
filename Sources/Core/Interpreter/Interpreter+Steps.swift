/// The order of what is done (appendix D, exitStates, executeTransitionContent and enterStates).
extension Interpreter {
  /// What is to be done next; nil when the microstep is over.
  @usableFromInline package mutating func nextStep() -> Step? {
    switch phase {
    case .resting, .selecting: return nil
    case .exits: return nextExit()
    case .contents: return nextContent()
    case .entries: return nextEntry()
    }
  }

  mutating func nextExit() -> Step? {
    // The state leaves the configuration when its exit actions have run.
    if cursor < structure.states.count { sets.remove(SetNumber.active, cursor) }
    if let state = sets.last(SetNumber.exits, below: cursor) {
      cursor = state
      return .exit(state)
    }
    phase = .contents
    cursor = 0
    return nextContent()
  }

  mutating func nextContent() -> Step? {
    if cursor < selectedCount {
      let transition = sets[cursor]
      cursor += 1
      return .content(transition)
    }
    phase = .entries
    cursor = -1
    rest = .nothing
    return nextEntry()
  }

  mutating func nextEntry() -> Step? {
    while rest != .nothing {
      if let step = restOfEntry() { return step }
    }
    guard let state = sets.first(SetNumber.entries, from: cursor + 1) else {
      phase = .resting
      return nil
    }
    cursor = state
    sets.insert(SetNumber.active, state)
    rest = structure.states[state].kind == .atomic ? .nothing : .initial
    return .enter(state)
  }

  /// What follows the entry actions of the state entered last, one thing after the other.
  private mutating func restOfEntry() -> Step? {
    let it = structure.states[cursor]
    switch rest {
    case .nothing: return nil
    case .initial:
      rest = .history
      return sets.contains(SetNumber.initials, cursor) ? it.initial.map { .content($0) } : nil
    case .history:
      rest = it.kind == .final ? .done : .nothing
      let taken = structure.histories[cursor].first { sets.contains(SetNumber.defaults, $0) }
      return taken.flatMap { structure.states[$0].initial }.map { .content($0) }
    case .done:
      rest = .outerDone
      guard let parent = it.parent else { return nil }
      if parent == 0 {
        isFinished = true
        rest = .nothing
        return .finished(by: cursor)
      }
      return .done(parent, by: cursor)
    case .outerDone:
      rest = .nothing
      guard let parent = it.parent, let outer = structure.states[parent].parent,
        structure.states[outer].kind == .parallel, isDone(outer)
      else { return nil }
      return .done(outer, by: cursor)
    }
  }

  /// Whether a state has come to its end (appendix D, isInFinalState).
  private func isDone(_ state: Int) -> Bool {
    switch structure.states[state].kind {
    case .compound:
      structure.children[state].contains {
        structure.states[$0].kind == .final && isActive($0)
      }
    case .parallel:
      structure.children[state].allSatisfy { structure.states[$0].isHistory || isDone($0) }
    case .atomic, .final, .history: false
    }
  }
}
