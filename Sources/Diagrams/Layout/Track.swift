/// The horizontal piece of a bundle in the gap between two layers.
struct Track: Sendable {
  let bundle: EdgeBundle
  /// Where lines come from above, and where they go on below.
  var tops: [Int] = []
  var bottoms: [Int] = []
  /// Counted from the top of the gap.
  var number = 0

  var low: Int { min(tops.min() ?? 0, bottoms.min() ?? 0) }
  var high: Int { max(tops.max() ?? 0, bottoms.max() ?? 0) }
  var isStraight: Bool { low == high }

  private static let clearance = 7

  /// What it costs to have this one above the other: crossings, and much for lines that coincide.
  func cost(above other: Track) -> Int {
    let fromHere = bottoms.filter { $0 > other.low && $0 < other.high }.count
    let fromThere = other.tops.filter { $0 > low && $0 < high }.count
    return fromHere + fromThere + (coincides(above: other) ? 1000 : 0)
  }

  /// True when lines of the two would run over each other with this one above.
  func coincides(above other: Track) -> Bool {
    bottoms.contains { bottom in other.tops.contains { abs($0 - bottom) < Self.clearance } }
  }

  /// True when the two can't lie on one height.
  func meets(_ other: Track) -> Bool {
    low <= other.high + Self.clearance && other.low <= high + Self.clearance
  }

  /// Orders the tracks of a gap for few crossings and numbers them; the count of numbers.
  static func number(_ tracks: inout [Track]) -> Int {
    var isBetter = true
    var rounds = 0
    while isBetter, rounds < tracks.count {
      isBetter = false
      rounds += 1
      for index in tracks.indices where move(index, in: &tracks) { isBetter = true }
    }
    var count = 0
    for index in tracks.indices {
      let before = tracks[..<index].filter { $0.meets(tracks[index]) }
      tracks[index].number = (before.map(\.number).max() ?? -1) + 1
      count = max(count, tracks[index].number + 1)
    }
    return count
  }

  /// Moves one track to where it costs least; true when this was better.
  private static func move(_ index: Int, in tracks: inout [Track]) -> Bool {
    let track = tracks[index]
    var others = tracks
    others.remove(at: index)
    var cost = others.reduce(0) { $0 + track.cost(above: $1) }
    var best = (place: 0, cost: cost)
    var own = cost
    for place in others.indices {
      cost += others[place].cost(above: track) - track.cost(above: others[place])
      if place + 1 == index { own = cost }
      if cost < best.cost { best = (place + 1, cost) }
    }
    guard best.cost < own else { return false }
    others.insert(track, at: best.place)
    tracks = others
    return true
  }
}
