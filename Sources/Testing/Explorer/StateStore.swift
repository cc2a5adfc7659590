/// Flat states, kept and compared as bits.
///
/// States lie in the order in which they were met, and are never moved; a table of open addressing
/// finds them.
@safe
public final class StateStore<State: BitwiseCopyable>: StateStorage {
  // While several threads look states up, one adds some where nobody reads: it writes a state
  // first, and then its slot. Nothing else changes meanwhile.
  @safe @exclusivity(unchecked) @usableFromInline var blocks = StateBlocks<State>()
  @safe @exclusivity(unchecked) @usableFromInline var table = NumberTable()

  /// Steps of flat states may be taken again.
  @inlinable public static var isFlat: Bool { true }
  /// How many states there are.
  @inlinable public var count: Int { blocks.count }
  /// States never move, and a slot is written at once.
  @inlinable public static var isShared: Bool { true }

  @inlinable static var words: Int { MemoryLayout<State>.size / 8 }

  /// A storage of nothing; a state must be made of whole words.
  public init() {
    precondition(
      MemoryLayout<State>.size % 8 == 0 && MemoryLayout<State>.size > 0,
      "a state is made of words of eight bytes")
  }

  deinit {
    blocks.free()
    table.free()
  }

  /// Bytes of the states, of the way back and of the table.
  public var byteCount: Int { blocks.byteCount + table.byteCount }

  /// The state of this number, as it was met.
  @inlinable public subscript(number: Int) -> State {
    precondition(number >= 0 && blocks.hasRoom(for: number))
    // Safe: the block has room for it; it was written, since only such states have numbers.
    return unsafe blocks.address(number).pointee
  }

  /// The state from which this one was met first, and by which action; nil for an initial one.
  public func origin(_ number: Int) -> (parent: Int, action: UInt16)? { blocks.origin(number) }

  /// What the slot holds where a state of this hash is looked for first.
  @inlinable @inline(__always) public func candidate(_ hash: Int) -> UInt32 {
    table[table.slot(hash)]
  }

  /// The number of a state, if it is there; the candidate is looked at first.
  @inlinable @inline(__always)
  public func find(_ state: State, _ hash: Int, from candidate: UInt32) -> Int? {
    table.find(hash, from: candidate) { isSame($0, state) }
  }

  /// Adds a state, unless it is there.
  @inlinable public func insert(
    _ state: State, _ hash: Int, from parent: UInt32, by action: UInt16
  ) -> (number: Int, isNew: Bool) {
    if !table.isWide(for: count) { widen(for: count) }
    let (slot, found) = table.search(hash) { isSame($0, state) }
    if let found { return (found, false) }
    if !blocks.hasRoom(for: count) { blocks.grow() }
    let number = blocks.add(state, from: parent, by: action)
    table[slot] = table.entry(number, hash)
    return (number, true)
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

  @inlinable @inline(__always) func isSame(_ number: Int, _ state: State) -> Bool {
    // Safe: a slot that is taken holds the number of a state that was written.
    unsafe Self.isSame(blocks.address(number), state)
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

  /// The table becomes as large as so many states need, filled anew.
  @inlinable func widen(for states: Int, workers: Int = 1) {
    table.widen(for: states)
    let lent = Lent(self)
    table.fill(count, workers: workers) { number in
      // Safe: the number is below the count.
      unsafe Self.hash(lent.value.blocks.address(number).pointee)
    }
  }

  /// Whether so many more states need neither a wider table nor another block.
  @inlinable public func hasRoom(for more: Int) -> Bool {
    table.isWide(for: count + more) && blocks.hasRoom(for: count + more)
  }

  /// Makes room for so many more states, so that adding them makes none.
  @inlinable public func makeRoom(for more: Int, workers: Int) {
    while !blocks.hasRoom(for: count + more) { blocks.grow() }
    if !hasRoom(for: more) { widen(for: count + more, workers: workers) }
  }
}

@available(*, unavailable)
extension StateStore: Sendable {}
