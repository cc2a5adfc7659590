/// What stays of a segment while the items of its level are ordered and placed.
struct Joint: Sendable {
  /// Where its pin stands among those of the upper state's lower side; nil where that is none.
  let upperPin: Int?
  /// Where its pin stands among those of the lower state's upper side.
  let lowerPin: Int?
  /// How much it matters that it is straight.
  let weight: Int
  /// In thousandths of a place, where it meets its items while they are ordered.
  let upperMark: Int
  let lowerMark: Int

  init(_ segment: Segment, _ items: [Item]) {
    let upper = items[segment.upper]
    let lower = items[segment.lower]
    upperPin = upper.lower.firstIndex { $0.bundle == segment.bundle }
    lowerPin = lower.upper.firstIndex { $0.bundle == segment.bundle }
    let start = upperPin.map { upper.lower[$0] }
    let end = lowerPin.map { lower.upper[$0] }
    weight = Self.weight(
      (upper.isState, start?.isFixed == true), (lower.isState, end?.isFixed == true))
    upperMark = Self.mark(start, of: upper)
    lowerMark = Self.mark(end, of: lower)
  }

  /// Long lines through labels and trunks are to be straight before short ones, and what
  /// ends at a pin that can still follow matters least.
  private static func weight(
    _ upper: (isState: Bool, isFixed: Bool), _ lower: (isState: Bool, isFixed: Bool)
  ) -> Int {
    switch (upper.isState, lower.isState) {
    case (true, true): 1
    case (true, false): upper.isFixed ? 4 : 2
    case (false, true): lower.isFixed ? 4 : 2
    case (false, false): 8
    }
  }

  /// The middle of an item, or of what has a fixed pin that.
  private static func mark(_ pin: Item.Pin?, of item: Item) -> Int {
    guard let pin, pin.isFixed else { return 500 }
    return min(999, pin.offset * 1000 / max(1, item.width))
  }
}
