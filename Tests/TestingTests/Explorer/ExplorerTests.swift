import Testing

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
  func violation(of state: State) -> String? { state.place == bad ? "bad" : nil }
  func mayRest(in state: State) -> Bool { false }
  func text(action: UInt16) -> String { action == 0 ? "up" : "down" }
  func text(state: State) -> String { "\(state.place)" }
}

@Suite struct ExplorerTests {
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
    #expect(violation.name == "inconsistent")
    #expect(
      violation.steps == [
        "begin: working working working, coordinator at work",
        "coordinator commits: working working working, coordinator committed",
        "1 aborts by itself: aborted working working, coordinator committed",
        "2 hears commit: aborted committed working, coordinator committed",
      ])
  }

  @Test(arguments: [1, 2, 5, 10_000] as [UInt64])
  func `a ring is walked from both sides`(size: UInt64) throws {
    let result = try Explorer(Ring(size: size)).run()
    #expect(result.states == Int(size) && result.transitions == 1 + 2 * Int(size))
    #expect(result.depth == Int(size / 2))
  }

  @Test func `a state without a step is stuck, and a bad one is bad`() throws {
    let result = try Explorer(Ring(size: 9, hole: 3, bad: 7)).run()
    #expect(result.violations.map(\.name) == ["bad", "stuck"])
    #expect(
      result.violations.map(\.steps) == [
        ["begin: 0", "down: 8", "down: 7"], ["begin: 0", "up: 1", "up: 2", "up: 3"],
      ])
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
      #expect(store.insert(Pair(a: number % 100, b: number / 100), from: 0, by: 0))
    }
    for number in 0..<20_000 as Range<UInt64> {
      #expect(!store.insert(Pair(a: number % 100, b: number / 100), from: 0, by: 0))
    }
    #expect(store.count == 20_000)
  }
}
