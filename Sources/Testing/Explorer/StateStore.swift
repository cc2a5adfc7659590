/// All states that were met, each once, exactly as they are: no hash stands for one.
///
/// States lie one behind the other in the order in which they were met; a table of open addressing
/// finds them. With each stand the state before it and the action between, for the way back.
@safe @usableFromInline
final class StateStore<State: BitwiseCopyable> {
  @usableFromInline var states: UnsafeMutablePointer<State>
  @usableFromInline var parents: UnsafeMutablePointer<UInt32>
  @usableFromInline var actions: UnsafeMutablePointer<UInt16>
  @usableFromInline var table: UnsafeMutablePointer<UInt32>
  @usableFromInline var room = 1 << 10
  @usableFromInline var slots = 1 << 11
  @usableFromInline private(set) var count = 0

  @inlinable static var words: Int { MemoryLayout<State>.size / 8 }

  @usableFromInline init() {
    precondition(
      MemoryLayout<State>.size % 8 == 0 && MemoryLayout<State>.size > 0,
      "a state is made of words of eight bytes")
    // Safe: blocks that are freed in `deinit`; the table is filled below.
    unsafe states = .allocate(capacity: room)
    unsafe parents = .allocate(capacity: room)
    unsafe actions = .allocate(capacity: room)
    unsafe table = .allocate(capacity: slots)
    unsafe table.initialize(repeating: .max, count: slots)
  }

  deinit {
    // Safe: allocated in `init` or `grow`, trivial elements.
    unsafe states.deallocate()
    unsafe parents.deallocate()
    unsafe actions.deallocate()
    unsafe table.deallocate()
  }

  /// Bytes of all blocks.
  var byteCount: Int { room * (MemoryLayout<State>.stride + 6) + slots * 4 }

  @inlinable func state(_ number: Int) -> State {
    precondition(number < count)
    // Safe: `count` states were written from the start of the block, and none is ever taken out.
    return unsafe states[number]
  }

  /// The state from which this one was met first, and by which action; nil for an initial one.
  func origin(_ number: Int) -> (parent: Int, action: UInt16)? {
    precondition(number < count)
    // Safe: a parent is written with each of the `count` states, under its number.
    let parent = unsafe parents[number]
    guard parent != .max else { return nil }
    // Safe: an action is written with each of the `count` states, under its number.
    return unsafe (Int(parent), actions[number])
  }

  /// Adds a state, unless it is there.
  ///
  /// - Returns: Its number, and whether it is new.
  @inlinable func insert(
    _ state: State, from parent: UInt32, by action: UInt16
  ) -> (number: Int, isNew: Bool) {
    if count * 3 >= slots * 2 { widen() }
    let (slot, found) = search(state)
    if let found { return (found, false) }
    if count == room { grow() }
    // Safe: there is room for one more, and the slot is free.
    unsafe (states + count).initialize(to: state)
    unsafe (parents + count).initialize(to: parent)
    unsafe (actions + count).initialize(to: action)
    unsafe table[slot] = UInt32(count)
    count += 1
    return (count - 1, true)
  }

  /// The number of a state that is there.
  @inlinable func find(_ state: State) -> Int? { search(state).number }

  /// The slot of the state, or the free one where it belongs.
  @inlinable @inline(__always)
  func search(_ state: State) -> (slot: Int, number: Int?) {
    var slot = Self.hash(state) & (slots - 1)
    while true {  // Ends at a free slot: a third of them is free.
      // Safe: the slot lies in the table, and what it holds is below the count.
      let found = unsafe table[slot]
      if found == .max { return (slot, nil) }
      // Safe: a slot that is taken holds the number of a state below the count.
      if unsafe Self.isSame(states + Int(found), state) { return (slot, Int(found)) }
      slot = (slot + 1) & (slots - 1)
    }
  }

  @inlinable @inline(__always)
  static func hash(_ state: State) -> Int {
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

  @usableFromInline func grow() {
    let more = room + room / 2
    // Safe: each block is replaced by the one that its elements were moved to.
    unsafe states = moved(states, more)
    unsafe parents = moved(parents, more)
    unsafe actions = moved(actions, more)
    room = more
  }

  /// The elements in a block with more room, in place of the old one.
  private func moved<T: BitwiseCopyable>(
    _ old: UnsafeMutablePointer<T>, _ capacity: Int
  ) -> UnsafeMutablePointer<T> {
    let new = UnsafeMutablePointer<T>.allocate(capacity: capacity)
    // Safe: the old block has `count` elements, the new one room for more, and the old one is not
    // used again.
    unsafe new.initialize(from: old, count: count)
    unsafe old.deallocate()
    return unsafe new
  }

  @usableFromInline func widen() {
    // Safe: the old table is replaced by one of twice the size, filled anew.
    unsafe table.deallocate()
    slots *= 2
    unsafe table = .allocate(capacity: slots)
    unsafe table.initialize(repeating: .max, count: slots)
    for number in 0..<count {
      // Safe: the number is below the count, and the slots lie in the table.
      var slot = unsafe Self.hash(states[number]) & (slots - 1)
      while unsafe table[slot] != .max { slot = (slot + 1) & (slots - 1) }
      unsafe table[slot] = UInt32(number)
    }
  }
}

@available(*, unavailable)
extension StateStore: Sendable {}
