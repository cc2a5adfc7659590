import Testing

@testable import BatonProof
@testable import BatonTesting

/// A counter that goes round, with a hole in which it is stuck.
struct Ring: Model {
  struct State: BitwiseCopyable, Sendable { var place: UInt64 }

  let size: UInt64
  var hole: UInt64?
  var bad: UInt64?
  var name: String { "ring" }
  var initial: State { State(place: 0) }

  func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    guard state.place != hole else { return }
    step(0, State(place: (state.place + 1) % size))
    step(1, State(place: (state.place + size - 1) % size))
  }
  var properties: [String] { ["good"] }
  func judge(_ state: State) -> Verdict {
    var verdict = Verdict()
    verdict.require(0, state.place != bad)
    return verdict
  }
  func isSettled(_ state: State) -> Bool { false }
  func text(action: UInt16) -> String { action == 0 ? "up" : "down" }
  func text(state: State) -> String { "\(state.place)" }
}

/// Two duties, of which both can be done all the time: A between 0 and 1, B by way of 2.
struct TwoFair: Model {
  struct State: BitwiseCopyable, Sendable { var place: UInt64 }

  var name: String { "two fair" }
  var initial: State { State(place: 0) }
  var properties: [String] { [] }

  func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    if state.place < 2 { step(0, State(place: 1 - state.place)) }
    step(1, State(place: state.place == 2 ? 0 : 2))
  }
  func judge(_ state: State) -> Verdict { Verdict() }
  func isSettled(_ state: State) -> Bool { false }
  func actor(of action: UInt16) -> Actor { Actor(process: 0, fairness: UInt8(action)) }
  func text(action: UInt16) -> String { action == 0 ? "A" : "B" }
  func text(state: State) -> String { "\(state.place)" }
}

