/// The tracks of a gap from top to bottom, ordered for few crossings.
struct TrackOrder: Sendable {
  /// From top to bottom.
  private(set) var tracks: [Track]

  init(_ given: [Track]) {
    tracks = given
    let order = Self.order(given)
    tracks = order.map { given[$0] }
  }

  /// How many rounds of moves a gap of many tracks is worth; small ones end by themselves.
  private static let rounds = 24

  private static func order(_ tracks: [Track]) -> [Int] {
    let count = tracks.count
    var order = Array(tracks.indices)
    guard count > 1 else { return order }
    var costs = Array(repeating: 0, count: count * count)
    for (upper, track) in tracks.enumerated() {
      for (lower, other) in tracks.enumerated() where lower != upper {
        costs[upper * count + lower] = track.cost(above: other)
      }
    }
    var isBetter = true
    var round = 0
    while isBetter, round < min(count, rounds) {
      isBetter = false
      round += 1
      for place in order.indices where move(place, in: &order, costs) { isBetter = true }
    }
    return order
  }

  /// Moves one track to where it costs least; true when this was better.
  private static func move(_ index: Int, in order: inout [Int], _ costs: [Int]) -> Bool {
    let track = order[index]
    let count = order.count
    var cost = order.reduce(0) { $0 + costs[track * count + $1] }
    var best = (place: 0, cost: cost)
    var own = cost
    var place = 0
    for other in order where other != track {
      cost += costs[other * count + track] - costs[track * count + other]
      place += 1
      if place == index { own = cost }
      if cost < best.cost { best = (place, cost) }
    }
    guard best.cost < own else { return false }
    order.remove(at: index)
    order.insert(track, at: best.place)
    return true
  }

  /// The height of each track, counted from the top of the gap: below all those before it that it
  /// can't lie beside.
  func heights() -> [Int] {
    var heights: [Int] = []
    for (place, track) in tracks.enumerated() {
      var height = 0
      for before in 0..<place where heights[before] >= height && tracks[before].meets(track) {
        height = heights[before] + 1
      }
      heights.append(height)
    }
    return heights
  }

  /// The bundles of tracks that run over each other, and how many pairs of them there are.
  func conflicts() -> (bundles: Set<EdgeBundle>, count: Int) {
    var bundles: Set<EdgeBundle> = []
    var count = 0
    for (place, track) in tracks.enumerated() {
      for other in tracks[(place + 1)...] where track.coincides(above: other) {
        bundles.formUnion([track.bundle, other.bundle])
        count += 1
      }
    }
    return (bundles, count)
  }
}
