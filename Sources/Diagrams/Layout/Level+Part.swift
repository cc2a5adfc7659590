/// Taking lines apart that would run over each other.
///
/// Two bundles that change places in a gap, each ending below where the other begins, can't be told
/// apart by the heights of their tracks; then an end has to give way by some pixels.
extension Level {
  private static let steps = [8, -8, 16, -16, 24, -24]
  private static let partRounds = 20
  /// How many pairs of tracks may be compared in one level: what charts of hundreds of states need
  /// beyond that stays as it is.
  private static let partEffort = 4_000_000

  /// Moves ends aside as long as lines of different bundles run over each other.
  mutating func part() {
    var effort = Self.partEffort
    for _ in 0..<Self.partRounds where effort > 0 {
      let gaps = (1..<depth).filter { conflicts(above: $0).count > 0 }
      guard !gaps.isEmpty else { return }
      let hasMoved = gaps.reduce(false) { giveWay(above: $1, &effort) || $0 }
      if !hasMoved { return }
    }
  }

  /// Tries all ends in a gap that run over another until one move helps.
  private mutating func giveWay(above layer: Int, _ effort: inout Int) -> Bool {
    let inTheWay = conflicts(above: layer).bundles
    for index in layers[layer].flatMap({ above[$0] })
    where effort > 0 && inTheWay.contains(segments[index].bundle) {
      let segment = segments[index]
      for (item, side) in [(segment.lower, Item.Side.top), (segment.upper, .bottom)] {
        let before = items[item]
        let count = conflicts(around: before.layer, &effort)
        for step in Self.steps {
          guard move(item, side, segment.bundle, by: step) else { continue }
          if conflicts(around: before.layer, &effort) < count { return true }
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
    let place = places[item]
    items[item].x += step
    let isClear =
      (place == 0 || isClear(row[place - 1], item))
      && (place + 1 == row.count || isClear(item, row[place + 1]))
    if isClear, items[item].x >= 0 { return true }
    items[item].x -= step
    return false
  }

  /// True when two neighbours are as far apart as they have to be.
  private func isClear(_ left: Int, _ right: Int) -> Bool {
    items[left].x + items[left].width + items[left].separation(to: items[right])
      <= items[right].x
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

  private func conflicts(around layer: Int, _ effort: inout Int) -> Int {
    [layer, layer + 1].filter { $0 > 0 && $0 < depth }.reduce(0) { sum, gap in
      let lines = layers[gap].reduce(0) { $0 + above[$1].count }
      effort -= lines * lines
      return sum + conflicts(above: gap).count
    }
  }

  /// What runs over each other in the best order found for a gap.
  private func conflicts(above layer: Int) -> (bundles: Set<EdgeBundle>, count: Int) {
    TrackOrder(tracks(of: layers[layer].flatMap { above[$0] })).conflicts()
  }
}
