/// Taking lines apart that would run over each other.
///
/// Two bundles that change places in a gap, each ending below where the other begins, can't be told
/// apart by the heights of their tracks; then an end has to give way by some pixels.
extension Level {
  private static let steps = [8, -8, 16, -16, 24, -24]
  private static let partRounds = 20

  /// Moves ends aside as long as lines of different bundles run over each other.
  mutating func part() {
    for _ in 0..<Self.partRounds {
      let gaps = (1..<depth).filter { conflicts(above: $0) > 0 }
      guard !gaps.isEmpty else { return }
      let hasMoved = gaps.reduce(false) { giveWay(above: $1) || $0 }
      if !hasMoved { return }
    }
  }

  /// Tries all ends in a gap until one move helps.
  private mutating func giveWay(above layer: Int) -> Bool {
    for index in layers[layer].flatMap({ above[$0] }) {
      let segment = segments[index]
      for (item, side) in [(segment.lower, Item.Side.top), (segment.upper, .bottom)] {
        for step in Self.steps {
          let before = items[item]
          let count = conflicts(around: before.layer)
          guard move(item, side, segment.bundle, by: step) else { continue }
          if conflicts(around: before.layer) < count { return true }
          items[item] = before
        }
      }
    }
    return false
  }

  /// Moves a label, a trunk or a port, or a pin that is free; false when something is in the way.
  private mutating func move(_ item: Int, _ side: Item.Side, _ bundle: EdgeBundle, by step: Int)
    -> Bool
  {
    if items[item].isState { return movePin(item, side, bundle, by: step) }
    let row = layers[items[item].layer]
    guard let place = row.firstIndex(of: item) else { return false }
    items[item].x += step
    let isClear = zip(row, row.dropFirst()).enumerated().allSatisfy { index, pair in
      guard index == place || index == place - 1 else { return true }
      let (left, right) = (items[pair.0], items[pair.1])
      return left.x + left.width + left.separation(to: right) <= right.x
    }
    if isClear, items[item].x >= 0 { return true }
    items[item].x -= step
    return false
  }

  private mutating func movePin(
    _ item: Int, _ side: Item.Side, _ bundle: EdgeBundle, by step: Int
  ) -> Bool {
    guard let pin = items[item].pin(side, bundle), !pin.isFixed else { return false }
    let it = items[item]
    let offset = pin.offset + step
    let pins = (side == .top ? it.upper : it.lower).filter { $0.bundle != bundle }
    let isClear = pins.allSatisfy { abs($0.offset - offset) >= 8 }
    guard isClear, offset > it.inset + 8, offset < it.inset + it.bodyWidth - 8 else { return false }
    for place in it.upper.indices where side == .top && it.upper[place].bundle == bundle {
      items[item].upper[place].offset = offset
    }
    for place in it.lower.indices where side == .bottom && it.lower[place].bundle == bundle {
      items[item].lower[place].offset = offset
    }
    return true
  }

  private func conflicts(around layer: Int) -> Int {
    (layer > 0 ? conflicts(above: layer) : 0)
      + (layer + 1 < depth ? conflicts(above: layer + 1) : 0)
  }

  /// Pairs of tracks that run over each other in the best order found for a gap.
  private func conflicts(above layer: Int) -> Int {
    var tracks = tracks(of: layers[layer].flatMap { above[$0] })
    _ = Track.number(&tracks)
    return tracks.indices.reduce(0) { sum, index in
      sum + tracks[(index + 1)...].filter { tracks[index].coincides(above: $0) }.count
    }
  }
}
