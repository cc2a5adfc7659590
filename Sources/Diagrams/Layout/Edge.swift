import BatonCore

/// One drawn line: the transitions that share source, target and kind.
struct Edge: Hashable, Sendable {
  let source: Int
  let target: Int
  let isInternal: Bool
  var rows: [[Word]]

  /// What is written beside it.
  var lines: [TextLine] { TextLine.wrapped(rows, widthMax: Metrics.labelWidthMax) }

  /// The edges of an outline, in the order of their first transitions.
  static func all(of outline: Outline) -> [Edge] {
    var edges: [Edge] = []
    for transition in outline.transitions {
      guard let target = transition.target else { continue }
      let isInternal = outline.staysInside(transition)
      let same = edges.firstIndex {
        $0.source == transition.source && $0.target == target && $0.isInternal == isInternal
      }
      if let same {
        edges[same].rows.append(transition.words)
      } else {
        edges.append(
          Edge(
            source: transition.source, target: target, isInternal: isInternal,
            rows: [transition.words]))
      }
    }
    return edges
  }
}
