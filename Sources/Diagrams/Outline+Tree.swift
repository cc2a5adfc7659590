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

  /// All that is entered first in `parent` (or the root), most often one child.
  func initials(of parent: Int?) -> [Int] {
    let further = parent.map { states[$0].furtherInitials } ?? furtherInitials
    return (initialChild(of: parent).map { [$0] } ?? []) + further
  }

  /// True for what the chart or a state around it enters first.
  func isEnteredFirst(_ state: Int) -> Bool {
    initials(of: nil).contains(state)
      || ancestors(of: state).contains { initials(of: $0).contains(state) }
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
    transitions.filter { $0.source == state && $0.targets.isEmpty }
  }

  /// True when one of the two states lies inside the other.
  func isNested(_ source: Int, _ target: Int) -> Bool {
    encloses(source, target) || encloses(target, source)
  }

  /// True when a transition with targets stays inside its source: SCXML takes `internal` for
  /// `external` unless the source is compound and all targets lie inside (3.13).
  func staysInside(_ transition: Transition) -> Bool {
    guard transition.isInternal, states[transition.source].kind == .compound else { return false }
    return !transition.targets.isEmpty
      && transition.targets.allSatisfy { encloses(transition.source, $0) }
  }

  /// True for what holds other states: a compound or a parallel state.
  func isContainer(_ state: Int) -> Bool {
    states[state].kind == .compound || states[state].kind == .parallel
  }

  /// True for a child of a parallel state that is active with its siblings.
  func isRegion(_ state: Int) -> Bool {
    guard let parent = states[state].parent, states[parent].kind == .parallel else { return false }
    return historyDepth(of: state) == nil
  }

  /// Whether a history pseudostate is a deep one; nil for anything else.
  func historyDepth(of state: Int) -> Bool? {
    if case .history(let isDeep) = states[state].kind { isDeep } else { nil }
  }

  /// The name, for languages that have no sign for history with its letter before it.
  func caption(of state: Int) -> String {
    let letter = historyDepth(of: state).map { $0 ? "H* " : "H " }
    return (letter ?? "") + states[state].name
  }

  /// True when the two lie in different regions of one parallel state.
  func liesAcross(_ source: Int, _ target: Int) -> Bool {
    let around = ancestors(of: target)
    let common = ancestors(of: source).first { around.contains($0) }
    guard let common, !isNested(source, target) else { return false }
    return states[common].kind == .parallel
  }

  /// What the states are called in languages that want a word, by state: the name behind `s_`, so
  /// that none is reserved, with a low line for whatever is no ASCII letter or digit.
  ///
  /// A name, not a number: one state more must not rename all behind it. Of equal ones all but the
  /// first get a number.
  package var identifiers: [String] {
    var used: Set<String> = []
    return states.map { state in
      let letters = state.name.unicodeScalars.map { scalar in
        scalar.isASCII && scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
          ? Character(scalar) : "_"
      }
      return used.insertFree("s_" + String(letters), divider: "_")
    }
  }
}
