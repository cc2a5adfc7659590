import BatonCore

extension Outline {
  /// Lays the chart out.
  package func drawing() -> Drawing {
    var plan = Plan(outline: self)
    return plan.drawing()
  }
}

extension Plan {
  /// Sizes and places everything, from the innermost levels out.
  mutating func drawing() -> Drawing {
    var arrangement = Arrangement(plan: self)
    let size = arrangement.arrange(nil)
    let origin = Point(x: Metrics.margin, y: 0)
    arrangement.emit(nil, at: origin)
    self = arrangement.plan
    return Drawing(
      name: outline.name,
      tag: Box(x: 0, y: 0, width: arrangement.tagWidth, height: Metrics.titleHeight),
      size: size, states: arrangement.states, lines: arrangement.lines())
  }
}
