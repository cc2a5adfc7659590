/// What bytes that claim to be a machine's state are compared with before they become one.
extension Machine {
  /// Whether a machine of this table could rest in such a state: the leaf is one, the configuration
  /// and the values of history states are legal, and no delay runs that the chart does not have.
  func isLegal(_ it: Snapshot<C>) -> Bool {
    for slot in it.deadlines.times.indices where slot >= table.slots.count {
      guard it.deadlines.times[slot] == Deadlines.never else { return false }
    }
    if let regions = table.regions {
      return regions.structure.accepts(it.regions)
        && regions.structure.firstLeaf(it.regions).map { regions.symbols[$0] } == it.state.code
    }
    guard let place = table.plan.position(of: it.state.code) else { return false }
    return table.plan.states[place].children.isEmpty && !table.plan.states[place].isHistory
  }
}
