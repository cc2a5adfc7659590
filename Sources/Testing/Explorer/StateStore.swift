import Glibc
public import Synchronization

/// Flat states, kept and compared as bits.
///
/// States lie in the order in which they were met, in blocks of which each is as large as all
/// before it, so that none is ever moved; a table of open addressing finds them. With each stand
/// the state before it and the action between, for the way back.
@safe
public final class StateStore<State: BitwiseCopyable>: StateStorage {
  /// The room for some states.
  @unsafe @usableFromInline struct Block {
    @usableFromInline var states: UnsafeMutablePointer<State>
    @usableFromInline var parents: UnsafeMutablePointer<UInt32>
    @usableFromInline var actions: UnsafeMutablePointer<UInt16>
  }

  // While several threads look states up, one adds some where nobody reads: it writes a state
  // first, and then its slot. Nothing else changes meanwhile.
  @exclusivity(unchecked) @usableFromInline var blocks: UnsafeMutablePointer<Block>
  @safe @exclusivity(unchecked) @usableFromInline var blockCount = 0
  /// Numbers of states, each below the count of slots, and some bits of the hash above them; all
  /// ones where there is none.
  @exclusivity(unchecked) @usableFromInline var table: UnsafeMutablePointer<UInt32>
  @safe @exclusivity(unchecked) @usableFromInline var slots = 1 << 11
  /// The highest bits of a hash say the slot, so that several threads fill a part of it each.
  @safe @exclusivity(unchecked) @usableFromInline var shift = 63 - 11
  /// How many states there are: alone in a line of the caches, since all others read what stands
  /// above, and one thread writes this.
  @usableFromInline let stored: UnsafeMutablePointer<Int>
  /// Steps of flat states may be taken again.
  @inlinable public static var isFlat: Bool { true }
  /// How many states there are.
  @inlinable public var count: Int {
    // Safe: it lives as long as this, and is asked for by who adds states, or while nobody does.
    unsafe stored.pointee
  }
  /// States never move, and a slot is written at once.
  @inlinable public static var isShared: Bool { true }

  @inlinable static var words: Int { MemoryLayout<State>.size / 8 }
  /// The first block has room for so many states: two to the power of this.
  @inlinable static var firstShift: Int { 10 }
  /// Blocks for all numbers of 32 bits.
  private static var blocksMax: Int { 33 - firstShift }

  /// A storage of nothing; a state must be made of whole words.
  public init() {
    precondition(
      MemoryLayout<State>.size % 8 == 0 && MemoryLayout<State>.size > 0,
      "a state is made of words of eight bytes")
    // Safe: blocks that are freed in `deinit`; the table is filled here.
    unsafe stored = UnsafeMutableRawPointer.allocate(
      byteCount: Self.line, alignment: Self.line
    ).bindMemory(to: Int.self, capacity: 1)
    unsafe stored.initialize(to: 0)
    unsafe blocks = .allocate(capacity: Self.blocksMax)
    unsafe table = Self.room(slots)
    unsafe table.initialize(repeating: .max, count: slots)
    grow()
  }

  deinit {
    // Safe: allocated in `init`, `grow` or `widen`, trivial elements.
    for place in 0..<blockCount {
      unsafe blocks[place].states.deallocate()
      unsafe blocks[place].parents.deallocate()
      unsafe blocks[place].actions.deallocate()
    }
    // Safe: as above.
    unsafe blocks.deallocate()
    unsafe table.deallocate()
    unsafe stored.deallocate()
  }

  /// Bytes of the states, of the way back and of the table.
  public var byteCount: Int { count * (MemoryLayout<State>.stride + 6) + slots * 4 }

  /// The block of a number, and the place in it.
  @inlinable @inline(__always) static func place(_ number: Int) -> (block: Int, offset: Int) {
    let shifted = number + 1 << firstShift
    let block = Int.bitWidth - 1 - firstShift - shifted.leadingZeroBitCount
    return (block, shifted - 1 << (firstShift + block))
  }

  /// The state of this number, as it was met.
  @inlinable public subscript(number: Int) -> State {
    precondition(Self.place(number).block < blockCount)
    // Safe: the block has room for it; it was written, since only such states have numbers.
    return unsafe address(number).pointee
  }

  @unsafe @inlinable @inline(__always)
  func address(_ number: Int) -> UnsafeMutablePointer<State> {
    let (block, offset) = Self.place(number)
    // Safe: callers have a number below the count, whose block there is.
    return unsafe blocks[block].states + offset
  }

