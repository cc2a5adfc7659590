import BatonCore

extension Outline {
  /// Places states and lines, in pixels from the top left; the same for the same outline.
  package func drawing() -> Drawing {
    var graph = LayeredGraph(outline: self)
    return graph.drawing()
  }
}

extension LayeredGraph {
  /// Sizes and places everything, from the innermost levels out.
  mutating func drawing() -> Drawing {
    var arrangement = Arrangement(graph: self)
    let size = arrangement.arrange(nil)
    let origin = Point(x: Metrics.margin, y: 0)
    arrangement.emit(nil, at: origin)
    self = arrangement.graph
    let lines = arrangement.lines()
    let starts = arrangement.dots.sorted { $0.key < $1.key }.map { number, dot in
      Drawing.Start(dot: dot, lines: lines.filter { $0.source == number }.map { $0.begun(at: dot) })
    }
    return Drawing(
      name: outline.name,
      tag: Box(x: 0, y: 0, width: arrangement.tagWidth, height: Metrics.titleHeight),
      size: size, declared: outline.declaredLines, states: arrangement.states,
      lines: lines.filter { $0.source < firstStart }, starts: starts)
  }
}
