import Synchronization
import Testing

@testable import BatonTesting

/// A value that says a row of digits.
private protocol Row: Hashable, Sendable {
  init(_ digits: [UInt8])
  var digits: [UInt8] { get }
}

extension [UInt8]: Row {
  fileprivate var digits: [UInt8] { self }
}

extension String: Row {
  /// Too long to lie in the string itself.
  private static let head = "the digits of a row, one after the other: "
  fileprivate init(_ digits: [UInt8]) {
    self = Self.head + digits.map { "\($0)" }.joined()
  }
  fileprivate var digits: [UInt8] { dropFirst(Self.head.count).utf8.map { $0 - 48 } }
}

/// An object, of which each is counted.
private final class Node: Row {
  static let live = Atomic(0)
  let digits: [UInt8]

  init(_ digits: [UInt8]) {
    self.digits = digits
    Self.live.add(1, ordering: .relaxed)
  }
  deinit { Self.live.subtract(1, ordering: .relaxed) }
  static func == (one: Node, other: Node) -> Bool { one.digits == other.digits }
  func hash(into hasher: inout Hasher) { hasher.combine(digits) }
}

private enum Shape: Row {
  case small(UInt32)
  case text(String)
  indirect case pair(Shape, [UInt8])

  init(_ digits: [UInt8]) {
    switch digits[0] % 3 {
    case 0 where digits.count == 5: self = .small(digits.reduce(0) { $0 * 16 + UInt32($1) })
    case 1: self = .text(String(digits))
    default: self = .pair(.text(String(Array(digits.prefix(1)))), Array(digits.dropFirst()))
    }
  }
  var digits: [UInt8] {
    switch self {
    case .small(let value): (0..<5).map { UInt8(value >> (16 - 4 * $0) & 15) }
    case .text(let text): text.digits
    case .pair(let head, let rest): head.digits + rest
    }
  }
}

/// Values that cannot be told apart by their hashes.
private struct Alike: Row {
  let digits: [UInt8]
  init(_ digits: [UInt8]) { self.digits = digits }
  func hash(into hasher: inout Hasher) {}
}

/// Values whose hashes are small numbers, of which several have the same.
private struct Small: Row {
  let digits: [UInt8]
  init(_ digits: [UInt8]) { self.digits = digits }
  var hashValue: Int { digits.dropFirst().reduce(0) { $0 * 8 + Int($1) } }
  func hash(into hasher: inout Hasher) { hasher.combine(hashValue) }
}

/// Rows of digits, each of which goes round by itself.
private struct Rows<State: Row>: ValueModel, Sendable {
  var count = 5
  var size: UInt8 = 7
  var bad = Int.max
  var beginnings: UInt8 = 1
  var name: String { "rows" }
  var initial: State { State(Array(repeating: 0, count: count)) }
  var initials: [State] {
    (0..<beginnings).map { State(Array(repeating: $0, count: count)) }
  }
  var properties: [String] { ["small"] }

  func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    let digits = state.digits
    for place in digits.indices {
      var next = digits
      next[place] = (next[place] + 1) % size
      step(UInt16(place), State(next))
    }
  }
  func judge(_ state: State) -> Verdict {
    var verdict = Verdict()
    verdict.require(0, state.digits.reduce(0) { $0 + Int($1) } < bad)
    return verdict
  }
  func isSettled(_ state: State) -> Bool { state.digits.allSatisfy { $0 == 0 } }
  func text(action: UInt16) -> String { "\(action)" }
  func text(state: State) -> String { "\(state.digits)" }
}

/// A storage in which nobody may look anything up while states are added.
private final class Plain<State: Hashable>: StateStorage {
  private var states: [(state: State, parent: UInt32, action: UInt16)] = []
  private var numbers: [State: Int] = [:]

  static var isFlat: Bool { false }
  static var isShared: Bool { false }
  var count: Int { states.count }
  var byteCount: Int { states.count * MemoryLayout<State>.stride }
  subscript(number: Int) -> State { states[number].state }
  static func hash(_ state: State) -> Int { state.hashValue }
  static func isSame(_ one: State, _ other: State) -> Bool { one == other }
  func candidate(_ hash: Int) -> UInt32 { 0 }
  func find(_ state: State, _ hash: Int, from candidate: UInt32) -> Int? { numbers[state] }
  func insert(
    _ state: State, _ hash: Int, from parent: UInt32, by action: UInt16
  ) -> (number: Int, isNew: Bool) {
    if let number = numbers[state] { return (number, false) }
    numbers[state] = count
    states.append((state, parent, action))
    return (count - 1, true)
  }
  func hasRoom(for more: Int) -> Bool { true }
  func makeRoom(for more: Int, workers: Int) {}
  func origin(_ number: Int) -> (parent: Int, action: UInt16)? {
    let (_, parent, action) = states[number]
    return parent == .max ? nil : (Int(parent), action)
  }
}

/// The same rows, in that storage.
private struct PlainRows: StateSpace, Sendable {
  typealias Storage = Plain<[UInt8]>
  var rows = Rows<[UInt8]>()
  var name: String { rows.name }
  var initial: [UInt8] { rows.initial }
  var properties: [String] { rows.properties }
  func expand(_ state: [UInt8], _ step: (UInt16, [UInt8]) -> Void) { rows.expand(state, step) }
  func judge(_ state: [UInt8]) -> Verdict { rows.judge(state) }
  func isSettled(_ state: [UInt8]) -> Bool { rows.isSettled(state) }
  func text(action: UInt16) -> String { rows.text(action: action) }
  func text(state: [UInt8]) -> String { rows.text(state: state) }
}

