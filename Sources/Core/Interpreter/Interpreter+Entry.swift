/// What is left and what is entered (appendix D, computeExitSet and computeEntrySet).
extension Interpreter {
  /// Prepares the entry into the chart; pull the steps afterwards.
  package mutating func begin() {
    precondition(phase == .resting && configuration.isEmpty, "the chart was entered already")
    clearSets()
    guard let initial = structure.states[0].initial else { return }
    selectedCount = 0
    select(initial)
    addEntries(of: initial, domain: 0)
    startSteps()
  }

  /// Ends the selection: resolves conflicts and prepares the steps.
  ///
  /// - Returns: False when nothing was selected; then there are no steps.
  @usableFromInline package mutating func prepare() -> Bool {
    precondition(phase == .selecting, "nothing is being selected")
    guard selectedCount > 0 else {
      phase = .resting
      return false
    }
    prepareSets()
    return true
  }

  /// Prepares the exit from all active states, for an end from outside (appendix D,
  /// exitInterpreter).
  package mutating func beginExit() {
    precondition(phase == .resting, "the steps of the last microstep were not all taken")
    clearSets()
    selectedCount = 0
    for word in 0..<sets.words {
      sets.setWord(SetNumber.exits, word, sets.word(SetNumber.active, word))
    }
    startSteps()
  }

  mutating func prepareSets() {
    removeConflicts()
    clearSets()
    for place in 0..<selectedCount {
      let domain = sets.domain(place)
      if domain != Self.targetless { addExits(domain) }
    }
    // Before the entries: a target that is a history state means what is left now.
    if structure.historyCount > 0 { recordHistory() }
    for state in structure.forgetful where sets.contains(SetNumber.exits, state) {
      forget(in: state)
    }
    for place in 0..<selectedCount {
      // What was left just now may be what a history state means.
      let isVague = structure.isVague[sets[place]]
      let domain = isVague ? domain(of: sets[place]) ?? 0 : sets.domain(place)
      if domain != Self.targetless { addEntries(of: sets[place], domain: domain) }
    }
    startSteps()
  }

  private mutating func startSteps() {
    phase = .exits
    cursor = structure.states.count
    rest = .nothing
  }

  private mutating func clearSets() {
    sets.clear(SetNumber.exits)
    sets.clear(SetNumber.entries)
    sets.clear(SetNumber.initials)
    sets.clear(SetNumber.defaults)
  }

  private mutating func addExits(_ domain: Int) {
    var next = sets.first(SetNumber.active, from: domain + 1)
    while let state = next, state < structure.ends[domain] {
      sets.insert(SetNumber.exits, state)
      next = sets.first(SetNumber.active, from: state + 1)
    }
  }

  /// Notes for the history states in all states that are left what was active (appendix D,
  /// exitStates).
  private mutating func recordHistory() {
    var next = sets.first(SetNumber.exits, from: 0)
    while let state = next {
      for history in structure.histories[state] { record(history, of: state) }
      next = sets.first(SetNumber.exits, from: state + 1)
    }
  }

  private mutating func record(_ history: Int, of parent: Int) {
    let value = SetNumber.values + structure.slots[history]
    let isDeep = structure.states[history].kind == .history(isDeep: true)
    sets.insert(SetNumber.remembered, history)
    sets.clear(value)
    var next = sets.first(SetNumber.active, from: parent + 1)
    while let state = next, state < structure.ends[parent] {
      if isDeep ? structure.isLeafState[state] : structure.states[state].parent == parent {
        sets.insert(value, state)
      }
      next = sets.first(SetNumber.active, from: state + 1)
    }
  }

  /// What runs inside the state begins anew when it is entered again.
  private mutating func forget(in state: Int) {
    for inner in state..<structure.ends[state] where structure.states[inner].isHistory {
      sets.remove(SetNumber.remembered, inner)
      sets.clear(SetNumber.values + structure.slots[inner])
    }
  }

  private mutating func addEntries(of transition: Int, domain: Int) {
    let count = structure.targets.count(transition)
    for place in 0..<count { addDown(structure.targets[transition, place]) }
    for place in 0..<count { addAround(structure.targets[transition, place], below: domain) }
  }

  /// The ancestors of what a target really means (appendix D, getEffectiveTargetStates).
  private mutating func addAround(_ target: Int, below domain: Int) {
    guard structure.states[target].isHistory else { return addUp(target, below: domain) }
    if sets.contains(SetNumber.remembered, target) {
      let value = SetNumber.values + structure.slots[target]
      var next = sets.first(value, from: 0)
      while let state = next {
        addUp(state, below: domain)
        next = sets.first(value, from: state + 1)
      }
    } else if let initial = structure.states[target].initial {
      for other in structure.transitions[initial].targets { addAround(other, below: domain) }
    }
  }

  /// Appendix D, addDescendantStatesToEnter.
  private mutating func addDown(_ state: Int) {
    switch structure.states[state].kind {
    case .history: addHistory(state)
    case .atomic, .final: sets.insert(SetNumber.entries, state)
    case .compound:
      sets.insert(SetNumber.entries, state)
      sets.insert(SetNumber.initials, state)
      guard let initial = structure.states[state].initial else { return }
      let count = structure.targets.count(initial)
      for place in 0..<count { addDown(structure.targets[initial, place]) }
      for place in 0..<count { addUp(structure.targets[initial, place], below: state) }
    case .parallel:
      sets.insert(SetNumber.entries, state)
      addRegions(of: state)
    }
  }

  private mutating func addHistory(_ history: Int) {
    let parent = structure.states[history].parent ?? 0
    if sets.contains(SetNumber.remembered, history) {
      let value = SetNumber.values + structure.slots[history]
      var next = sets.first(value, from: 0)
      while let state = next {
        addDown(state)
        next = sets.first(value, from: state + 1)
      }
      next = sets.first(value, from: 0)
      while let state = next {
        addUp(state, below: parent)
        next = sets.first(value, from: state + 1)
      }
    } else if let initial = structure.states[history].initial {
      sets.insert(SetNumber.defaults, history)
      for target in structure.transitions[initial].targets { addDown(target) }
      for target in structure.transitions[initial].targets { addUp(target, below: parent) }
    }
  }

  /// Appendix D, addAncestorStatesToEnter.
  private mutating func addUp(_ state: Int, below top: Int) {
    var next = structure.states[state].parent
    while let ancestor = next, ancestor != top {
      sets.insert(SetNumber.entries, ancestor)
      if structure.states[ancestor].kind == .parallel { addRegions(of: ancestor) }
      next = structure.states[ancestor].parent
    }
  }

  /// The regions into which no target leads are entered by default.
  private mutating func addRegions(of parallel: Int) {
    for child in structure.children[parallel] where !structure.states[child].isHistory {
      if !sets.meets(SetNumber.entries, (child + 1)..<structure.ends[child]) { addDown(child) }
    }
  }
}
