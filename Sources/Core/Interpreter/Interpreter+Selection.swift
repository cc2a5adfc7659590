/// Which transitions are taken (appendix D, selectTransitions and removeConflictingTransitions).
extension Interpreter {
  /// Begins a microstep: for each active leaf, in document order, the transitions of the leaf and
  /// of the states around it become ``candidate`` one after the other.
  ///
  /// - Parameter isEventless: Which transitions are meant: those without event, or the others.
  @inlinable public mutating func beginSelection(eventless isEventless: Bool) {
    precondition(phase == .resting, "the steps of the last microstep were not all taken")
    self.isEventless = isEventless
    phase = .selecting
    selected.removeAll(keepingCapacity: true)
    place = 0
    leaf = -1
    turnToLeaf(from: 0)
  }

  /// The transition to decide about; nil when all leaves were asked.
  @inlinable public var candidate: Int? {
    guard leaf >= 0 else { return nil }
    return isEventless ? structure.eventless[leaf][place] : structure.evented[leaf][place]
  }

  /// The candidate is enabled: it is selected, and the next leaf is asked.
  @inlinable public mutating func accept() {
    guard let transition = candidate else { preconditionFailure("there is no candidate") }
    // Two leaves may find the same transition of a state around both.
    if !selected.contains(transition) { selected.append(transition) }
    turnToLeaf(from: leaf &+ 1)
  }

  /// The candidate is not enabled: the next one of the leaf is asked.
  @inlinable public mutating func reject() {
    precondition(leaf >= 0, "there is no candidate")
    place &+= 1
    let count = isEventless ? structure.eventless[leaf].count : structure.evented[leaf].count
    if place >= count { turnToLeaf(from: leaf &+ 1) }
  }

  /// The transitions selected so far, in the order of their leaves.
  @inlinable public var selection: [Int] { selected }

  /// Ends the selection without taking anything.
  @inlinable public mutating func abandon() {
    precondition(phase == .selecting, "nothing is being selected")
    selected.removeAll(keepingCapacity: true)
    phase = .resting
  }

  /// The next active leaf that has candidates.
  @inlinable mutating func turnToLeaf(from start: Int) {
    place = 0
    var next = sets.first(SetNumber.active, from: start)
    while let state = next {
      let isAsked =
        isEventless ? !structure.eventless[state].isEmpty : !structure.evented[state].isEmpty
      if isAsked {
        leaf = state
        return
      }
      next = sets.first(SetNumber.active, from: state &+ 1)
    }
    leaf = -1
  }

  /// Drops what another selected transition preempts: of two that would leave the same state the
  /// one with the inner source stays, else the first (SCXML 3.13).
  @usableFromInline mutating func removeConflicts() {
    guard selected.count > 1 else { return }
    var kept = 0
    for place in selected.indices {
      let transition = selected[place]
      if isPreempted(transition, by: kept) { continue }
      // What it preempts itself makes room, in order.
      var count = 0
      for other in 0..<kept {
        if !conflicts(transition, selected[other]) {
          selected[count] = selected[other]
          count += 1
        }
      }
      selected[count] = transition
      kept = count + 1
    }
    selected.removeLast(selected.count - kept)
  }

  private func isPreempted(_ transition: Int, by kept: Int) -> Bool {
    let source = structure.transitions[transition].source
    return (0..<kept).contains { other in
      conflicts(transition, selected[other])
        && !structure.isDescendant(source, of: structure.transitions[selected[other]].source)
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
  @usableFromInline func domain(of transition: Int) -> Int? {
    guard structure.isVague[transition] else { return structure.domains[transition] }
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
