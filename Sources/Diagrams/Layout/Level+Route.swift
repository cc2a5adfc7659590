/// Where the layers and the turns of the lines stand from top to bottom.
extension Level {
  /// Places all layers and routes all segments.
  ///
  /// - Parameter bottom: The room below the last layer at least.
  /// - Returns: The height, and the corners of each segment from its upper to its lower end.
  mutating func route(bottom: Int) -> (height: Int, lines: [[Point]]) {
    var lines: [[Point]] = Array(repeating: [], count: segments.count)
    var y = 0
    var free = 0
    for layer in layers.indices {
      let gap = layers[layer].flatMap { above[$0] }
      let isShown = layers[layer].contains { items[$0].width > 0 || items[$0].isState }
      let top = y
      if !gap.isEmpty {
        let order = TrackOrder(tracks(of: gap))
        let heights = order.heights()
        let ends = Self.ends(of: gap.map { segments[$0] }, items, isStraight: heights.isEmpty)
        y += ends.upper + ends.lower + (heights.max() ?? 0) * Metrics.trackSpacing
        bend(gap, order, heights, from: top + ends.upper, into: &lines)
      }
      if isShown, layer > 0 { y = max(y, free + Metrics.margin) }
      if layer == depth - 1 { y = max(y, free + bottom) }
      for item in layers[layer] { items[item].y = y }
      let height = layers[layer].map { items[$0].height }.max() ?? 0
      y += height
      if height > 0 { free = y }
    }
    finish(&lines)
    return (y, lines)
  }

  /// The room above and below the tracks of a gap: more where an arrow head stands.
  private static func ends(
    of gap: [Segment], _ items: [Item], isStraight: Bool
  ) -> (upper: Int, lower: Int) {
    let isUpperState = gap.contains { items[$0.upper].isState }
    let isLowerState = gap.contains { items[$0.lower].isState }
    let bend = isStraight ? 0 : 8
    return (isUpperState ? 16 : bend, isLowerState ? 18 : bend)
  }

  /// One track for each bundle of a gap that has to go sideways.
  func tracks(of gap: [Int]) -> [Track] {
    var tracks: [Track] = []
    var places: [EdgeBundle: Int] = [:]
    for index in gap {
      let ends = ends(of: index)
      let bundle = segments[index].bundle
      let place = places[bundle] ?? tracks.count
      if place == tracks.count {
        tracks.append(Track(bundle: bundle))
        places[bundle] = place
      }
      tracks[place].add(top: ends.upper, bottom: ends.lower)
    }
    return tracks.filter { !$0.isStraight }
  }

  private func bend(
    _ gap: [Int], _ order: TrackOrder, _ heights: [Int], from top: Int, into lines: inout [[Point]]
  ) {
    let numbers = Dictionary(
      uniqueKeysWithValues: zip(order.tracks.map(\.bundle), heights))
    for index in gap {
      let ends = ends(of: index)
      guard ends.upper != ends.lower else { continue }
      let y = top + (numbers[segments[index].bundle] ?? 0) * Metrics.trackSpacing
      lines[index] = [Point(x: ends.upper, y: y), Point(x: ends.lower, y: y)]
    }
  }

  /// Adds both ends, which are known once all layers stand.
  private func finish(_ lines: inout [[Point]]) {
    for (index, segment) in segments.enumerated() {
      let ends = ends(of: index)
      let upper = items[segment.upper]
      let first = Point(x: ends.upper, y: upper.y + upper.bodyHeight)
      let last = Point(x: ends.lower, y: items[segment.lower].y)
      lines[index] = [first] + lines[index] + [last]
    }
  }
}