  /// The state from which this one was met first, and by which action; nil for an initial one.
  public func origin(_ number: Int) -> (parent: Int, action: UInt16)? {
    precondition(number < count)
    let (block, offset) = Self.place(number)
    // Safe: a parent is written with each of the `count` states, in the same place.
    let parent = unsafe blocks[block].parents[offset]
    guard parent != .max else { return nil }
    // Safe: an action is written with each of the `count` states, in the same place.
    return unsafe (Int(parent), blocks[block].actions[offset])
  }

  /// What the slot holds where a state of this hash is looked for first.
  @inlinable @inline(__always) public func candidate(_ hash: Int) -> UInt32 {
    self[slot: slot(hash)]
  }

  /// What a slot holds. Who sees a number there sees the state of it as well, which was written
  /// before.
  @inlinable @inline(__always) subscript(slot slot: Int) -> UInt32 {
    get {
      // Safe: callers have a slot of the table, whose words are atomic while several threads run.
      unsafe UnsafeMutableRawPointer(table + slot).assumingMemoryBound(to: Atomic<UInt32>.self)
        .pointee.load(ordering: .acquiring)
    }
    set {
      // Safe: as above.
      unsafe UnsafeMutableRawPointer(table + slot).assumingMemoryBound(to: Atomic<UInt32>.self)
        .pointee.store(newValue, ordering: .releasing)
    }
  }

  /// The number of a state, if it is there; the candidate is looked at first.
  @inlinable @inline(__always)
  public func find(_ state: State, _ hash: Int, from candidate: UInt32) -> Int? {
    if candidate == .max { return nil }
    let number = Int(candidate) & (slots - 1)
    // Safe: a slot that is taken holds the number of a state below the count.
    if unsafe candidate == entry(number, hash) && Self.isSame(address(number), state) {
      return number
    }
    return search(state, hash).number
  }

  /// Adds a state, unless it is there.
  @inlinable public func insert(
    _ state: State, _ hash: Int, from parent: UInt32, by action: UInt16
  ) -> (number: Int, isNew: Bool) {
    if count * 3 >= slots * 2 { widen(for: count) }
    let (slot, found) = search(state, hash)
    if let found { return (found, false) }
    let number = count
    if Self.place(number).block == blockCount { grow() }
    write(state, number, from: parent, by: action)
    self[slot: slot] = entry(number, hash)
    // Safe: who adds states is alone with it.
    unsafe stored.pointee = number + 1
    return (number, true)
  }

  /// Writes a state where its number says.
  @inlinable @inline(__always)
  func write(_ state: State, _ number: Int, from parent: UInt32, by action: UInt16) {
    let (block, offset) = Self.place(number)
    // Safe: callers made the block, which has room for as many as have their place in it.
    unsafe (blocks[block].states + offset).initialize(to: state)
    unsafe (blocks[block].parents + offset).initialize(to: parent)
    unsafe (blocks[block].actions + offset).initialize(to: action)
  }

  /// The slot where a state of this hash is looked for first.
  @inlinable @inline(__always) func slot(_ hash: Int) -> Int { hash &>> shift }

  /// What a slot holds: the number, which is below the count of slots, and above it bits of the
  /// hash that do not say which slot it is.
  @inlinable @inline(__always) func entry(_ number: Int, _ hash: Int) -> UInt32 {
    let tag = UInt32(truncatingIfNeeded: hash) & ~UInt32(truncatingIfNeeded: slots - 1)
    return tag | UInt32(truncatingIfNeeded: number)
  }

  /// The slot of the state, or the free one where it belongs.
  @inlinable @inline(__always)
  func search(_ state: State, _ hash: Int) -> (slot: Int, number: Int?) {
    var slot = slot(hash)
    while true {  // Ends at a free slot: a third of them is free.
      let found = self[slot: slot]
      if found == .max { return (slot, nil) }
      let number = Int(found) & (slots - 1)
      // Safe: a slot that is taken holds the number of a state below the count.
      if unsafe found == entry(number, hash) && Self.isSame(address(number), state) {
        return (slot, number)
      }
      slot = (slot + 1) & (slots - 1)
    }
  }

