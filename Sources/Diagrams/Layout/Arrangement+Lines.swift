import BatonCore

/// The lines between states that have their places.
extension Arrangement {
  /// The lines with their labels.
  func lines() -> [Drawing.Line] {
    var drawn: [Trunk: [[Point]]] = [:]
    return graph.edges.indices.map { index in
      let edge = graph.edges[index]
      if edge.source == edge.target { return loop(edge) }
      let points = points(of: index)
      let trunk = Trunk(target: edge.target, isDown: graph.descends[index])
      let own = Polyline(points: points).upToJoint(with: drawn[trunk] ?? [])
      drawn[trunk, default: []].append(points)
      return Drawing.Line(
        source: edge.source, target: edge.target, points: points, own: own,
        label: label(of: index), rows: edge.lines)
    }
  }

  /// Joins the pieces of an edge's way.
  private func points(of index: Int) -> [Point] {
    let edge = graph.edges[index]
    let isDown = graph.descends[index]
    var points: [Point] = []
    for hop in graph.ways[index] {
      let piece = routed[hop.level][hop.segment].map { $0.moved(by: origins[hop.level]) }
      points += isDown ? piece : piece.reversed()
    }
    return Polyline(points: hooked(points, edge)).points
  }

  /// The text beside the first piece of the way.
  private func label(of index: Int) -> Box {
    let level = graph.ways[index][0].level
    guard let place = graph.levels[level].index(of: .label(index)) else {
      preconditionFailure("every way begins with its label")
    }
    let item = graph.levels[level].items[place]
    let corner = Point(x: item.x + Metrics.labelGap, y: item.y).moved(by: origins[level])
    return Box(
      x: corner.x, y: corner.y, width: item.width - Metrics.labelGap, height: item.height)
  }

  /// Lets an external transition between a compound state and a descendant go out and in again.
  private func hooked(_ points: [Point], _ edge: Edge) -> [Point] {
    guard !edge.isInternal, let first = points.first, let last = points.last else { return points }
    let width = Metrics.hookWidth
    let height = Metrics.hookHeight
    if graph.outline.encloses(edge.source, edge.target) {
      let hook = [(-width, 0), (-width, -height), (0, -height)]
      return hook.map { Point(x: first.x + $0.0, y: first.y + $0.1) } + points
    }
    if graph.outline.encloses(edge.target, edge.source) {
      let hook = [(0, 2 * height), (-width, 2 * height), (-width, 0)]
      return points + hook.map { Point(x: last.x + $0.0, y: last.y + $0.1) }
    }
    return points
  }

  /// The line of a state to itself, at its right side.
  private func loop(_ edge: Edge) -> Drawing.Line {
    guard let state = states.first(where: { $0.index == edge.source }) else {
      preconditionFailure("every state has been placed")
    }
    let right = state.box.maxX
    let top = state.box.y + (Metrics.stateHeightMin - Metrics.loopHeight) / 2
    let far = right + Metrics.loopWidth - Metrics.labelGap
    let points = [
      Point(x: right, y: top), Point(x: far, y: top), Point(x: far, y: top + Metrics.loopHeight),
      Point(x: right, y: top + Metrics.loopHeight),
    ]
    let lines = edge.lines
    return Drawing.Line(
      source: edge.source, target: edge.target, points: points, own: points,
      label: Box(
        x: far + Metrics.labelGap, y: top - 1, width: TextLine.width(of: lines),
        height: lines.count * Metrics.lineHeight),
      rows: lines)
  }
}
