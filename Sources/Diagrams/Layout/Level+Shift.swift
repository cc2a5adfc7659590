/// Moving what hangs together by straight lines as one, which layer by layer can't.
extension Level {
  private static let shiftRounds = 8

  /// Moves chains sideways as long as this makes lines shorter or straighter.
  mutating func shift() {
    for round in 0..<Self.shiftRounds {
      let isAny = !round.isMultiple(of: 2)
      var hasMoved = false
      for chain in chains(withStates: isAny) {
        let distance = distance(of: chain)
        guard distance != 0 else { continue }
        for item in chain { items[item].x += distance }
        hasMoved = true
      }
      if !hasMoved, isAny { return }
    }
  }

  /// Items that straight lines join, from top to bottom; with or without states among them.
  private func chains(withStates: Bool) -> [[Int]] {
    var chains: [[Int]] = []
    var isSeen = Array(repeating: false, count: items.count)
    isSeen[0] = true
    for layer in layers {
      for first in layer where !isSeen[first] {
        guard withStates || !items[first].isState else { continue }
        var chain = [first]
        isSeen[first] = true
        var next = 0
        while next < chain.count {
          let item = chain[next]
          for index in above[item] where isStraight(index) {
            append(segments[index].upper, to: &chain, &isSeen, withStates)
          }
          for index in below[item] where isStraight(index) {
            append(segments[index].lower, to: &chain, &isSeen, withStates)
          }
          next += 1
        }
        chains.append(chain)
      }
    }
    return chains
  }

  private func append(
    _ item: Int, to chain: inout [Int], _ isSeen: inout [Bool], _ withStates: Bool
  ) {
    guard !isSeen[item], withStates || !items[item].isState else { return }
    isSeen[item] = true
    chain.append(item)
  }

  private func isStraight(_ index: Int) -> Bool {
    let ends = ends(of: index)
    return ends.upper == ends.lower
  }

  /// How far a chain had best move to the right, within the room that it has.
  private func distance(of chain: [Int]) -> Int {
    let members = Set(chain)
    var wishes: [Spread.Wish] = []
    for item in chain {
      for index in above[item] + below[item] {
        let segment = segments[index]
        let isUpper = members.contains(segment.upper)
        let isLower = members.contains(segment.lower)
        guard isUpper != isLower else { continue }
        let ends = ends(of: index)
        let aside = isUpper ? ends.lower - ends.upper : ends.upper - ends.lower
        wishes.append(Spread.Wish(place: aside, weight: joints[index].weight))
      }
      if isInitial(item) {
        wishes.append(Spread.Wish(place: -items[item].x, weight: Self.initialWeight))
      }
    }
    guard !wishes.isEmpty else { return 0 }
    let room = room(around: members)
    let best = Spread.places(wishes: [wishes], rooms: [])[0]
    return min(max(best, room.lowerBound), room.upperBound)
  }

  /// How far all members can move to the left and to the right.
  private func room(around members: Set<Int>) -> ClosedRange<Int> {
    var low = -(members.map { items[$0].x }.min() ?? 0)
    var high = Int(Int32.max)
    for item in members {
      let layer = layers[items[item].layer]
      let place = places[item]
      if place > 0, !members.contains(layer[place - 1]) {
        low = max(low, -free(layer[place - 1], item))
      }
      if place + 1 < layer.count, !members.contains(layer[place + 1]) {
        high = min(high, free(item, layer[place + 1]))
      }
    }
    return low...high
  }

  /// The room between two neighbours that neither needs.
  private func free(_ item: Int, _ next: Int) -> Int {
    let end = items[item].x + items[item].width + items[item].separation(to: items[next])
    return max(0, items[next].x - end)
  }
}
