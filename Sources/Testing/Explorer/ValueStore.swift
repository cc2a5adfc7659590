/// States of any kind that can be hashed, each kept once as a value.
///
/// A table of open addressing finds them: it has their numbers, and beside each 32 bits of the
/// hash, so that values are compared only where these agree, and none is hashed twice.
public final class ValueStore<State: Hashable>: StateStorage {
  @usableFromInline struct Slot {
    @usableFromInline var number: UInt32
    @usableFromInline var tag: UInt32
    @usableFromInline init(number: UInt32, tag: UInt32) {
      self.number = number
      self.tag = tag
    }
  }

  @usableFromInline var states: [State] = []
  @usableFromInline var parents: [UInt32] = []
  @usableFromInline var actions: [UInt16] = []
  @usableFromInline var table: [Slot]

  /// A storage in which no state is.
  public init() { table = Array(repeating: Slot(number: .max, tag: 0), count: 1 << 8) }

  /// A model of values may be one of code that counts what it did.
  @inlinable public static var isFlat: Bool { false }

  /// How many states there are.
  @inlinable public var count: Int { states.count }

  /// The state of this number, as it was met.
  @inlinable public subscript(number: Int) -> State { states[number] }

  /// The hash of the value, which differs from one process to the next.
  @inlinable public static func hash(_ state: State) -> Int { state.hashValue }

  /// Whether two values are equal.
  @inlinable public static func isSame(_ one: State, _ other: State) -> Bool { one == other }

  /// The number in the slot where a value of this hash is looked for first.
  @inlinable public func candidate(_ hash: Int) -> UInt32 {
    table[Int(Self.tag(hash)) & (table.count - 1)].number
  }

  /// The number of a value, if it is there.
  @inlinable public func find(_ state: State, _ hash: Int, from candidate: UInt32) -> Int? {
    candidate == .max ? nil : search(state, hash).number
  }

  /// Adds a value, unless it is there.
  @inlinable public func insert(
    _ state: State, _ hash: Int, from parent: UInt32, by action: UInt16
  ) -> (number: Int, isNew: Bool) {
    if count * 3 >= table.count * 2 { widen() }
    let (slot, found) = search(state, hash)
    if let found { return (found, false) }
    table[slot] = Slot(number: UInt32(count), tag: Self.tag(hash))
    states.append(state)
    parents.append(parent)
    actions.append(action)
    return (count - 1, true)
  }

  /// Widens the table; values are where arrays have them.
  @inlinable public func makeRoom(for more: Int, workers: Int) {
    while (count + more) * 3 >= table.count * 2 { widen() }
  }

  /// Arrays move when they grow.
  @inlinable public static var isShared: Bool { false }

  /// Nobody may look values up meanwhile.
  @inlinable public func hasRoom(for more: Int) -> Bool { true }

  /// The state from which this one was met first, and by which action; nil for an initial one.
  public func origin(_ number: Int) -> (parent: Int, action: UInt16)? {
    parents[number] == .max ? nil : (Int(parents[number]), actions[number])
  }

  /// Bytes of the values themselves, of the table and of the way back.
  public var byteCount: Int {
    states.capacity * MemoryLayout<State>.stride + parents.capacity * 4 + actions.capacity * 2
      + table.capacity * MemoryLayout<Slot>.stride
  }

  @inlinable static func tag(_ hash: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: hash)
  }

  /// The slot of the value, or the free one where it belongs.
  @inlinable func search(_ state: State, _ hash: Int) -> (slot: Int, number: Int?) {
    let tag = Self.tag(hash)
    var slot = Int(tag) & (table.count - 1)
    while true {  // Ends at a free slot: a third of them is free.
      let found = table[slot]
      if found.number == .max { return (slot, nil) }
      if found.tag == tag, states[Int(found.number)] == state { return (slot, Int(found.number)) }
      slot = (slot + 1) & (table.count - 1)
    }
  }

  @usableFromInline func widen() {
    let former = table
    table = Array(repeating: Slot(number: .max, tag: 0), count: former.count * 2)
    for old in former where old.number != .max {
      var slot = Int(old.tag) & (table.count - 1)
      while table[slot].number != .max { slot = (slot + 1) & (table.count - 1) }
      table[slot] = old
    }
  }
}

@available(*, unavailable)
extension ValueStore: Sendable {}
