/// Where lines meet the border of states, as far as the inside leaves that open.
extension Level {
  /// Moves all pins without a fixed place below or above what they lead to.
  mutating func alignPins() {
    for index in items.indices where items[index].isState {
      items[index].upper = aligned(items[index].upper, of: index, side: .top)
      items[index].lower = aligned(items[index].lower, of: index, side: .bottom)
    }
  }

  private func aligned(_ pins: [Item.Pin], of item: Int, side: Item.Side) -> [Item.Pin] {
    let it = items[item]
    let wishes = wishes(of: pins, item: item, side: side)
    let middles = wishes.map { $0.reduce(0) { $0 + $1.place } / max(1, $0.count) }
    let order = pins.indices.filter { !pins[$0].isFixed }
      .sorted { (middles[$0], $0) < (middles[$1], $1) }
    guard !order.isEmpty else { return pins }
    let low = it.inset + Metrics.padding + 2
    let high = max(low, it.inset + it.bodyWidth - Metrics.padding - 2)
    var result = pins
    if order.count == pins.count {
      let room = min(Metrics.pinSpacing, (high - low) / max(1, pins.count - 1))
      let places = Spread.places(
        wishes: order.map { wishes[$0] },
        rooms: Array(repeating: room, count: pins.count - 1), bounds: low...high)
      for (pin, place) in zip(order, places) { result[pin].offset = place }
    } else {
      var taken = pins.filter(\.isFixed).map(\.offset)
      for pin in order {
        result[pin].offset = Self.free(near: middles[pin], in: low...high, taken)
        taken.append(result[pin].offset)
      }
    }
    return result
  }

  /// Where each pin would stand for each line to be straight, from the left of its item.
  private func wishes(of pins: [Item.Pin], item: Int, side: Item.Side) -> [[Spread.Wish]] {
    var wishes: [[Spread.Wish]] = Array(repeating: [], count: pins.count)
    for index in (side == .top ? above : below)[item] {
      guard let pin = side == .top ? joints[index].lowerPin : joints[index].upperPin else {
        continue
      }
      let ends = ends(of: index)
      let place = (side == .top ? ends.upper : ends.lower) - items[item].x
      wishes[pin].append(Spread.Wish(place: place, weight: joints[index].weight))
    }
    return wishes
  }

  /// The nearest place that keeps clear of the taken ones, or the wish when there is none.
  private static func free(near wish: Int, in bounds: ClosedRange<Int>, _ taken: [Int]) -> Int {
    let start = min(max(wish, bounds.lowerBound), bounds.upperBound)
    func isFree(_ place: Int) -> Bool {
      bounds.contains(place) && taken.allSatisfy { abs($0 - place) >= Metrics.pinSpacing - 4 }
    }
    for distance in 0...(bounds.upperBound - bounds.lowerBound) {
      if isFree(start - distance) { return start - distance }
      if isFree(start + distance) { return start + distance }
    }
    return start
  }
}
