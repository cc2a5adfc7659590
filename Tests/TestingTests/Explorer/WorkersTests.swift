import Testing

@testable import BatonProof
@testable import BatonTesting

/// Counters that go round: `sum` of them is to stay below a number.
private struct Counters: Model {
  struct State: BitwiseCopyable, Sendable { var bytes: UInt64 }

  var count = 5
  var size: UInt64 = 7
  var bad: UInt64 = .max
  /// Each counter begins with any of so many values.
  var beginnings: UInt64 = 1
  var name: String { "counters" }
  var initial: State { State(bytes: 0) }
  var initials: [State] {
    var states: [UInt64] = [0]
    for place in 0..<UInt64(count) {
      states = states.flatMap { state in (0..<beginnings).map { state | $0 << (8 * place) } }
    }
    return states.map { State(bytes: $0) }
  }
  var properties: [String] { ["small"] }

  func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    for place in 0..<UInt64(count) {
      let value = state.bytes >> (8 * place) & 255
      let rest = state.bytes & ~(255 << (8 * place))
      step(UInt16(place), State(bytes: rest | ((value + 1) % size) << (8 * place)))
    }
  }
  func judge(_ state: State) -> Verdict {
    var verdict = Verdict()
    let sum = (0..<UInt64(count)).reduce(0) { $0 + state.bytes >> (8 * $1) & 255 }
    verdict.require(0, sum < bad)
    return verdict
  }
  func isSettled(_ state: State) -> Bool { state.bytes == 0 }
  func text(action: UInt16) -> String { "\(action)" }
  func text(state: State) -> String { String(state.bytes, radix: 16) }
}

/// Words over two letters, as values.
private struct Words: ValueModel, Sendable {
  var length = 12
  var name: String { "words" }
  var initial: String { "" }
  var properties: [String] { ["no four equal letters"] }
  func expand(_ state: String, _ step: (UInt16, String) -> Void) {
    guard state.count < length else { return step(2, String(state.dropFirst(5))) }
    step(0, state + "a")
    step(1, state + "b")
  }
  func judge(_ state: String) -> Verdict {
    var verdict = Verdict()
    verdict.require(0, when: state.count > 3, !state.hasSuffix("abab"))
    return verdict
  }
  func isSettled(_ state: String) -> Bool { state.isEmpty }
  func text(action: UInt16) -> String { "\(action)" }
  func text(state: String) -> String { state }
}

