public import Synchronization

/// Where the numbers of states are found by their hashes: open addressing.
///
/// Threads may look numbers up while one enters some, as long as the table is wide enough. It
/// becomes wider while nobody looks anything up.
@safe @usableFromInline struct NumberTable {
  /// Numbers of states, each below the count of slots, and some bits of the hash above them; all
  /// ones where there is none.
  @usableFromInline var entries: UnsafeMutablePointer<UInt32>
  @usableFromInline var slots = 1 << 11
  /// The highest bits of a hash say the slot, so that several threads fill a part of it each.
  @usableFromInline var shift = 63 - 11

  /// A table in which nothing is; who has it frees it.
  @usableFromInline init() {
    // Safe: room for as many entries as are written here.
    unsafe entries = room(slots)
    unsafe entries.initialize(repeating: .max, count: slots)
  }

  @usableFromInline func free() {
    // Safe: allocated by `init` or `widen`; entries are trivial.
    unsafe entries.deallocate()
  }

  @usableFromInline var byteCount: Int { slots * 4 }

  /// Whether so many states leave a third of the slots free.
  @inlinable @inline(__always) func isWide(for states: Int) -> Bool { states * 3 < slots * 2 }

  /// What a slot holds. Who sees a number there sees the state of it as well, which was written
  /// before.
  @inlinable @inline(__always) subscript(slot: Int) -> UInt32 {
    get {
      // Safe: callers have a slot of the table, whose words are atomic while several threads run.
      unsafe UnsafeMutableRawPointer(entries + slot).assumingMemoryBound(to: Atomic<UInt32>.self)
        .pointee.load(ordering: .acquiring)
    }
    nonmutating set {
      // Safe: as above.
      unsafe UnsafeMutableRawPointer(entries + slot).assumingMemoryBound(to: Atomic<UInt32>.self)
        .pointee.store(newValue, ordering: .releasing)
    }
  }

  /// The slot where a state of this hash, which is not negative, is looked for first.
  @inlinable @inline(__always) func slot(_ hash: Int) -> Int { hash &>> shift }

  /// What a slot holds: the number, which is below the count of slots, and above it bits of the
  /// hash that do not say which slot it is.
  @inlinable @inline(__always) func entry(_ number: Int, _ hash: Int) -> UInt32 {
    let tag = UInt32(truncatingIfNeeded: hash) & ~UInt32(truncatingIfNeeded: slots - 1)
    return tag | UInt32(truncatingIfNeeded: number)
  }

  /// The number of the state, if it is there; the candidate is looked at first.
  @inlinable @inline(__always)
  func find(_ hash: Int, from candidate: UInt32, _ isSame: (Int) -> Bool) -> Int? {
    if candidate == .max { return nil }
    let number = Int(candidate) & (slots - 1)
    if candidate == entry(number, hash) && isSame(number) { return number }
    return search(hash, isSame).number
  }

  /// The slot of the state, or the free one where it belongs.
  ///
  /// - Parameter isSame: Whether the state is the one of a number, which is in the table.
  @inlinable @inline(__always)
  func search(_ hash: Int, _ isSame: (Int) -> Bool) -> (slot: Int, number: Int?) {
    var slot = slot(hash)
    while true {  // Ends at a free slot: a third of them is free.
      let found = self[slot]
      if found == .max { return (slot, nil) }
      let number = Int(found) & (slots - 1)
      if found == entry(number, hash) && isSame(number) { return (slot, number) }
      slot = (slot + 1) & (slots - 1)
    }
  }

  /// Becomes as large as so many states need; nothing is in it until it is filled.
  @usableFromInline mutating func widen(for states: Int) {
    free()
    while !isWide(for: states) { (slots, shift) = (slots * 2, shift - 1) }
    // Safe: the entries are written by those who fill the table.
    unsafe entries = room(slots)
  }

  /// Enters all states below a number, on several threads.
  ///
  /// - Parameter hash: The hash of a state.
  @inlinable func fill(_ states: Int, workers: Int, _ hash: @Sendable (Int) -> Int) {
    let parts = slots < Self.slotsForOne ? 1 : min(workers, Self.fillersMax)
    let lent = Lent(self)
    let late = Late()
    concurrently(parts) { part in lent.value.fill(part, of: parts, states, late, hash) }
    for (number, hash) in late.all { enter(number, hash) }
  }

  /// Fills one of so many parts of the table; what runs over its end comes late.
  @inlinable @inline(__always)
  func fill(_ part: Int, of parts: Int, _ states: Int, _ late: Late, _ hash: (Int) -> Int) {
    let begin = slots / parts * part
    let end = part + 1 == parts ? slots : slots / parts * (part + 1)
    // Safe: the part lies in the table, and nobody else writes there.
    unsafe (entries + begin).initialize(repeating: .max, count: end - begin)
    for number in 0..<states {
      let hash = hash(number)
      guard begin..<end ~= slot(hash) else { continue }
      if !enter(number, hash, before: end) { late.add(number, hash) }
    }
  }

  /// Enters a state that is not in the table, unless its slot would lie behind the end.
  @inlinable @inline(__always) func enter(_ number: Int, _ hash: Int, before end: Int) -> Bool {
    var slot = slot(hash)
    // Safe: the slot lies in the table.
    while unsafe slot < end && entries[slot] != .max { slot += 1 }
    guard slot < end else { return false }
    // Safe: as above, and it is free.
    unsafe entries[slot] = entry(number, hash)
    return true
  }

  /// Enters a state that is not in the table.
  @usableFromInline func enter(_ number: Int, _ hash: Int) {
    var slot = slot(hash)
    // Safe: the slot lies in the table, of which a third is free.
    while unsafe entries[slot] != .max { slot = (slot + 1) & (slots - 1) }
    unsafe entries[slot] = entry(number, hash)
  }

  /// A smaller table is filled by one thread.
  @usableFromInline static var slotsForOne: Int { 1 << 18 }
  /// Each thread that fills a table looks at all states, so that many are of no use.
  @usableFromInline static var fillersMax: Int { 4 }
}