  /// A hash of the state's words.
  @inlinable @inline(__always)
  public static func hash(_ state: State) -> Int {
    var state = state
    // Safe: the state is lent for the length of the closure, which reads its words.
    return unsafe withUnsafeBytes(of: &state) { bytes in
      var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
      for word in 0..<words {
        let value = unsafe bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)
        hash = (hash ^ value) &* 0xFF51_AFD7_ED55_8CCD
        hash ^= hash >> 32
      }
      return Int(truncatingIfNeeded: hash >> 1)
    }
  }

  /// Whether two states have the same words.
  @inlinable @inline(__always)
  public static func isSame(_ one: State, _ other: State) -> Bool {
    var one = one
    // Safe: the state is lent for the length of the closure.
    return unsafe withUnsafeMutablePointer(to: &one) { unsafe isSame($0, other) }
  }

  @inlinable @inline(__always)
  static func isSame(_ one: UnsafeMutablePointer<State>, _ other: State) -> Bool {
    var other = other
    // Safe: both are read for as many words as a state has.
    return unsafe withUnsafeBytes(of: &other) { bytes in
      let raw = UnsafeRawPointer(one)
      for word in 0..<words {
        let left = unsafe raw.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)
        let right = unsafe bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)
        if left != right { return false }
      }
      return true
    }
  }

  /// One more block.
  @usableFromInline func grow() {
    let room = 1 << (Self.firstShift + blockCount)
    // Safe: the list has room for all blocks that numbers of 32 bits can ask for.
    unsafe (blocks + blockCount).initialize(
      to: Block(states: Self.room(room), parents: Self.room(room), actions: Self.room(room)))
    blockCount += 1
  }

  /// The table becomes as large as so many states need, filled anew.
  @inlinable func widen(for states: Int, workers: Int = 1) {
    // Safe: the old table is replaced by a larger one, which is filled here.
    unsafe table.deallocate()
    while states * 3 >= slots * 2 { (slots, shift) = (slots * 2, shift - 1) }
    unsafe table = Self.room(slots)
    let workers = slots < Self.slotsForOne ? 1 : min(workers, Self.widenersMax)
    let lent = Lent(self)
    let late = Late()
    concurrently(workers) { place in lent.value.fill(place, of: workers, late) }
    for (number, hash) in late.all { enter(number, hash) }
  }

  /// Fills one of so many parts of the table; what runs over its end comes late.
  @inlinable func fill(_ part: Int, of parts: Int, _ late: Late) {
    let begin = slots / parts * part
    let end = part + 1 == parts ? slots : slots / parts * (part + 1)
    // Safe: the part lies in the table, and nobody else writes there.
    unsafe (table + begin).initialize(repeating: .max, count: end - begin)
    for number in 0..<count {
      // Safe: the number is below the count.
      let hash = unsafe Self.hash(address(number).pointee)
      guard begin..<end ~= slot(hash) else { continue }
      if !enter(number, hash, before: end) { late.add(number, hash) }
    }
  }

  /// Enters a state that is not in the table, unless its slot would lie behind the end.
  @inlinable @inline(__always) func enter(_ number: Int, _ hash: Int, before end: Int) -> Bool {
    var slot = slot(hash)
    // Safe: the slot lies in the table.
    while unsafe slot < end && table[slot] != .max { slot += 1 }
    guard slot < end else { return false }
    // Safe: as above, and it is free.
    unsafe table[slot] = entry(number, hash)
    return true
  }

  /// Enters a state that is not in the table.
  @usableFromInline func enter(_ number: Int, _ hash: Int) {
    var slot = slot(hash)
    // Safe: the slot lies in the table, of which a third is free.
    while unsafe table[slot] != .max { slot = (slot + 1) & (slots - 1) }
    unsafe table[slot] = entry(number, hash)
  }

  /// Whether so many more states need neither a wider table nor another block.
  @inlinable public func hasRoom(for more: Int) -> Bool {
    (count + more) * 3 < slots * 2 && Self.place(count + more).block < blockCount
  }

  /// Makes room for so many more states, so that adding them makes none.
  @inlinable public func makeRoom(for more: Int, workers: Int) {
    while blockCount <= Self.place(count + more).block { grow() }
    if !hasRoom(for: more) { widen(for: count + more, workers: workers) }
  }

  /// A smaller table is filled by one thread.
  @usableFromInline static var slotsForOne: Int { 1 << 18 }
  /// Each thread that fills a table looks at all states, so that many are of no use.
  @usableFromInline static var widenersMax: Int { 4 }

  /// Room for so many elements, in large pages where there are many: nearly every access goes to
  /// another page, and each of 4 KiB would be looked up by itself.
  @usableFromInline static func room<T: BitwiseCopyable>(_ capacity: Int) -> UnsafeMutablePointer<T>
  {
    let bytes = capacity * MemoryLayout<T>.stride
    guard bytes >= largePage else { return .allocate(capacity: capacity) }
    let room = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: largePage)
    // Safe: the room is ours; the kernel takes this as advice, and an error changes nothing.
    unsafe madvise(room, bytes, MADV_HUGEPAGE)
    return unsafe room.bindMemory(to: T.self, capacity: capacity)
  }

  /// Two lines of the caches, which processors may fetch together.
  private static var line: Int { 128 }

  /// A large page, in bytes, of x86-64, and of arm64 with pages of 4 KiB.
  private static var largePage: Int { 1 << 21 }
}

@available(*, unavailable)
extension StateStore: Sendable {}
