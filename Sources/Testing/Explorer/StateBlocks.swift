import Glibc

/// States in the order in which they were met, in blocks of which each is as large as all before
/// it, so that none is ever moved. With each stand the state before it and the action between, for
/// the way back.
///
/// One thread may add states, while there is a block for them, where others read those before.
@safe @usableFromInline struct StateBlocks<Element> {
  /// The room for some states.
  @unsafe @usableFromInline struct Block {
    @usableFromInline var states: UnsafeMutablePointer<Element>
    @usableFromInline var parents: UnsafeMutablePointer<UInt32>
    @usableFromInline var actions: UnsafeMutablePointer<UInt16>
  }

  @usableFromInline let blocks: UnsafeMutablePointer<Block>
  @safe @usableFromInline var blockCount = 0
  /// How many states there are: alone in a line of the caches, since all others read what stands
  /// above, and one thread writes this.
  @usableFromInline let stored: UnsafeMutablePointer<Int>

  /// The first block has room for so many states: two to the power of this.
  @inlinable static var firstShift: Int { 10 }
  /// Blocks for all numbers of 32 bits.
  private static var blocksMax: Int { 33 - firstShift }
  /// Two lines of the caches, which processors may fetch together.
  private static var line: Int { 128 }

  /// Blocks in which nothing is; who has them frees them.
  @usableFromInline init() {
    // Safe: blocks that are freed in `free`.
    unsafe stored = UnsafeMutableRawPointer.allocate(
      byteCount: Self.line, alignment: Self.line
    ).bindMemory(to: Int.self, capacity: 1)
    unsafe stored.initialize(to: 0)
    unsafe blocks = .allocate(capacity: Self.blocksMax)
    grow()
  }

  /// Destroys all states.
  @usableFromInline func free() {
    var left = count
    for place in 0..<blockCount {
      let states = min(left, 1 << (Self.firstShift + place))
      left -= states
      // Safe: allocated in `grow`; so many states were written, from the block's beginning.
      unsafe blocks[place].states.deinitialize(count: states)
      unsafe blocks[place].states.deallocate()
      unsafe blocks[place].parents.deallocate()
      unsafe blocks[place].actions.deallocate()
    }
    // Safe: allocated in `init`, trivial elements.
    unsafe blocks.deallocate()
    unsafe stored.deallocate()
  }

  /// How many states there are.
  @inlinable var count: Int {
    // Safe: it lives as long as this, and is asked for by who adds states, or while nobody does.
    unsafe stored.pointee
  }

  /// Bytes of the states and of the way back.
  @usableFromInline var byteCount: Int { count * (MemoryLayout<Element>.stride + 6) }

  /// The block of a number, and the place in it.
  @inlinable @inline(__always) static func place(_ number: Int) -> (block: Int, offset: Int) {
    let shifted = number + 1 << firstShift
    let block = Int.bitWidth - 1 - firstShift - shifted.leadingZeroBitCount
    return (block, shifted - 1 << (firstShift + block))
  }

  /// Whether there is a block for a number.
  @inlinable @inline(__always) func hasRoom(for number: Int) -> Bool {
    Self.place(number).block < blockCount
  }

  /// Where the state of a number lies, or will lie.
  @unsafe @inlinable @inline(__always)
  func address(_ number: Int) -> UnsafeMutablePointer<Element> {
    let (block, offset) = Self.place(number)
    // Safe: callers have a number below the count, whose block there is.
    return unsafe blocks[block].states + offset
  }

  /// The state from which this one was met first, and by which action; nil for an initial one.
  @usableFromInline func origin(_ number: Int) -> (parent: Int, action: UInt16)? {
    precondition(number < count)
    let (block, offset) = Self.place(number)
    // Safe: a parent is written with each of the `count` states, in the same place.
    let parent = unsafe blocks[block].parents[offset]
    guard parent != .max else { return nil }
    // Safe: an action is written with each of the `count` states, in the same place.
    return unsafe (Int(parent), blocks[block].actions[offset])
  }

  /// Adds a state, for which there is a block.
  ///
  /// - Returns: Its number.
  @inlinable @inline(__always)
  func add(_ state: Element, from parent: UInt32, by action: UInt16) -> Int {
    let number = count
    let (block, offset) = Self.place(number)
    // Safe: the block has room for as many as have their place in it.
    unsafe (blocks[block].states + offset).initialize(to: state)
    unsafe (blocks[block].parents + offset).initialize(to: parent)
    unsafe (blocks[block].actions + offset).initialize(to: action)
    // Safe: who adds states is alone with it.
    unsafe stored.pointee = number + 1
    return number
  }

  /// One more block.
  @usableFromInline mutating func grow() {
    let capacity = 1 << (Self.firstShift + blockCount)
    // Safe: the list has room for all blocks that numbers of 32 bits can ask for.
    unsafe (blocks + blockCount).initialize(
      to: Block(states: room(capacity), parents: room(capacity), actions: room(capacity)))
    blockCount += 1
  }
}

/// Room for so many elements, in large pages where there are many: nearly every access goes to
/// another page, and each of 4 KiB would be looked up by itself.
@usableFromInline func room<T>(_ capacity: Int) -> UnsafeMutablePointer<T> {
  let bytes = capacity * MemoryLayout<T>.stride
  guard bytes >= largePage else { return .allocate(capacity: capacity) }
  let room = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: largePage)
  // Safe: the room is ours; the kernel takes this as advice, and an error changes nothing.
  unsafe madvise(room, bytes, MADV_HUGEPAGE)
  return unsafe room.bindMemory(to: T.self, capacity: capacity)
}

/// A large page, in bytes, of x86-64, and of arm64 with pages of 4 KiB.
private var largePage: Int { 1 << 21 }
