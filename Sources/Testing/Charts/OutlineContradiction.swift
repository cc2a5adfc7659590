import BatonCore

/// Why a chart cannot be walked: what says something impossible of its states.
package struct OutlineContradiction: Error, Hashable, Sendable, CustomStringConvertible {
  /// One sentence.
  package let description: String

  /// The first contradiction of a chart; nil when it has none.
  ///
  /// The interpreter follows defaults and initial states downwards (SCXML appendix D,
  /// addDescendantStatesToEnter), which ends only where they lead downwards.
  static func first(in outline: Outline) -> OutlineContradiction? {
    func isInside(_ state: Int, _ around: Int?) -> Bool {
      guard let around else { return true }
      var next = outline.states[state].parent
      var levels = 0
      while let parent = next, levels <= outline.states.count {
        if parent == around { return true }
        next = outline.states[parent].parent
        levels += 1
      }
      return false
    }
    for (number, it) in outline.states.enumerated() where it.kind == .compound {
      let initials = (it.initial.map { [$0] } ?? []) + it.furtherInitials
      guard !initials.isEmpty else {
        return OutlineContradiction(description: "\(it.name) does not say what is entered first")
      }
      guard initials.allSatisfy({ isInside($0, number) }) else {
        return OutlineContradiction(description: "what \(it.name) enters first is not inside of it")
      }
    }
    for (number, it) in outline.states.enumerated() where it.kind.isPast {
      let ways = outline.transitions.filter { $0.source == number }
      guard let way = ways.first, !way.targets.isEmpty else {
        return OutlineContradiction(description: "history \(it.name) has no default")
      }
      let isLegal = way.targets.allSatisfy {
        isInside($0, it.parent) && !outline.states[$0].kind.isPast
      }
      guard isLegal else {
        return OutlineContradiction(
          description: "the default of history \(it.name) does not lie beside it")
      }
    }
    return nil
  }
}
