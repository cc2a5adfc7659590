/// For charts with regions, what each transition does as seen from each leaf: those that stay
/// inside one region are flattened as in a chart without regions, the others are marked for the
/// interpreter.
extension Flattening {
  /// Rows and candidates by the structure's numbers, in the order of appendix D: innermost states
  /// first, then document order.
  ///
  /// - Parameter areUsed: False to mark every transition for the interpreter.
  mutating func addLanes(_ regions: RegionTable, areUsed: Bool) {
    let structure = regions.structure
    let isShared = structure.transitions.map { structure.hasRegions[$0.source] }
    var row = RowMaker(columns: delayColumn + slots.count)
    for leaf in structure.states.indices where structure.isLeafState[leaf] {
      for place in 0..<structure.evented.count(leaf) {
        let transition = structure.evented[leaf, place]
        let column = regions.rows[transition].column
        guard column != RegionTable.Row.none else { continue }
        let found = candidate(transition, from: leaf, regions, isShared[transition], areUsed)
        if column == RegionTable.Row.any {
          row.add(found, to: 0..<eventlessColumn)
        } else {
          row.add(found, to: Int(column))
        }
      }
      for place in 0..<structure.eventless.count(leaf) {
        let transition = structure.eventless[leaf, place]
        row.add(
          candidate(transition, from: leaf, regions, isShared[transition], areUsed),
          to: eventlessColumn)
      }
      close(UInt16(leaf), &row)
    }
  }

  private mutating func candidate(
    _ transition: Int, from leaf: Int, _ regions: RegionTable, _ isShared: Bool, _ isUsed: Bool
  ) -> Candidate {
    let row = regions.rows[transition]
    // What enters an initial state, and what only defers, ignores or refuses, asks nothing.
    let isListed = row.transition != Layout.Candidate.unlisted
    var candidate = Candidate(
      condition: isListed ? plan.transitions[transition].condition : nil,
      verdict: row.verdict, leaf: UInt16(leaf), transition: transition,
      operations: (row.operations.start, row.operations.count))
    if isShared { candidate.traits.insert(.shared) }
    if row.verdict != .taken { candidate.traits.insert(.verdict) }
    if !isUsed, row.verdict == .taken { candidate.traits.insert(.wide) }
    guard !regions.structure.transitions[transition].targets.isEmpty else {
      candidate.contentCount = UInt8(clamping: row.operations.count)
      if row.operations.count > UInt8.max { candidate.traits.insert(.wide) }
      return candidate
    }
    candidate.traits.insert(.moving)
    let lane = regions.structure.lane(from: leaf, by: transition)
    let isLaid = lane.map { lay($0, plan.transitions[transition].actions, &candidate) } ?? false
    if !isLaid { candidate.traits.insert(.wide) }
    return candidate
  }

  /// Adds a lane's operations.
  ///
  /// - Returns: False when there are more than a candidate can count.
  private mutating func lay(
    _ lane: Structure.Lane, _ actions: [UInt16], _ candidate: inout Candidate
  ) -> Bool {
    let start = operations.count
    for state in lane.exits { exit(state - 1) }
    let exitCount = operations.count - start
    run(actions)
    let contentCount = operations.count - start - exitCount
    for state in lane.entries {
      enter(state - 1)
      if lane.defaults.contains(state) { run(plan.states[state - 1].initialActions) }
    }
    if let done = lane.done { operations.append(.done(plan.states[done - 1].symbol)) }
    let count = operations.count - start
    guard exitCount <= UInt8.max, contentCount <= UInt8.max, count <= UInt16.max else {
      operations.removeSubrange(start...)
      return false
    }
    candidate.operations = (UInt32(start), UInt16(count))
    candidate.exitCount = UInt8(exitCount)
    candidate.contentCount = UInt8(contentCount)
    candidate.leaf = UInt16(lane.leaf)
    return true
  }
}

extension Structure {
  /// What a transition that stays inside one region does, as seen from the region's active leaf.
  ///
  /// Two such transitions of different leaves never conflict, since no other leaf is active inside
  /// the domain of either; and what one leaves and enters stands in document order wholly before
  /// what the other does. So their exits, contents and entries need no sorting.
  struct Lane {
    /// Innermost first.
    var exits: [Int] = []
    /// Outermost first.
    var entries: [Int] = []
    /// Those of the entered states whose initial transition is taken.
    var defaults: [Int] = []
    var leaf: Int
    /// The state that is done, since its final state is entered.
    var done: Int?
  }

  /// Nil when the transition leaves or enters regions, leaves a state with a history, leads to one,
  /// or ends what others must be asked about: for these there is the ``Interpreter``.
  func lane(from leaf: Int, by transition: Int) -> Lane? {
    let domain = domains[transition]
    guard domain >= 0, targets.count(transition) == 1, !isVague[transition],
      isWithoutEmptyRegions
    else { return nil }
    let target = targets[transition, 0]
    guard var exits = path(to: leaf, below: domain), var entries = path(to: target, below: domain),
      exits.allSatisfy({ histories[$0].isEmpty }),
      exits.allSatisfy({ !forgetful.contains($0) })
    else { return nil }
    exits.reverse()
    var defaults: [Int] = []
    var end = target
    while states[end].kind == .compound {
      guard let initial = states[end].initial, targets.count(initial) == 1,
        states[targets[initial, 0]].parent == end
      else { return nil }
      defaults.append(end)
      end = targets[initial, 0]
      entries.append(end)
    }
    guard isLeafState[end] else { return nil }
    let done = states[end].kind == .final ? states[end].parent : nil
    if let done, done == 0 || states[states[done].parent ?? 0].kind == .parallel { return nil }
    return Lane(exits: exits, entries: entries, defaults: defaults, leaf: end, done: done)
  }

  /// The states from below one down to another, outermost first; nil when not all of them have one
  /// active child at most.
  private func path(to end: Int, below top: Int) -> [Int]? {
    var path: [Int] = []
    var next: Int? = end
    while let state = next, state != top {
      guard states[state].kind != .parallel, !states[state].isHistory else { return nil }
      path.append(state)
      next = states[state].parent
    }
    return path.reversed()
  }
}
