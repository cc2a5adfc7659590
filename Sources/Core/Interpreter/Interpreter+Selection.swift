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

  /// The next active leaf from a number on: begin with 0, and go on with the leaf's number and 1
  /// more.
  func activeLeaf(from start: Int) -> Int? {
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
  package mutating func select(_ transition: Int) {
    for place in 0..<selectedCount where sets[place] == transition { return }
    append(transition)
  }

  /// Selects a transition that was not selected yet.
  @usableFromInline mutating func append(_ transition: Int) {
    sets[selectedCount] = transition
    selectedCount &+= 1
  }

  /// The transitions selected so far, in the order of their leaves.
  package var selection: [Int] { (0..<selectedCount).map { sets[$0] } }

  /// How many transitions were selected so far.
  @usableFromInline package var selectionCount: Int { selectedCount }

  /// One of the selected transitions.
  @usableFromInline package func selection(at place: Int) -> Int { sets[place] }

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
  ///
  /// Two leave a state in common when one domain lies in the other or is the other, since what a
  /// transition leaves are the active states inside its domain. What was kept has domains apart
  /// from each other, in document order, and each holds the leaf of its transition; so whatever
  /// conflicts with the next one stands last among them, and nobody asks the others.
  mutating func removeConflicts() {
    var kept = 0
    for place in 0..<selectedCount {
      let transition = sets[place]
      let domain = domain(of: transition) ?? Self.targetless
      guard let first = firstPreempted(by: transition, domain, among: kept) else { continue }
      // What it preempts itself makes room, in order.
      var count = first
      for other in first..<kept where sets.domain(other) == Self.targetless {
        sets[count] = sets[other]
        sets.setDomain(count, Self.targetless)
        count += 1
      }
      sets[count] = transition
      sets.setDomain(count, domain)
      kept = count + 1
    }
    selectedCount = kept
  }

  /// What stands for the domain of a targetless transition.
  static var targetless: Int { -1 }

  /// From which place on a transition preempts what was kept and has targets; nil when it is
  /// preempted itself.
  private func firstPreempted(by transition: Int, _ domain: Int, among kept: Int) -> Int? {
    guard domain != Self.targetless else { return kept }
    var first = kept
    var place = kept
    while place > 0 {
      place -= 1
      let other = sets.domain(place)
      if other == Self.targetless { continue }
      guard
        domain == other || structure.isDescendant(domain, of: other)
          || structure.isDescendant(other, of: domain)
      else { break }
      let source = structure.sources[sets[place]]
      guard structure.isDescendant(structure.sources[transition], of: source) else { return nil }
      first = place
    }
    return first
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
