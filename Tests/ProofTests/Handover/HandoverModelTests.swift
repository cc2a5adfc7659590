import Testing

@testable import BatonProof
@testable import BatonTesting

/// Every state that both charts, the channel, the word and the descriptors can reach together.
@Suite(.timeLimit(.minutes(10))) struct HandoverModelTests {
  struct Plan: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var budgets: HandoverBudgets

    init(_ description: String, _ change: (inout HandoverBudgets) -> Void) {
      testDescription = description
      budgets = HandoverBudgets()
      change(&budgets)
    }
  }

  // A way out may hide that another is missing: most plans have few.
  static let plans = [
    Plan("nothing goes wrong") { _ in },
    Plan("one crash") { $0.crashes = 1 },
    Plan("two crashes") { $0.crashes = 2 },
    Plan("a hang") { $0.hangs = 1 },
    Plan("a cancel") { $0.cancels = 1 },
    Plan("refusals") { $0.refusals = true },
    Plan("a crash and a hang") { ($0.crashes, $0.hangs) = (1, 1) },
    Plan("a stop or cont on either side") { $0.commands = 1 },
    Plan("three of them, a pause, a cancel") {
      ($0.commands, $0.pauses, $0.cancels) = (3, true, 1)
    },
    Plan("two of them and a crash") { ($0.commands, $0.crashes) = (2, 1) },
    Plan("two strangers and a hang") { ($0.strangers, $0.hangs) = (2, 1) },
    Plan("a stranger and refusals") { ($0.strangers, $0.refusals) = (1, true) },
    Plan("a target that needs time, a crash and refusals") {
      ($0.delays, $0.crashes, $0.refusals) = (true, 1, true)
    },
    Plan("a target that needs time, a hang and a cancel") {
      ($0.delays, $0.hangs, $0.cancels) = (true, 1, 1)
    },
    Plan("one of everything") { $0 = .all },
    Plan("one of everything, and a pause") { ($0, $0.pauses) = (.all, true) },
    Plan("two crashes and all else, four queues") {
      ($0, $0.crashes, $0.queues) = (.all, 2, 4)
    },
    Plan("two attempts, a crash, a cancel, a new target") {
      ($0.attempts, $0.crashes, $0.cancels, $0.restarts) = (2, 1, 1, 1)
    },
  ]

  @Test(arguments: plans)
  func `every property holds in every state`(plan: Plan) throws {
    let model = HandoverModel(plan.budgets)
    let result = try model.explored()
    let first = result.violations.first
    #expect(
      result.violations.isEmpty,
      "\(first.map { "\($0.name): \($0.steps.map { "\($0.process) \($0.action)" })" } ?? "")")
    #expect(model.ends.contains("completed completed"))
  }

  @Test func `no property is empty`() throws {
    let result = try HandoverModel(.all).explored()
    #expect(result.properties.filter { $0.states == 0 } == [])
    #expect(result.properties.count == HandoverProperty.allCases.count + 1)
  }

  @Test func `the ends are those that are known`() throws {
    let calm = HandoverModel(HandoverBudgets())
    _ = try calm.explored()
    // Delays may run out at any moment; a target that is slow at *taken* is then killed.
    #expect(
      calm.ends == [
        "completed completed", "failed failed", "failed dead", "failed idle", "failed listening",
        "idle idle", "idle listening",
      ])
    let crashing = HandoverModel(Self.plans[1].budgets)
    _ = try crashing.explored()
    #expect(crashing.ends.isSuperset(of: ["dead completed", "failed dead", "completed dead"]))
    let cancelling = HandoverModel(Self.plans[4].budgets)
    _ = try cancelling.explored()
    #expect(cancelling.ends.isSuperset(of: ["cancelled failed", "failed cancelled"]))
    // The one state in which a process may wait for ever.
    let both = HandoverModel(Self.plans[6].budgets)
    _ = try both.explored()
    #expect(both.ends.contains("dead taken (hung)"))
  }

  @Test(arguments: HandoverMistake.allCases)
  func `a mistake is found by the property that it breaks`(mistake: HandoverMistake) throws {
    for plan in Self.plans.dropLast() {
      let model = HandoverModel(plan.budgets, mistake: mistake)
      guard let first = try model.explored(stopsEarly: true).violations.first else { continue }
      #expect(first.name == mistake.property?.text ?? "livelock")
      return
    }
    Issue.record("nobody finds it")
  }
}
