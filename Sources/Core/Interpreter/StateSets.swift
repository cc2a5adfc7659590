/// Sets of states as bits, in one block of memory that is made once.
///
/// Set 0 is the configuration; the sets behind the fixed ones are the values of history states.
/// States
/// and places come from the structure, whose numbers were checked when it was made; debug builds
/// check them again.
@safe
final class StateSets {
  let words: Int
  let count: Int
  let bits: UnsafeMutablePointer<UInt64>
  /// Numbers of transitions, behind the sets in meaning and in a block of their own, and behind
  /// them as many domains.
  let numbers: UnsafeMutablePointer<Int>
  let room: Int

  init(count: Int, words: Int, room: Int) {
    self.words = words
    self.count = count
    self.room = max(1, room)
    // Safe: as below.
    unsafe numbers = .allocate(capacity: 2 * self.room)
    unsafe numbers.initialize(repeating: 0, count: 2 * self.room)
    // Safe: the block is made and filled with as many words.
    unsafe bits = .allocate(capacity: count * words)
    unsafe bits.initialize(repeating: 0, count: count * words)
  }

  deinit {
    // Safe: allocated in `init`, trivial words.
    unsafe bits.deallocate()
    unsafe numbers.deallocate()
  }

  func contains(_ set: Int, _ state: Int) -> Bool {
    assert(state < words &* 64)
    // Safe: the set is one of ours and the word lies in it.
    return unsafe bits[set &* words &+ state &>> 6] &>> UInt64(state & 63) & 1 != 0
  }

  func insert(_ set: Int, _ state: Int) {
    assert(state < words &* 64)
    // Safe: the set is one of ours and the word of a state below 64 × `words` lies in it.
    unsafe bits[set &* words &+ state &>> 6] |= 1 &<< UInt64(state & 63)
  }

  func remove(_ set: Int, _ state: Int) {
    assert(state < words &* 64)
    // Safe: the set is one of ours and the word of a state below 64 × `words` lies in it.
    unsafe bits[set &* words &+ state &>> 6] &= ~(1 &<< UInt64(state & 63))
  }

  func clear(_ set: Int) {
    for word in 0..<words {
      // Safe: the block has `words` words for each set, and the loop stays below that.
      unsafe bits[set &* words &+ word] = 0
    }
  }

  func word(_ set: Int, _ word: Int) -> UInt64 {
    assert(word < words)
    // Safe: the set is one of ours, and has as many words as was asserted.
    return unsafe bits[set &* words &+ word]
  }

  func setWord(_ set: Int, _ word: Int, _ value: UInt64) {
    assert(word < words)
    // Safe: the set is one of ours, and has as many words as was asserted.
    unsafe bits[set &* words &+ word] = value
  }

  subscript(place: Int) -> Int {
    get {
      assert(place < room)
      // Safe: `numbers` has `room` places, and the interpreter counts its places against the same.
      return unsafe numbers[place]
    }
    set {
      assert(place < room)
      // Safe: as when it is read.
      unsafe numbers[place] = newValue
    }
  }

  /// The domain of the transition at a place.
  func domain(_ place: Int) -> Int {
    assert(place < room)
    // Safe: there are as many domains as places.
    return unsafe numbers[room &+ place]
  }

  func setDomain(_ place: Int, _ domain: Int) {
    assert(place < room)
    // Safe: there are as many domains as places.
    unsafe numbers[room &+ place] = domain
  }

  /// The first state from a number on that is in both sets.
  func first(_ one: Int, and other: Int, from start: Int) -> Int? {
    guard start < words &* 64 else { return nil }
    var index = start &>> 6
    var value = word(one, index) & word(other, index) & (~0 &<< UInt64(start & 63))
    while value == 0 {
      index &+= 1
      guard index < words else { return nil }
      value = word(one, index) & word(other, index)
    }
    return index &* 64 &+ value.trailingZeroBitCount
  }

  /// The first state of a set from a number on.
  func first(_ set: Int, from start: Int) -> Int? {
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
  func last(_ set: Int, below end: Int) -> Int? {
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
  func meets(_ set: Int, _ range: Range<Int>) -> Bool {
    guard let found = first(set, from: range.lowerBound) else { return false }
    return found < range.upperBound
  }
}

@available(*, unavailable)
extension StateSets: Sendable {}
