import BatonCore

/// One drawn line: the transitions that share source, target and kind. One with several targets
/// has a line to each.
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
      for target in transition.targets {
        edges.add(
          Edge(
            source: transition.source, target: target,
            isInternal: outline.staysInside(transition),
            rows: [transition.words(to: target, in: outline)]))
      }
    }
    return edges
  }
}

extension [Edge] {
  /// Adds an edge, or its rows to one that is drawn as the same line.
  fileprivate mutating func add(_ edge: Edge) {
    let same = firstIndex {
      $0.source == edge.source && $0.target == edge.target && $0.isInternal == edge.isInternal
    }
    if let same { self[same].rows += edge.rows } else { append(edge) }
  }
}
