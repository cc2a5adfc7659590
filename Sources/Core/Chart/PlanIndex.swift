/// What is found out once about a plan, so that checks and flattening search for nothing again and
/// again: places by symbol, what lies inside a state as a range, what is entered by default.
///
/// States stand in document order: each before what it holds, and what it holds stands together.
package struct PlanIndex: Sendable {
  /// By symbol, the first state's position; -1 when no state has it.
  private let places: [Int]
  /// By state the enclosing one; -1 for a child of the root.
  private let parents: [Int]
  /// By state, the position behind its last descendant.
  private let ends: [Int]
  /// By state its initial child; -1 when it has none, or the one that it names is no child.
  private let initials: [Int]
  /// By state the leaf down its initial children; -1 when one on the way is missing.
  private let leaves: [Int]

  /// Looks through the plan once.
  package init(_ plan: Plan) {
    let states = plan.states
    let last = states.map { Int($0.symbol) }.max() ?? -1
    var places = Array(repeating: -1, count: last + 1)
    var ends = states.indices.map { $0 + 1 }
    var initials = Array(repeating: -1, count: states.count)
    for place in states.indices.reversed() {
      places[Int(states[place].symbol)] = place
      guard let parent = states[place].parent else { continue }
      ends[parent] = max(ends[parent], ends[place])
      if states[parent].initial == states[place].symbol { initials[parent] = place }
    }
    var leaves = Array(repeating: -1, count: states.count)
    for place in states.indices.reversed() {
      let isLeaf = states[place].children.isEmpty
      leaves[place] = isLeaf ? place : initials[place] < 0 ? -1 : leaves[initials[place]]
    }
    self.places = places
    parents = states.map { $0.parent ?? -1 }
    self.ends = ends
    self.initials = initials
    self.leaves = leaves
  }

  /// As ``Plan/position(of:)``.
  package func position(of symbol: UInt16) -> Int? {
    guard Int(symbol) < places.count, places[Int(symbol)] >= 0 else { return nil }
    return places[Int(symbol)]
  }

  func parent(of state: Int) -> Int? { parents[state] < 0 ? nil : parents[state] }

  /// Whether a state lies strictly inside another.
  func isInside(_ state: Int, _ other: Int) -> Bool { state > other && state < ends[other] }

  /// The leaf that is entered when this state is the target: down the initial children. Nil when
  /// one on the way is missing, which the checks report.
  package func leaf(under state: Int) -> Int? { leaves[state] < 0 ? nil : leaves[state] }

  /// The states from this one down its initial children to the leaf, outermost first; nil when one
  /// is missing.
  package func descent(from state: Int) -> [Int]? {
    guard let leaf = leaf(under: state) else { return nil }
    var path = [state]
    while path[path.count - 1] != leaf { path.append(initials[path[path.count - 1]]) }
    return path
  }

  /// The state and those around it, innermost first, up to one that is not among them.
  package func lineage(of state: Int, below top: Int? = nil) -> [Int] {
    var path: [Int] = []
    var next: Int? = state
    while let here = next, here != top {
      path.append(here)
      next = parent(of: here)
    }
    return path
  }

  /// The innermost state that the transition does not leave; nil for the root.
  ///
  /// SCXML appendix D, getTransitionDomain: the least common compound ancestor of source and
  /// target, or the source itself when the transition is internal and the target lies inside.
  package func domain(of transition: Plan.Transition, target: Int) -> Int? {
    let source = transition.source
    if transition.isInternal, isInside(target, source) { return source }
    var next = parent(of: source)
    while let around = next, !isInside(target, around) { next = parent(of: around) }
    return next
  }
}
