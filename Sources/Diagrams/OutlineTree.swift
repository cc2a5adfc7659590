import BatonCore

/// What lies where in an outline, found out once for those who walk through all of it.
struct OutlineTree: Sendable {
  /// The children of the root, in document order.
  private(set) var roots: [Int] = []
  /// By state its children, in document order.
  private(set) var children: [[Int]]
  /// By state the transitions that it declares, in their order.
  private(set) var transitions: [[Int]]
  /// By state the first transition that it or a state inside it declares.
  private(set) var firsts: [Int?]

  init(_ outline: Outline) {
    children = Array(repeating: [], count: outline.states.count)
    transitions = children
    firsts = Array(repeating: nil, count: outline.states.count)
    for (number, state) in outline.states.enumerated() {
      if let parent = state.parent { children[parent].append(number) } else { roots.append(number) }
    }
    for (number, transition) in outline.transitions.enumerated() {
      transitions[transition.source].append(number)
      var next: Int? = transition.source
      // Whatever is around a state that has a first one has a first one, too.
      while let state = next, firsts[state] == nil {
        firsts[state] = number
        next = outline.states[state].parent
      }
    }
  }

  /// The children of a state, or of the root for nil.
  func children(of parent: Int?) -> [Int] { parent.map { children[$0] } ?? roots }
}
