/// A small table of what a thread has met a moment ago, by hashes.
@usableFromInline struct Seen {
  /// Numbers below the half of their hashes; all ones where there is none.
  @usableFromInline var slots: [UInt64] = []
  @usableFromInline var count = 0

  @inlinable static var half: UInt64 { .max << 32 }

  @usableFromInline init() {}

  /// Forgets all, and makes room for so many.
  @inlinable mutating func clear(for more: Int) {
    let size = Self.size(for: more)
    slots.removeAll(keepingCapacity: true)
    slots.append(contentsOf: repeatElement(.max, count: size))
    count = 0
  }

  @inlinable static func size(for count: Int) -> Int {
    1 << (Int.bitWidth - max(count * 2, 32).leadingZeroBitCount)
  }

  /// The number that was entered first of those that are the same as this one, which is entered
  /// when there is none.
  @inlinable @inline(__always)
  mutating func enter(_ number: Int, _ hash: Int, _ isSame: (Int) -> Bool) -> Int {
    if count * 2 >= slots.count { widen() }
    let tag = UInt64(truncatingIfNeeded: hash) << 32
    var slot = Self.slot(tag, slots.count)
    while slots[slot] != .max {  // Ends at a free slot: half of them are.
      if slots[slot] & Self.half == tag {
        let other = Int(slots[slot] & ~Self.half)
        if isSame(other) { return other }
      }
      slot = (slot + 1) & (slots.count - 1)
    }
    slots[slot] = tag | UInt64(truncatingIfNeeded: number)
    count += 1
    return number
  }

  @inlinable @inline(__always) static func slot(_ tag: UInt64, _ size: Int) -> Int {
    Int(truncatingIfNeeded: tag &>> 32) & (size - 1)
  }

  @usableFromInline mutating func widen() {
    let former = slots
    clear(for: former.count)
    for entry in former where entry != .max {
      var slot = Self.slot(entry, slots.count)
      while slots[slot] != .max { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = entry
      count += 1
    }
  }
}
