import BatonCore

/// The hierarchy, asked from above.
extension Outline {
  /// The children of a state, or of the root for nil, in document order.
  func children(of parent: Int?) -> [Int] {
    states.indices.filter { states[$0].parent == parent }
  }

  /// The child of `parent` (or of the root) which is entered first.
  func initialChild(of parent: Int?) -> Int? {
    guard let parent else { return states.indices.contains(initial) ? initial : nil }
    return states[parent].initial
  }

  /// True when `ancestor` strictly encloses `state`.
  func encloses(_ ancestor: Int, _ state: Int) -> Bool {
    ancestors(of: state).contains(ancestor)
  }

  /// The states that strictly enclose this one, innermost first.
  func ancestors(of state: Int) -> [Int] {
    var found: [Int] = []
    var next = states[state].parent
    // Ends at the root: a parent stands before or after its child, but never in a circle.
    while let parent = next, found.count < states.count {
      found.append(parent)
      next = states[parent].parent
    }
    return found
  }

  /// The names from the root down, joined with dots.
  func path(of state: Int) -> String {
    ([state] + ancestors(of: state)).reversed().map { states[$0].name }.joined(separator: ".")
  }

  /// The transitions which a state lists inside itself, since they have no target.
  func listed(in state: Int) -> [Transition] {
    transitions.filter { $0.source == state && $0.target == nil }
  }

  /// True when a transition leads between a compound state and a state inside it.
  func isNested(_ transition: Transition) -> Bool {
    guard let target = transition.target else { return false }
    return encloses(transition.source, target) || encloses(target, transition.source)
  }

  /// True when a transition with a target stays inside its source: SCXML takes `internal` for
  /// `external` unless the target lies inside.
  func staysInside(_ transition: Transition) -> Bool {
    guard transition.isInternal, let target = transition.target else { return false }
    return encloses(transition.source, target)
  }
}
