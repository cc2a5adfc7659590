/// Sets of states as bits, in one block of memory that is made once.
///
/// Set 0 is the configuration; the sets behind the fixed ones are the values of history states.
@safe
@usableFromInline struct StateSets: ~Copyable {
  @usableFromInline let words: Int
  @usableFromInline let count: Int
  @usableFromInline let bits: UnsafeMutablePointer<UInt64>

  init(count: Int, words: Int) {
    self.words = words
    self.count = count
    // Safe: the block is made and filled with as many words.
    unsafe bits = .allocate(capacity: count * words)
    unsafe bits.initialize(repeating: 0, count: count * words)
  }

  deinit {
    // Safe: allocated in `init`, trivial words.
    unsafe bits.deallocate()
  }

  @inlinable func contains(_ set: Int, _ state: Int) -> Bool {
    precondition(state < words &* 64)
    // Safe: the set is one of ours and the word lies in it.
    return unsafe bits[set &* words &+ state &>> 6] &>> UInt64(state & 63) & 1 != 0
  }

  @inlinable mutating func insert(_ set: Int, _ state: Int) {
    precondition(state < words &* 64)
    // Safe: as above.
    unsafe bits[set &* words &+ state &>> 6] |= 1 &<< UInt64(state & 63)
  }

  @inlinable mutating func remove(_ set: Int, _ state: Int) {
    precondition(state < words &* 64)
    // Safe: as above.
    unsafe bits[set &* words &+ state &>> 6] &= ~(1 &<< UInt64(state & 63))
  }

  @inlinable mutating func clear(_ set: Int) {
    for word in 0..<words {
      // Safe: the set is one of ours.
      unsafe bits[set &* words &+ word] = 0
    }
  }

  @inlinable func word(_ set: Int, _ word: Int) -> UInt64 {
    precondition(word < words)
    // Safe: as above.
    return unsafe bits[set &* words &+ word]
  }

  @inlinable mutating func setWord(_ set: Int, _ word: Int, _ value: UInt64) {
    precondition(word < words)
    // Safe: as above.
    unsafe bits[set &* words &+ word] = value
  }

  /// The first state of a set from a number on.
  @inlinable func first(_ set: Int, from start: Int) -> Int? {
    guard start < words &* 64 else { return nil }
    var index = start &>> 6
    var value = word(set, index) & (~0 &<< UInt64(start & 63))
    while value == 0 {
      index &+= 1
      guard index < words else { return nil }
      value = word(set, index)
    }
    return index &* 64 &+ value.trailingZeroBitCount
  }

  /// The last state of a set below a number.
  @inlinable func last(_ set: Int, below end: Int) -> Int? {
    guard end > 0 else { return nil }
    let top = min(end, words &* 64) &- 1
    var index = top &>> 6
    var value = word(set, index) & (~0 &>> UInt64(63 &- top & 63))
    while value == 0 {
      guard index > 0 else { return nil }
      index &-= 1
      value = word(set, index)
    }
    return index &* 64 &+ 63 &- value.leadingZeroBitCount
  }

  /// Whether a set has a state in a range.
  @inlinable func meets(_ set: Int, _ range: Range<Int>) -> Bool {
    guard let found = first(set, from: range.lowerBound) else { return false }
    return found < range.upperBound
  }
}

@available(*, unavailable)
extension StateSets: Sendable {}
