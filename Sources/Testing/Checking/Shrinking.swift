/// Makes a list of choices that fails shorter and smaller, in order of length and then of numbers.
struct Shrinking {
  /// Runs a list; the choices that were made when it fails in the same way, nil otherwise.
  let attempt: ([UInt32]) -> [UInt32]?
  private(set) var best: [UInt32]
  private(set) var executions = 0
  private let limit: Int

  /// Begins with a list that fails; at most so many lists are run.
  ///
  /// Runs are counted and not timed: the same failure is shrunk to the same list on every machine,
  /// however busy it is.
  init(
    _ list: [UInt32], executions limit: Int = 2_000,
    attempt: @escaping ([UInt32]) -> [UInt32]?
  ) {
    best = list
    self.limit = limit
    self.attempt = attempt
  }

  private var isOver: Bool { executions >= limit }

  /// Takes a list that fails in the same way and is simpler than the best one.
  private mutating func take(_ list: [UInt32]) -> Bool {
    guard !isOver, Self.isSimpler(list, best) else { return false }
    executions += 1
    guard let made = attempt(list) else { return false }
    // What the run did not ask for is cut off; what it asked for beyond the list was 0.
    let cut = made.count < list.count ? made : Array(list.prefix(made.count))
    best = Self.isSimpler(cut, list) ? cut : list
    return true
  }

  static func isSimpler(_ a: [UInt32], _ b: [UInt32]) -> Bool {
    a.count != b.count ? a.count < b.count : a.lexicographicallyPrecedes(b)
  }

  /// Shrinks until nothing helps any more, or the budget is used up.
  mutating func run() {
    var isBetter = true
    while isBetter, !isOver {
      isBetter = cutTail()
      isBetter = deleteBlocks() || isBetter
      isBetter = lower() || isBetter
      isBetter = deleteAndAdjust() || isBetter
    }
  }

  private mutating func cutTail() -> Bool {
    var isBetter = false
    var size = best.count / 2
    while size > 0 {
      if take(Array(best.dropLast(size))) { isBetter = true } else { size /= 2 }
    }
    return isBetter
  }

  /// Large blocks in large strides, small ones everywhere: a step is a few choices long.
  private mutating func deleteBlocks() -> Bool {
    var isBetter = false
    var size = best.count / 2
    while size > 0, !isOver {
      var start = 0
      while start + size <= best.count {
        var shorter = best
        shorter.removeSubrange(start..<start + size)
        if take(shorter) { isBetter = true } else { start += size > 12 ? size / 2 : 1 }
      }
      size = size > 24 ? size / 2 : size - 1
    }
    return isBetter
  }

  private mutating func lower() -> Bool {
    var isBetter = false
    var place = 0
    while place < best.count, !isOver {
      for value in [0, best[place] / 2, best[place] &- 1] where value < best[place] {
        var lower = best
        lower[place] = value
        if take(lower) {
          isBetter = true
          break
        }
      }
      place += 1
    }
    return isBetter
  }

  /// Deletes one number and lowers a neighbour: what was chosen there has moved.
  private mutating func deleteAndAdjust() -> Bool {
    var isBetter = false
    var place = 0
    while place + 1 < best.count, !isOver {
      var shorter = best
      shorter.remove(at: place)
      if shorter[place] > 0 {
        shorter[place] -= 1
        if take(shorter) {
          isBetter = true
          continue
        }
      }
      place += 1
    }
    return isBetter
  }
}