@Suite(.timeLimit(.minutes(10))) struct ExplorerTests {
  /// Distinct and generated states as TLC, SPIN and Stateright count them.
  @Test(arguments: [(3, 288, 1_146), (5, 8_832, 58_146)])
  func `two-phase commit has as many states as others say`(
    managers: Int, states: Int, transitions: Int
  ) throws {
    let result = try TwoPhaseCommit(managers: managers).explored()
    #expect(result.states == states && result.transitions == transitions)
    #expect(result.violations.isEmpty)
  }

  @Test func `a seeded mistake is found by a shortest way`() throws {
    let result = try TwoPhaseCommit(managers: 3, mistake: .earlyCommit).explored()
    let violation = try #require(result.violations.first)
    #expect(violation.name == "no manager commits while another aborts")
    #expect(
      violation.steps.map { "\($0.action): \($0.state)" } == [
        "begin: working working working, coordinator at work",
        "coordinator commits: working working working, coordinator committed",
        "1 aborts by itself: aborted working working, coordinator committed",
        "2 hears commit: aborted committed working, coordinator committed",
      ])
  }

  @Test func `a circle takes every duty that can be taken all along`() throws {
    let violation = try #require(try Explorer(TwoFair()).run().violations.first)
    #expect(violation.name == "livelock")
    let circle = violation.steps[(violation.circle ?? 0)...]
    #expect(Set(circle.map(\.action)) == ["A", "B"])
    #expect(circle.last?.state == violation.steps[(violation.circle ?? 1) - 1].state)
  }

  @Test func `what was found before the limit is told, and that the walk ended there`() throws {
    var explorer = Explorer(Ring(size: 1_000, bad: 3))
    explorer.limit = 100
    let result = try explorer.run()
    #expect(!result.isComplete)
    #expect(result.violations.map(\.name) == ["good"])
    #expect(result.violations.first?.steps.map(\.state) == ["0", "1", "2", "3"])
    var clean = Explorer(Ring(size: 1_000))
    clean.limit = 100
    #expect(throws: ExplorationError.self) { try clean.run() }
    #expect(try Explorer(Ring(size: 1_000, bad: 3)).run().isComplete)
  }

  @Test(arguments: [1, 2, 5, 5_000] as [UInt64])
  func `a ring is walked from both sides`(size: UInt64) throws {
    let result = try Explorer(Ring(size: size)).run()
    #expect(result.states == Int(size) && result.transitions == 1 + 2 * Int(size))
    #expect(result.depth == Int(size / 2))
  }

  @Test func `a state without a step is stuck, and a bad one is bad`() throws {
    var explorer = Explorer(Ring(size: 9, hole: 3, bad: 7))
    explorer.findsLivelocks = false
    let result = try explorer.run()
    #expect(result.violations.map(\.name) == ["good", "stuck"])
    #expect(
      result.violations.map { $0.steps.map { "\($0.action): \($0.state)" } } == [
        ["begin: 0", "down: 8", "down: 7"], ["begin: 0", "up: 1", "up: 2", "up: 3"],
      ])
  }

  @Test func `a circle in which nothing settles is found, with a way to it and round it`() throws {
    let result = try Explorer(Ring(size: 3)).run()
    let livelock = try #require(result.violations.first)
    #expect(livelock.name == "livelock" && livelock.circle == 1)
    #expect(livelock.steps.map(\.state) == ["0", "1", "0"])
  }

  @Test func `a circle that starves somebody is none`() throws {
    // From every state the second duty could leave, and a fair run does.
    struct Trap: Model {
      struct State: BitwiseCopyable, Sendable { var place: UInt64 }
      var isStrong = false
      var name: String { "trap" }
      var initial: State { State(place: 0) }
      var properties: [String] { [] }
      var strongDuties: UInt64 { isStrong ? 2 : 0 }
      func expand(_ state: State, _ step: (UInt16, State) -> Void) {
        guard state.place < 2 else { return }
        step(0, State(place: 1 - state.place))
        if state.place == 0 || !isStrong { step(1, State(place: 2)) }
      }
      func judge(_ state: State) -> Verdict { Verdict() }
      func isSettled(_ state: State) -> Bool { state.place == 2 }
      func actor(of action: UInt16) -> Actor {
        Actor(process: 0, fairness: UInt8(action))
      }
      func text(action: UInt16) -> String { "\(action)" }
      func text(state: State) -> String { "\(state.place)" }
    }
    #expect(try Explorer(Trap()).run().violations.isEmpty)
    // Where it can leave from one of the two states only, weak fairness is not enough.
    #expect(try Explorer(Trap(isStrong: true)).run().violations.isEmpty)
  }

  @Test func `a model of values is walked as its numbers`() throws {
    struct Words: ValueModel {
      var name: String { "words" }
      var initial: String { "" }
      var properties: [String] { ["short"] }
      func expand(_ state: String, _ step: (UInt16, String) -> Void) {
        guard state.count < 4 else { return }
        step(0, state + "a")
        step(1, state + "b")
      }
      func judge(_ state: String) -> Verdict {
        var verdict = Verdict()
        verdict.require(0, when: state.hasPrefix("a"), state != "abba")
        return verdict
      }
      func isSettled(_ state: String) -> Bool { state.count == 4 }
      func text(action: UInt16) -> String { action == 0 ? "a" : "b" }
      func text(state: String) -> String { state }
    }
    let result = try Explorer(Words()).run()
    #expect(result.states == 31 && result.transitions == 31 && result.depth == 4)
    #expect(result.properties.first == .init(name: "short", states: 15))
    #expect(result.violations.map(\.name) == ["short"])
    #expect(result.violations.first?.steps.map(\.action) == ["begin", "a", "b", "b", "a"])
  }

  /// Counts that SPIN has for the same model written in Promela (`make verify`).
  @Test(arguments: [
    (Yardstick.Budgets(failures: 1, restarts: 1, attempts: 2), 192, 310, 25),
    (.init(crashes: 1, failures: 1, restarts: 1, attempts: 2), 613, 1_297, 26),
    (.init(crashes: 2, failures: 2, restarts: 2, queues: 4, attempts: 3), 3_737, 8_674, 55),
    (.init(losses: 1, duplicates: 1, failures: 1, restarts: 1, attempts: 2), 4_104, 9_765, 30),
  ])
  func `the yardstick has as many states as SPIN says`(
    budgets: Yardstick.Budgets, states: Int, transitions: Int, depth: Int
  ) throws {
    let result = try Yardstick(budgets).explored()
    #expect(result.states == states && result.transitions == transitions)
    #expect(result.depth == depth)
    #expect(result.violations.isEmpty)
  }

  @Test func `too many states are an error with both numbers`() {
    var explorer = Explorer(Ring(size: 1_000))
    explorer.limit = 100
    #expect(throws: ExplorationError.tooManyStates(limit: 100, depth: 49)) { try explorer.run() }
  }

  @Test func `the store finds what it has, through every growth`() {
    struct Pair: BitwiseCopyable { var a: UInt64, b: UInt64 }
    let store = StateStore<Pair>()
    for number in 0..<20_000 as Range<UInt64> {
      let pair = Pair(a: number % 100, b: number / 100)
      #expect(store.insert(pair, StateStore.hash(pair), from: 0, by: 0).isNew)
    }
    for number in 0..<20_000 as Range<UInt64> {
      let pair = Pair(a: number % 100, b: number / 100)
      #expect(!store.insert(pair, StateStore.hash(pair), from: 0, by: 0).isNew)
      #expect(store.find(pair) == Int(number) && store[Int(number)].b == number / 100)
    }
    #expect(store.count == 20_000)
  }
}
