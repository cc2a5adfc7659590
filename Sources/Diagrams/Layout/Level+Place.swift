/// Where the items stand from left to right.
extension Level {
  private static let placeRounds = 24

  /// Places all items, in their order, so that lines are as straight as they can be.
  mutating func place() {
    for layer in layers { pack(layer) }
    var best = items
    var least = Int.max
    for round in 0..<Self.placeRounds {
      let isLast = round * 3 >= Self.placeRounds * 2
      let isDown = round.isMultiple(of: 2)
      for layer in isDown ? layers : layers.reversed() {
        settle(layer, byUpper: isDown || isLast, byLower: !isDown || isLast)
      }
      alignPins()
      let length = bends()
      if length < least {
        least = length
        best = items
      }
    }
    items = best
    for _ in 0..<4 {
      shift()
      alignPins()
    }
  }

  /// What the initial state's wish to stand at the left weighs.
  static let initialWeight = 4

  /// Where items may stand; the right end is only a number that no chart comes near.
  private static let bounds = 0...1_000_000

  func isInitial(_ item: Int) -> Bool {
    guard case .state(let state) = items[item].kind else { return false }
    return state == initial
  }

  /// The right end of the rightmost item.
  var width: Int { items.map { $0.x + $0.width }.max() ?? 0 }

  private mutating func pack(_ layer: [Int]) {
    var x = 0
    for (place, item) in layer.enumerated() {
      items[item].x = x
      guard place + 1 < layer.count else { break }
      x += items[item].width + items[item].separation(to: items[layer[place + 1]])
    }
  }

  private mutating func settle(_ layer: [Int], byUpper: Bool, byLower: Bool) {
    guard !layer.isEmpty else { return }
    let wishes = layer.map { item in
      var wishes: [Spread.Wish] = []
      for index in byUpper ? above[item] : [] {
        let ends = ends(of: index)
        wishes.append(
          Spread.Wish(
            place: items[item].x + ends.upper - ends.lower, weight: joints[index].weight))
      }
      for index in byLower ? below[item] : [] {
        let ends = ends(of: index)
        wishes.append(
          Spread.Wish(
            place: items[item].x + ends.lower - ends.upper, weight: joints[index].weight))
      }
      if isInitial(item) {
        wishes.append(Spread.Wish(place: 0, weight: Self.initialWeight))
      }
      return wishes.isEmpty ? [Spread.Wish(place: items[item].x, weight: 1)] : wishes
    }
    let rooms = zip(layer, layer.dropFirst()).map { item, next in
      items[item].width + items[item].separation(to: items[next])
    }
    for (item, x) in zip(layer, Spread.places(wishes: wishes, rooms: rooms, bounds: Self.bounds)) {
      items[item].x = x
    }
  }

  /// How far all lines go sideways, by weight, and how often they turn.
  private func bends() -> Int {
    segments.indices.reduce(0) { sum, index in
      let ends = ends(of: index)
      let aside = abs(ends.upper - ends.lower)
      return sum + joints[index].weight * (aside + (aside == 0 ? 0 : 20))
    }
  }
}
