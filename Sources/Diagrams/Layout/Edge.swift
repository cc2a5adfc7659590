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
    guard let same else { return append(edge) }
    for row in edge.rows { self[same].add(row) }
  }
}

extension Edge {
  /// Adds a row, or its trigger to the row before that says the same behind its own: UML writes
  /// several triggers as a list.
  fileprivate mutating func add(_ row: [Word]) {
    let (trigger, rest) = Self.parts(of: row)
    let (before, same) = Self.parts(of: rows[rows.count - 1])
    let eventless = Outline.Trigger.eventless.words
    guard rest == same, trigger != eventless, before != eventless, let last = before.last else {
      return rows.append(row)
    }
    let comma = Word(part: last.part, text: last.text + ",")
    rows[rows.count - 1] = before.dropLast() + [comma] + trigger + rest
  }

  /// A row's triggers, and what stands behind them.
  private static func parts(of row: [Word]) -> (trigger: [Word], rest: [Word]) {
    let end = row.firstIndex { $0.part != .trigger && $0.part != .keyword } ?? row.count
    return (Array(row[..<end]), Array(row[end...]))
  }
}
