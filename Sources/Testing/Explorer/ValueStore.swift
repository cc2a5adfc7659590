/// States of any kind that can be hashed, each kept once as a value.
///
/// Values lie in the order in which they were met, and are never moved; a table of open addressing
/// finds them. Each has its hash beside it, so that values are compared only where these agree,
/// and none is hashed twice.
@safe
public final class ValueStore<State: Hashable>: StateStorage {
  // While several threads look values up, one adds some where nobody reads: it writes a value
  // first, and then its slot. Nothing else changes meanwhile.
  @safe @exclusivity(unchecked) @usableFromInline var blocks = StateBlocks<HashedState<State>>()
  @safe @exclusivity(unchecked) @usableFromInline var table = NumberTable()

  /// A storage in which no state is.
  public init() {}

  deinit {
    blocks.free()
    table.free()
  }

  /// A model of values may be one of code that counts what it did.
  @inlinable public static var isFlat: Bool { false }

  /// Values never move, and a slot is written at once.
  @inlinable public static var isShared: Bool { true }

  /// How many states there are.
  @inlinable public var count: Int { blocks.count }

  /// Bytes of the values themselves, of their hashes, of the way back and of the table.
  public var byteCount: Int { blocks.byteCount + table.byteCount }

  /// The state of this number, as it was met.
  @inlinable public subscript(number: Int) -> State {
    precondition(number >= 0 && blocks.hasRoom(for: number))
    // Safe: the block has room for it; it was written, since only such states have numbers.
    return unsafe blocks.address(number).pointee.state
  }

  /// The hash of the value, which differs from one process to the next.
  ///
  /// Mixed, since a slot is said by its highest bits, and a type may make its `hashValue` itself.
  @inlinable @inline(__always) public static func hash(_ state: State) -> Int {
    let hash = UInt64(truncatingIfNeeded: state.hashValue) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: (hash ^ hash >> 32) >> 1)
  }

  /// Whether two values are equal.
  @inlinable public static func isSame(_ one: State, _ other: State) -> Bool { one == other }

  /// Compares a value where it lies: no count of references to it is touched, which processors
  /// would take from each other.
  @inlinable @inline(__always) func isSame(_ number: Int, _ state: State, _ hash: Int) -> Bool {
    // Safe: a slot that is taken holds the number of a value that was written.
    unsafe blocks.address(number).pointee.hash == hash
      && blocks.address(number).pointee.state == state
  }

  /// The state from which this one was met first, and by which action; nil for an initial one.
  public func origin(_ number: Int) -> (parent: Int, action: UInt16)? { blocks.origin(number) }

  /// What the slot holds where a value of this hash is looked for first.
  @inlinable @inline(__always) public func candidate(_ hash: Int) -> UInt32 {
    table[table.slot(hash)]
  }

  /// The number of a value, if it is there; the candidate is looked at first.
  @inlinable @inline(__always)
  public func find(_ state: State, _ hash: Int, from candidate: UInt32) -> Int? {
    table.find(hash, from: candidate) { isSame($0, state, hash) }
  }

  /// Adds a value, unless it is there.
  @inlinable public func insert(
    _ state: State, _ hash: Int, from parent: UInt32, by action: UInt16
  ) -> (number: Int, isNew: Bool) {
    if !table.isWide(for: count) { widen(for: count) }
    let (slot, found) = table.search(hash) { isSame($0, state, hash) }
    if let found { return (found, false) }
    if !blocks.hasRoom(for: count) { blocks.grow() }
    let number = blocks.add(.init(state: state, hash: hash), from: parent, by: action)
    table[slot] = table.entry(number, hash)
    return (number, true)
  }

  /// The table becomes as large as so many values need, filled anew.
  @inlinable func widen(for states: Int, workers: Int = 1) {
    table.widen(for: states)
    table.fill(from: blocks, workers: workers)
  }

  /// Whether so many more values need neither a wider table nor another block.
  @inlinable public func hasRoom(for more: Int) -> Bool {
    table.isWide(for: count + more) && blocks.hasRoom(for: count + more)
  }

  /// Makes room for so many more values, so that adding them makes none.
  @inlinable public func makeRoom(for more: Int, workers: Int) {
    while !blocks.hasRoom(for: count + more) { blocks.grow() }
    if !hasRoom(for: more) { widen(for: count + more, workers: workers) }
  }
}

@available(*, unavailable)
extension ValueStore: Sendable {}

/// A value, and its hash beside it.
@usableFromInline struct HashedState<State> {
  @usableFromInline let state: State
  @usableFromInline let hash: Int

  @inlinable init(state: State, hash: Int) {
    self.state = state
    self.hash = hash
  }
}

extension NumberTable {
  /// Enters all values by the hashes beside them.
  @inlinable func fill<State>(from blocks: StateBlocks<HashedState<State>>, workers: Int) {
    let lent = Lent(blocks)
    fill(blocks.count, workers: workers) { number in
      // Safe: the number is below the count.
      unsafe lent.value.address(number).pointee.hash
    }
  }
}
