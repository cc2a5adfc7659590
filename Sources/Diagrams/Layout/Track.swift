/// The horizontal piece of a bundle in the gap between two layers.
struct Track: Sendable {
  let bundle: EdgeBundle
  /// Where lines come from above, and where they go on below.
  private(set) var tops: [Int] = []
  private(set) var bottoms: [Int] = []
  /// The leftmost and the rightmost of them.
  private(set) var low = Int.max
  private(set) var high = Int.min

  init(bundle: EdgeBundle) { self.bundle = bundle }

  var isStraight: Bool { low == high }

  private static let clearance = 7

  mutating func add(top: Int, bottom: Int) {
    if !tops.contains(top) { tops.append(top) }
    if !bottoms.contains(bottom) { bottoms.append(bottom) }
    low = min(low, top, bottom)
    high = max(high, top, bottom)
  }

  /// What it costs to have this one above the other: crossings, and much for lines that coincide.
  func cost(above other: Track) -> Int {
    guard meets(other) else { return 0 }
    var cost = coincides(above: other) ? 1000 : 0
    for bottom in bottoms where bottom > other.low && bottom < other.high { cost += 1 }
    for top in other.tops where top > low && top < high { cost += 1 }
    return cost
  }

  /// True when lines of the two would run over each other with this one above.
  func coincides(above other: Track) -> Bool {
    guard meets(other) else { return false }
    return bottoms.contains { bottom in other.tops.contains { abs($0 - bottom) < Self.clearance } }
  }

  /// True when the two can't lie on one height.
  func meets(_ other: Track) -> Bool {
    low <= other.high + Self.clearance && other.low <= high + Self.clearance
  }
}
