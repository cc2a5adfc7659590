/// Places things in a row as near to their wishes as their order and the room between them allow.
///
/// The sum of the weighted distances is least: neighbours that would overlap form a block, and a
/// block stands at the weighted median of its wishes (pool adjacent violators).
struct Spread: Sendable {
  /// Where something would like to stand, and how much.
  struct Wish: Sendable {
    var place: Int
    var weight: Int
  }

  private struct Block: Sendable {
    var wishes: [Wish]
    var count: Int
    var place: Int

    init(wishes: [Wish], count: Int) {
      self.wishes = wishes.sorted { ($0.place, $0.weight) < ($1.place, $1.weight) }
      self.count = count
      let total = wishes.reduce(0) { $0 + $1.weight }
      var sum = 0
      place =
        self.wishes.first { wish in
          sum += wish.weight
          return 2 * sum >= total
        }?.place ?? 0
    }
  }

  /// - Parameters:
  ///   - wishes: By thing, at least one each.
  ///   - rooms: From each thing to the next; one less than there are things.
  ///   - bounds: Where the first and the last thing may stand at most.
  /// - Returns: The places, in order, at least `rooms` apart.
  static func places(
    wishes: [[Wish]], rooms: [Int], bounds: ClosedRange<Int>? = nil
  ) -> [Int] {
    var offsets = [0]
    for room in rooms { offsets.append(offsets[offsets.count - 1] + room) }
    var blocks: [Block] = []
    for (index, own) in wishes.enumerated() {
      let moved = own.map { Wish(place: $0.place - offsets[index], weight: $0.weight) }
      var block = Block(wishes: moved, count: 1)
      while let last = blocks.last, last.place > block.place {
        blocks.removeLast()
        block = Block(wishes: last.wishes + block.wishes, count: last.count + block.count)
      }
      blocks.append(block)
    }
    var places: [Int] = []
    for block in blocks {
      for _ in 0..<block.count {
        var place = block.place
        if let bounds {
          let last = bounds.upperBound - offsets[wishes.count - 1]
          place = max(bounds.lowerBound, min(place, last))
        }
        places.append(place + offsets[places.count])
      }
    }
    return places
  }
}