@Suite(.timeLimit(.minutes(10))) struct WorkersTests {
  /// What must be the same, however many walk: all but times.
  static func text(_ result: Exploration) -> [String] {
    var lines = [
      "\(result.states) \(result.transitions) \(result.depth) \(result.digest)",
      "\(result.isComplete) \(result.properties.map { "\($0.name): \($0.states)" })",
    ]
    for violation in result.violations {
      lines.append("\(violation.name) \(violation.circle ?? -1)")
      lines += violation.steps.map { "\($0.process) \($0.action) \($0.state)" }
    }
    return lines
  }

  /// Walks with one thread and with several, and says what one has found.
  static func compare<M: StateSpace & Sendable>(
    _ model: M, _ change: (inout Explorer<M>) -> Void = { _ in }
  ) throws -> Exploration where M.State: Sendable {
    var explorer = Explorer(model)
    change(&explorer)
    let alone = try explorer.run()
    for workers in [1, 2, 3, 8] {
      var explorer = Explorer(model)
      change(&explorer)
      let result = try explorer.run(workers: workers)
      #expect(text(result) == text(alone), "\(workers) workers")
    }
    return alone
  }

  @Test func `several threads find what one finds, flat`() throws {
    let result = try Self.compare(Counters())
    #expect(result.states == 16_807 && result.transitions == 1 + 5 * 16_807)
    #expect(result.violations.map(\.name) == ["livelock"])
    #expect(result.depth == 30)
    let broken = try Self.compare(Counters(bad: 9)) { $0.findsLivelocks = false }
    #expect(broken.violations.first?.steps.count == 10)
  }

  @Test(arguments: [UInt64.max, 17]) func `rounds of many states are numbered as by one`(
    bad: UInt64
  ) throws {
    let result = try Self.compare(Counters(count: 6, bad: bad)) { $0.findsLivelocks = false }
    #expect(result.states == 117_649 && result.transitions == 1 + 6 * 117_649)
    #expect(result.violations.map(\.name) == (bad < 36 ? ["small"] : []))
    #expect(result.properties.map(\.states) == [117_649])
  }

  @Test func `a walk that begins with what is broken ends with the first state`() throws {
    let result = try Self.compare(Counters(count: 6, bad: 17, beginnings: 4)) {
      ($0.stopsEarly, $0.findsLivelocks) = (true, false)
    }
    #expect(result.violations.map(\.name) == ["small"])
    #expect(result.states < 10_000)
  }

  @Test func `circles are found in what several threads have numbered`() throws {
    let result = try Self.compare(Counters(count: 6))
    #expect(result.states == 117_649 && result.violations.map(\.name) == ["livelock"])
  }

  @Test(arguments: [60_001, 117_648])
  func `a round of many states ends at the limit`(limit: Int) throws {
    let result = try Self.compare(Counters(count: 6, bad: 4)) {
      ($0.limit, $0.findsLivelocks) = (limit, false)
    }
    #expect(!result.isComplete && result.states >= limit)
    for workers in [1, 2] {
      var explorer = Explorer(Counters(count: 6))
      (explorer.stepLimit, explorer.findsLivelocks) = (limit * 6, false)
      #expect(throws: ExplorationError.self) { try explorer.run(workers: workers) }
    }
  }

  @Test func `hashes that crowd at the end of the table find their slots`() {
    let store = StateStore<UInt64>()
    let hashes = (0..<100).map { (store.table.slots - 1) << store.table.shift | $0 << 32 | $0 }
    for state in 0..<100 {
      let (number, isNew) = store.insert(UInt64(state), hashes[state], from: .max, by: 0)
      #expect(number == state && isNew)
    }
    for state in 0..<100 {
      #expect(store[state] == UInt64(state))
      #expect(store.find(UInt64(state), hashes[state], from: 0xFFFF_FFFE) == state)
    }
  }

  @Test func `states are looked up while others are added`() {
    let store = StateStore<UInt64>()
    let all = 100_000
    #expect(!store.hasRoom(for: all))
    store.makeRoom(for: all, workers: 2)
    #expect(store.hasRoom(for: all))
    let lent = Lent(store)
    let wrong = Late()
    concurrently(3) { thread in
      for state in 0..<all {
        let hash = StateStore<UInt64>.hash(UInt64(state))
        if thread == 0 {
          _ = lent.value.insert(UInt64(state), hash, from: .max, by: 0)
        } else if let found = lent.value.find(UInt64(state)), found != state {
          wrong.add(found, hash)
        }
      }
    }
    #expect(wrong.all.isEmpty && store.count == all)
  }

  @Test func `a table that several threads fill finds all states`() throws {
    var explorer = Explorer(Counters(count: 6, size: 9))
    explorer.findsLivelocks = false
    let result = try explorer.run(workers: 3)
    #expect(result.states == 531_441 && result.transitions == 1 + 6 * 531_441)
    for number in stride(from: 0, to: 531_441, by: 7) {
      #expect(explorer.store.find(explorer.store[number]) == number)
    }
  }

  @Test func `several threads find what one finds, as values`() throws {
    let result = try Self.compare(Words())
    #expect(result.states == 8_191)
    #expect(result.violations.map(\.name) == ["no four equal letters", "livelock"])
  }

  @Test(arguments: [1, 10, 100, 1_000, 16_806])
  func `several threads end at the limit where one does`(limit: Int) throws {
    let result = try Self.compare(Counters(bad: 1)) { $0.limit = limit }
    #expect(!result.isComplete && result.violations.map(\.name) == ["small"])
    #expect(throws: ExplorationError.self) {
      var explorer = Explorer(Counters())
      explorer.limit = limit
      _ = try explorer.run(workers: 2)
    }
  }

  @Test func `a state of many steps ends a batch, and too many steps the walk`() throws {
    /// One state from which all are reached, and which all lead back to.
    struct Hub: Model {
      struct State: BitwiseCopyable, Sendable { var place: UInt64 }
      let size: UInt64 = 20_000
      var name: String { "hub" }
      var initial: State { State(place: 0) }
      var properties: [String] { [] }
      func expand(_ state: State, _ step: (UInt16, State) -> Void) {
        let ends = state.place < 4 ? 0..<size : 0..<1
        for place in ends { step(UInt16(place), State(place: place)) }
      }
      func judge(_ state: State) -> Verdict { Verdict() }
      func isSettled(_ state: State) -> Bool { state.place == 0 }
      func text(action: UInt16) -> String { "\(action)" }
      func text(state: State) -> String { "\(state.place)" }
    }
    let result = try Self.compare(Hub()) { $0.findsLivelocks = false }
    #expect(result.states == 20_000 && result.transitions == 1 + 4 * 20_000 + 19_996)
    var short = Explorer(Hub())
    short.stepLimit = 70_000
    #expect(throws: ExplorationError.tooManySteps(limit: 70_000, states: 20_000, depth: 1)) {
      try short.run()
    }
  }

  @Test func `several threads end with the first violation where one does`() throws {
    let result = try Self.compare(Counters(bad: 11)) { $0.stopsEarly = true }
    #expect(result.violations.count == 1)
  }

  @Test func `several threads find what one finds, in models of their own`() throws {
    _ = try Self.compare(TwoPhaseCommit(managers: 4))
    _ = try Self.compare(TwoPhaseCommit(managers: 4, mistake: .earlyCommit))
    _ = try Self.compare(TwoPhaseCommit(managers: 4, isSymmetric: true))
    _ = try Self.compare(Yardstick(.init(losses: 1, duplicates: 1, failures: 1, restarts: 1)))
    _ = try Self.compare(RelayModel()) { $0.findsLivelocks = false }
  }
}
