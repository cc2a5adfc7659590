/// The order of the items in their layers, so that few lines cross.
extension Level {
  /// Rounds of ordering by the neighbours' middle; more have not helped any chart so far.
  private static let orderRounds = 16

  /// Orders all layers: sweeps by barycentre, then swaps of neighbours, the best round kept.
  mutating func order() {
    for layer in layers.indices { pin(layer) }
    var best = layers
    var fewest = crossings()
    for round in 0..<Self.orderRounds where fewest > 0 {
      let isDown = round.isMultiple(of: 2)
      for layer in isDown ? Array(layers.indices) : layers.indices.reversed() {
        sort(layer, byUpper: isDown)
      }
      swapNeighbours()
      let count = crossings()
      if count < fewest {
        fewest = count
        best = layers
      }
    }
    layers = best
  }

  /// Puts what has its place by rule first: the header, and the initial state.
  private mutating func pin(_ layer: Int) {
    let first = layers[layer].filter(isPinned)
    layers[layer] = first + layers[layer].filter { !isPinned($0) }
  }

  private func isPinned(_ item: Int) -> Bool {
    switch items[item].kind {
    case .header: true
    case .state(let state): state == initial
    case .label, .trunk, .port: false
    }
  }

  /// The place of each item in its layer.
  private func places() -> [Int] {
    var places = Array(repeating: 0, count: items.count)
    for layer in layers {
      for (place, item) in layer.enumerated() { places[item] = place }
    }
    return places
  }

  /// Where along its layer a line meets an item, in thousandths of a place.
  private func position(_ item: Int, _ side: Item.Side, _ bundle: EdgeBundle, _ places: [Int])
    -> Int
  {
    let it = items[item]
    guard let pin = it.pin(side, bundle), pin.isFixed else { return places[item] * 1000 + 500 }
    return places[item] * 1000 + min(999, pin.offset * 1000 / max(1, it.width))
  }

  private mutating func sort(_ layer: Int, byUpper: Bool) {
    let places = places()
    let middles = layers[layer].map { item in
      let positions = (byUpper ? above : below)[item].map { index in
        let segment = segments[index]
        return byUpper
          ? position(segment.upper, .bottom, segment.bundle, places)
          : position(segment.lower, .top, segment.bundle, places)
      }
      if positions.isEmpty { return places[item] * 1000 + 500 }
      return positions.reduce(0, +) / positions.count
    }
    // The offset makes the sort stable.
    let order = layers[layer].indices.sorted { (middles[$0], $0) < (middles[$1], $1) }
    layers[layer] = order.map { layers[layer][$0] }
    pin(layer)
  }

  /// Swaps neighbours in a layer as long as this saves crossings.
  private mutating func swapNeighbours() {
    var isBetter = true
    // Ends when a pass saves nothing: the number of crossings falls with every swap.
    while isBetter {
      isBetter = false
      for layer in layers.indices where layers[layer].count > 1 {
        var count = crossings(around: layer)
        for place in 1..<layers[layer].count where !isPinned(layers[layer][place - 1]) {
          layers[layer].swapAt(place - 1, place)
          let swapped = crossings(around: layer)
          if swapped < count {
            count = swapped
            isBetter = true
          } else {
            layers[layer].swapAt(place - 1, place)
          }
        }
      }
    }
  }

  private func crossings() -> Int {
    let places = places()
    return (1..<depth).reduce(0) { $0 + crossings(above: $1, places) }
  }

  private func crossings(around layer: Int) -> Int {
    let places = places()
    return (layer > 0 ? crossings(above: layer, places) : 0)
      + (layer + 1 < depth ? crossings(above: layer + 1, places) : 0)
  }

  /// Crossings in the gap above a layer.
  private func crossings(above layer: Int, _ places: [Int]) -> Int {
    let lines = layers[layer].flatMap { above[$0] }.map { index in
      let segment = segments[index]
      return (
        upper: position(segment.upper, .bottom, segment.bundle, places),
        lower: position(segment.lower, .top, segment.bundle, places)
      )
    }
    var count = 0
    for (index, first) in lines.enumerated() {
      for second in lines[(index + 1)...]
      where (first.upper - second.upper).signum() * (first.lower - second.lower).signum() < 0 {
        count += 1
      }
    }
    return count
  }
}