@Suite(.timeLimit(.minutes(10))) struct ValueWorkersTests {
  private static func walk<State: Row>(_ rows: Rows<State>) throws {
    let all = Int(pow(rows.size, rows.count))
    let result = try WorkersTests.compare(rows)
    #expect(result.states == all && result.transitions == 1 + rows.count * all)
    #expect(result.depth == rows.count * Int(rows.size - 1))
    #expect(result.violations.map(\.name) == ["livelock"])
    var broken = rows
    (broken.bad, broken.beginnings) = (2 * rows.count + 5, 3)
    let found = try WorkersTests.compare(broken) { $0.findsLivelocks = false }
    #expect(found.states == all && found.violations.map(\.name) == ["small"])
    #expect(found.violations.first?.steps.count == 6)
    let early = try WorkersTests.compare(broken) {
      ($0.stopsEarly, $0.findsLivelocks) = (true, false)
    }
    #expect(early.states < all && early.violations.map(\.name) == ["small"])
  }

  private static func pow(_ base: UInt8, _ power: Int) -> UInt {
    (0..<power).reduce(1) { product, _ in product * UInt(base) }
  }

  @Test func `several threads find what one finds, as arrays`() throws {
    try Self.walk(Rows<[UInt8]>(size: 8))
  }

  @Test func `several threads find what one finds, as strings`() throws {
    try Self.walk(Rows<String>(size: 7))
  }

  @Test func `several threads find what one finds, as cases with values`() throws {
    try Self.walk(Rows<Shape>(size: 7))
  }

  @Test func `several threads find what one finds, as objects, and none of them stays`() throws {
    try Self.walk(Rows<Node>(size: 6))
    for workers in [1, 2, 3] {
      var explorer = Explorer(Rows<Node>(size: 6))
      explorer.limit = 3_000
      #expect(throws: ExplorationError.self) { try explorer.run(workers: workers) }
      #expect(Node.live.load(ordering: .relaxed) >= 3_000)
    }
    #expect(Node.live.load(ordering: .relaxed) == 0)
  }

  @Test func `values of equal hashes are told apart`() throws {
    try Self.walk(Rows<Alike>(count: 4, size: 5))
    try Self.walk(Rows<Small>(count: 4, size: 7))
  }

  @Test func `small hashes lie in many slots`() {
    let store = ValueStore<Small>()
    let slots = (0..<UInt16(512)).map { number in
      let digits = [0, UInt8(number >> 6), UInt8(number >> 3 & 7), UInt8(number & 7)]
      return store.table.slot(ValueStore.hash(Small(digits)))
    }
    #expect(Set(slots).count > 300)
  }

  @Test func `a store of many blocks has each value where it was put`() {
    let store = ValueStore<String>()
    let all = 40_000
    for number in 0..<all {
      let text = "the value of the number \(number)"
      let parent = number == 0 ? UInt32.max : UInt32(number / 2)
      let hash = ValueStore.hash(text)
      let (place, isNew) = store.insert(text, hash, from: parent, by: UInt16(number & 0xFFFF))
      #expect(place == number && isNew)
      let again = store.insert(text, hash, from: 0, by: 0)
      #expect(again.number == number && !again.isNew)
    }
    #expect(store.count == all && store.blocks.blockCount == 6)
    #expect(store.byteCount == all * 30 + store.table.slots * 4)
    #expect(store.origin(0) == nil)
    for number in 1..<all {
      #expect(store[number] == "the value of the number \(number)")
      #expect(store.find(store[number]) == number)
      #expect(store.origin(number)?.parent == number / 2)
      #expect(store.origin(number)?.action == UInt16(number & 0xFFFF))
    }
    #expect(store.find("the value of no number") == nil)
  }

  @Test func `values are looked up while others are added`() {
    let store = ValueStore<[Int]>()
    let all = 30_000
    #expect(!store.hasRoom(for: all))
    store.makeRoom(for: all, workers: 2)
    #expect(store.hasRoom(for: all))
    let lent = Lent(store)
    let wrong = Late()
    concurrently(3) { thread in
      for state in 0..<all {
        let value = [state, state + 1]
        let hash = ValueStore.hash(value)
        if thread == 0 {
          _ = lent.value.insert(value, hash, from: .max, by: 0)
        } else if let found = lent.value.find(value) {
          if found != state || lent.value[found] != value { wrong.add(found, hash) }
        }
      }
    }
    #expect(wrong.all.isEmpty && store.count == all)
    #expect(store.find([7, 8]) == 7)
  }

  @Test func `a table that several threads fill finds all values`() {
    let store = ValueStore<Int>()
    for state in 0..<100_000 {
      _ = store.insert(state, ValueStore.hash(state), from: .max, by: 0)
    }
    store.makeRoom(for: 400_000, workers: 3)
    #expect(store.table.slots == 1 << 20 && store.hasRoom(for: 400_000))
    for state in stride(from: 0, to: 100_000, by: 7) { #expect(store.find(state) == state) }
  }

  @Test func `a storage that moves is added to while nobody looks`() throws {
    let result = try WorkersTests.compare(PlainRows())
    #expect(result.states == 16_807 && result.violations.map(\.name) == ["livelock"])
    _ = try WorkersTests.compare(PlainRows(rows: .init(bad: 9))) { $0.stopsEarly = true }
  }
}
