/// The order of the items in their layers, so that few lines cross.
extension Level {
  /// Rounds of ordering by the neighbours' middle; more have not helped any chart so far.
  private static let orderRounds = 16
  /// How many pairs of neighbours may be compared in one level, beyond what charts of a hundred
  /// states take.
  private static let orderEffort = 20_000_000

  /// Orders all layers: sweeps by barycentre, then swaps of neighbours, the best round kept.
  mutating func order() {
    resolve()
    places = Array(repeating: 0, count: items.count)
    for layer in layers.indices { pin(layer) }
    var best = layers
    var fewest = crossings()
    var effort = Self.orderEffort
    for round in 0..<Self.orderRounds where fewest > 0 {
      let isDown = round.isMultiple(of: 2)
      for layer in isDown ? Array(layers.indices) : layers.indices.reversed() {
        sort(layer, byUpper: isDown)
      }
      swapNeighbours(&effort)
      let count = crossings()
      if count < fewest {
        fewest = count
        best = layers
      }
    }
    layers = best
    for layer in layers.indices { number(layer) }
  }

  /// Puts what has its place by rule first: the header, and the initial state.
  private mutating func pin(_ layer: Int) {
    let first = layers[layer].filter(isPinned)
    layers[layer] = first + layers[layer].filter { !isPinned($0) }
    number(layer)
  }

  private mutating func number(_ layer: Int) {
    for (place, item) in layers[layer].enumerated() { places[item] = place }
  }

  private func isPinned(_ item: Int) -> Bool {
    switch items[item].kind {
    case .header: true
    case .state(let state): state == initial
    case .label, .trunk, .port: false
    }
  }

  /// Where along its layer a line meets its upper item, in thousandths of a place.
  private func upperPosition(_ index: Int) -> Int {
    places[segments[index].upper] * 1000 + joints[index].upperMark
  }

  private func lowerPosition(_ index: Int) -> Int {
    places[segments[index].lower] * 1000 + joints[index].lowerMark
  }

  private mutating func sort(_ layer: Int, byUpper: Bool) {
    let middles = layers[layer].map { item in
      let joined = byUpper ? above[item] : below[item]
      if joined.isEmpty { return places[item] * 1000 + 500 }
      let sum = joined.reduce(0) { $0 + (byUpper ? upperPosition($1) : lowerPosition($1)) }
      return sum / joined.count
    }
    // The offset makes the sort stable.
    let order = layers[layer].indices.sorted { (middles[$0], $0) < (middles[$1], $1) }
    layers[layer] = order.map { layers[layer][$0] }
    pin(layer)
  }

  /// Swaps neighbours in a layer as long as this saves crossings.
  private mutating func swapNeighbours(_ effort: inout Int) {
    var waiting = Array(repeating: true, count: depth)
    var isBetter = true
    // Ends when a pass saves nothing: the number of crossings falls with every swap.
    while isBetter, effort > 0 {
      isBetter = false
      for layer in layers.indices where waiting[layer] {
        waiting[layer] = false
        effort -= layers[layer].count
        guard swapNeighbours(in: layer) else { continue }
        isBetter = true
        // What may be saved in a layer hangs on the order of its neighbours, and on its own.
        for near in max(0, layer - 1)...min(depth - 1, layer + 1) { waiting[near] = true }
      }
    }
  }

  /// One pass over a layer; true when a swap saved a crossing.
  private mutating func swapNeighbours(in layer: Int) -> Bool {
    var isBetter = false
    for place in layers[layer].indices.dropFirst() where !isPinned(layers[layer][place - 1]) {
      let left = layers[layer][place - 1]
      let right = layers[layer][place]
      guard saving(left, right) > 0 else { continue }
      layers[layer].swapAt(place - 1, place)
      places[left] = place
      places[right] = place - 1
      isBetter = true
    }
    return isBetter
  }

  /// How many crossings fewer there are when two neighbours change places: only the lines of one
  /// with those of the other matter.
  private func saving(_ left: Int, _ right: Int) -> Int {
    var saving = 0
    for first in above[left] {
      let from = upperPosition(first)
      for second in above[right] { saving += (from - upperPosition(second)).signum() }
    }
    for first in below[left] {
      let from = lowerPosition(first)
      for second in below[right] { saving += (from - lowerPosition(second)).signum() }
    }
    return saving
  }

  private func crossings() -> Int { (1..<depth).reduce(0) { $0 + crossings(above: $1) } }

  /// Crossings in the gap above a layer: pairs of lines whose ends stand in opposite order, counted
  /// while the lines are merged by their lower ends.
  private func crossings(above layer: Int) -> Int {
    var lines = layers[layer].flatMap { above[$0] }.map { index in
      (upper: upperPosition(index), lower: lowerPosition(index))
    }
    lines.sort { $0 < $1 }
    return Inversions.count(lines.map(\.lower))
  }
}
