/// Which transitions are taken (appendix D, selectTransitions and removeConflictingTransitions).
extension Interpreter {
  /// Begins a microstep: for each active leaf, in document order, the transitions of the leaf and
  /// of the states around it become ``candidate`` one after the other.
  ///
  /// - Parameter isEventless: Which transitions are meant: those without event, or the others.
  package mutating func beginSelection(eventless isEventless: Bool) {
    precondition(phase == .resting, "the steps of the last microstep were not all taken")
    self.isEventless = isEventless
    phase = .selecting
    selectedCount = 0
    place = 0
    leaf = -1
    turnToLeaf(from: 0)
  }

  /// The transition to decide about; nil when all leaves were asked.
  package var candidate: Int? {
    guard leaf >= 0 else { return nil }
    return isEventless ? structure.eventless[leaf, place] : structure.evented[leaf, place]
  }

  /// The candidate is enabled: it is selected, and the next leaf is asked.
  package mutating func accept() {
    guard let transition = candidate else { preconditionFailure("there is no candidate") }
    select(transition)
    turnToLeaf(from: leaf &+ 1)
  }

  /// The candidate is not enabled: the next one of the leaf is asked.
  package mutating func reject() {
    precondition(leaf >= 0, "there is no candidate")
    place &+= 1
    let count = isEventless ? structure.eventless.count(leaf) : structure.evented.count(leaf)
    if place >= count { turnToLeaf(from: leaf &+ 1) }
  }

  /// The next active leaf from a number on, for who knows its candidates: begin with 0, and go on
  /// with the leaf's number and 1 more. Stands for ``candidate`` and the calls that go with it.
  @usableFromInline package func activeLeaf(from start: Int) -> Int? {
    sets.first(SetNumber.active, and: SetNumber.leaves, from: start)
  }

  /// Begins a microstep in which its user finds the candidates.
  @usableFromInline package mutating func beginSelection() {
    precondition(phase == .resting, "the steps of the last microstep were not all taken")
    phase = .selecting
    selectedCount = 0
    leaf = -1
  }

  /// Selects a transition of the leaf at hand; leaves must come in document order. Two leaves may
  /// find the same transition of a state around both, which is selected once.
  @usableFromInline package mutating func select(_ transition: Int) {
    for place in 0..<selectedCount where sets[place] == transition { return }
    sets[selectedCount] = transition
    selectedCount &+= 1
  }

  /// The transitions selected so far, in the order of their leaves.
  package var selection: [Int] { (0..<selectedCount).map { sets[$0] } }

  /// How many transitions were selected so far.
  @usableFromInline package var selectionCount: Int { selectedCount }

  /// One of the selected transitions.
  @usableFromInline package func selection(at place: Int) -> Int { sets[place] }

  /// Ends the selection without taking anything.
  @usableFromInline package mutating func abandon() {
    precondition(phase == .selecting, "nothing is being selected")
    selectedCount = 0
    phase = .resting
  }

  /// The next active leaf that has candidates.
  mutating func turnToLeaf(from start: Int) {
    place = 0
    var next = sets.first(SetNumber.active, from: start)
    while let state = next {
      let count = isEventless ? structure.eventless.count(state) : structure.evented.count(state)
      if count > 0 {
        leaf = state
        return
      }
      next = sets.first(SetNumber.active, from: state &+ 1)
    }
    leaf = -1
  }

  /// Drops what another selected transition preempts: of two that would leave the same state the
  /// one with the inner source stays, else the first (SCXML 3.13).
  mutating func removeConflicts() {
    guard selectedCount > 1 else { return }
    var kept = 0
    for place in 0..<selectedCount {
      let transition = sets[place]
      if isPreempted(transition, by: kept) { continue }
      // What it preempts itself makes room, in order.
      var count = 0
      for other in 0..<kept {
        if !conflicts(transition, sets[other]) {
          sets[count] = sets[other]
          count += 1
        }
      }
      sets[count] = transition
      kept = count + 1
    }
    selectedCount = kept
  }

  private func isPreempted(_ transition: Int, by kept: Int) -> Bool {
    let source = structure.sources[transition]
    return (0..<kept).contains { other in
      conflicts(transition, sets[other])
        && !structure.isDescendant(source, of: structure.sources[sets[other]])
    }
  }

  /// Whether the two leave a state in common: then one domain lies in the other, since what a
  /// transition leaves are the active states inside its domain.
  private func conflicts(_ one: Int, _ other: Int) -> Bool {
    guard let first = domain(of: one), let second = domain(of: other) else { return false }
    return first == second || structure.isDescendant(first, of: second)
      || structure.isDescendant(second, of: first)
  }

  /// The innermost state that the transition does not leave; nil when it is targetless.
  func domain(of transition: Int) -> Int? {
    guard structure.isVague[transition] else {
      let domain = structure.domains[transition]
      return domain < 0 ? nil : domain
    }
    let it = structure.transitions[transition]
    var first = Int.max
    var last = 0
    for target in it.targets { bound(target, &first, &last) }
    return Structure.domain(of: it, from: first, to: last, structure.states, structure.ends)
  }

  /// Widens the bounds by what the target really means (appendix D, getEffectiveTargetStates).
  private func bound(_ target: Int, _ first: inout Int, _ last: inout Int) {
    guard structure.states[target].isHistory else {
      first = min(first, target)
      last = max(last, target)
      return
    }
    if sets.contains(SetNumber.remembered, target) {
      let value = SetNumber.values + structure.slots[target]
      if let low = sets.first(value, from: 0) { first = min(first, low) }
      if let high = sets.last(value, below: structure.states.count) { last = max(last, high) }
    } else if let initial = structure.states[target].initial {
      for other in structure.transitions[initial].targets { bound(other, &first, &last) }
    }
  }
}
