import Testing

@testable import BatonProof
@testable import BatonTesting

/// A request that is answered, or lost, or asked again: from 0 by 1 (asked) to 2 (answered).
private struct Asking: Model {
  struct State: BitwiseCopyable, Sendable { var place: UInt64 }

  /// Steps by where they begin: the action, and where they end. Actions from 8 on are nobody's
  /// duty.
  var steps: [UInt64: [(action: UInt16, to: UInt64)]]
  var starts: [UInt64] = [0]
  var strongDuties: UInt64 = 0
  var name: String { "asking" }
  var initial: State { State(place: starts[0]) }
  var initials: [State] { starts.map { State(place: $0) } }
  var properties: [String] { [] }
  var responses: [String] { ["asked leads to answered"] }

  func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    for each in steps[state.place] ?? [] { step(each.action, State(place: each.to)) }
  }
  func judge(_ state: State) -> Verdict { Verdict() }
  func respond(_ state: State) -> Responses {
    var responses = Responses()
    responses.lead(0, from: state.place == 1, to: state.place == 2)
    return responses
  }
  func isSettled(_ state: State) -> Bool { true }
  func actor(of action: UInt16) -> Actor {
    action < 8 ? Actor(process: 0, fairness: UInt8(action)) : .nobody(at: 0)
  }
  func text(action: UInt16) -> String { "\(action)" }
  func text(state: State) -> String { "\(state.place)" }

  func broken() throws -> [String]? {
    let result = try Explorer(self).run()
    #expect(result.properties.map(\.name) == ["settles at last", "asked leads to answered"])
    guard let violation = result.violations.first else { return nil }
    #expect(violation.name == "asked leads to answered" && result.violations.count == 1)
    let steps = violation.steps.map(\.state)
    return violation.circle.map { ["\(steps[..<$0])", "for ever \(steps[$0...])"] } ?? steps
  }
}

@Suite(.timeLimit(.minutes(10))) struct ResponseTests {
  @Test func `what is asked is answered`() throws {
    #expect(try Asking(steps: [0: [(8, 1)], 1: [(0, 2)], 2: [(1, 0)]]).broken() == nil)
    // It is the same state that is asked in and answered in, and nobody asks.
    #expect(try Asking(steps: [0: [(8, 2)], 2: [(1, 0)]]).broken() == nil)
  }

  @Test func `a run that ends before the answer breaks it, and so does one that a fault ends`()
    throws
  {
    #expect(try Asking(steps: [0: [(8, 1)]]).broken() == ["0", "1"])
    #expect(try Asking(steps: [0: [(8, 1)], 1: [(0, 2), (9, 3)]]).broken() == ["0", "1", "3"])
    // Nobody has the duty to answer.
    #expect(try Asking(steps: [0: [(8, 1)], 1: [(9, 2)]]).broken() == ["0", "1"])
  }

  @Test func `a fair circle without the answer breaks it, an unfair one does not`() throws {
    let round: [(action: UInt16, to: UInt64)] = [(0, 3)]
    #expect(
      try Asking(steps: [0: [(8, 1)], 1: round, 3: [(0, 1)]]).broken()
        == [#"["0", "1"]"#, #"for ever ["3", "1"]"#])
    // The answer can be given all along: a fair run gives it.
    #expect(
      try Asking(steps: [0: [(8, 1)], 1: round + [(1, 2)], 3: [(0, 1), (1, 2)]]).broken() == nil)
    // It can be given now and then, which weak fairness does not take for a duty, and strong does.
    let steps: [UInt64: [(action: UInt16, to: UInt64)]] = [
      0: [(8, 1)], 1: round + [(1, 2)], 3: [(0, 1)],
    ]
    #expect(try Asking(steps: steps).broken() != nil)
    #expect(try Asking(steps: steps, strongDuties: 2).broken() == nil)
  }

  @Test func `what is nobody's duty may come again and again`() throws {
    let steps: [UInt64: [(action: UInt16, to: UInt64)]] = [
      0: [(8, 1)], 1: [(0, 2), (9, 3)], 3: [(1, 1)],
    ]
    #expect(
      try Asking(steps: steps).broken()
        == [#"["0", "1"]"#, #"for ever ["3", "1"]"#])
    #expect(try Asking(steps: steps, strongDuties: 1).broken() == nil)
  }

  @Test func `a circle that is left by the answer alone, or lies behind it, is none`() throws {
    #expect(
      try Asking(steps: [0: [(8, 1)], 1: [(0, 2)], 2: [(0, 3)], 3: [(0, 3)]]).broken() == nil)
    // Not asked, and round for ever: nothing is owed.
    #expect(try Asking(steps: [0: [(0, 3)], 3: [(0, 0)]]).broken() == nil)
  }

  @Test func `a walk begins in every initial state`() throws {
    let steps: [UInt64: [(action: UInt16, to: UInt64)]] = [1: [(0, 2)], 5: [(8, 1), (9, 6)]]
    let model = Asking(steps: steps, starts: [0, 5, 5])
    let result = try Explorer(model).run()
    #expect(result.states == 5 && result.transitions == 6 && result.depth == 2)
    #expect(result.properties.last?.states == 1 && result.violations.isEmpty)
    let lost = Asking(steps: [5: [(8, 1)]], starts: [0, 5])
    #expect(try lost.broken() == ["5", "1"])
  }

  @Test func `a decision of two-phase commit reaches everybody`() throws {
    let result = try TwoPhaseCommit(managers: 3).explored()
    let response = try #require(result.properties.last)
    #expect(response.name.hasPrefix("what is decided") && response.states > 200)
    #expect(result.violations.isEmpty)
  }
}
