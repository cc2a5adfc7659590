import BatonCore
import Testing

@testable import BatonMig

/// Every state that both charts, the channel and the word can reach together.
@Suite struct ExplorationTests {
  struct Plan: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var faults = Explorer.Faults()
    var pauses = false
  }

  // A way out may hide that another is missing: most plans have few.
  static let plans = [
    Plan(testDescription: "everything at once"),
    Plan(testDescription: "everything, with a pause before the switch", pauses: true),
    Plan(testDescription: "nothing goes wrong", faults: .none),
    Plan(testDescription: "crashes alone", faults: .init(only: [.sourceCrashes, .targetCrashes])),
    Plan(testDescription: "hangs alone", faults: .init(only: [.targetHangs])),
    Plan(testDescription: "cancels alone", faults: .init(only: [.sourceCancels, .targetCancels])),
    Plan(testDescription: "refusals alone", faults: .init(only: [.refusals])),
    Plan(
      testDescription: "the source crashes, the target hangs",
      faults: .init(only: [.sourceCrashes, .targetHangs])),
  ]

  private func explore(_ plan: Plan, mistake: Explorer.Mistake? = nil) throws -> Explorer {
    let explorer = Explorer(plan.faults, mistake: mistake)
    try explorer.begin(pauses: plan.pauses)
    try explorer.run()
    return explorer
  }

  @Test(arguments: plans)
  func `at most one side has the guest, and one has it in the end`(plan: Plan) throws {
    let explorer = try explore(plan)
    #expect(explorer.violations == [])
    #expect(explorer.outcomes.contains("completed completed"))
    print(
      "explored, \(plan.testDescription): \(explorer.worlds.count) states,",
      "\(explorer.stepCount) steps, \(explorer.outcomes.count) kinds of end")
  }

  @Test func `the ends are those that are known`() throws {
    let calm = try explore(Self.plans[2])
    #expect(calm.outcomes == Self.calmEnds)
    let crashes = try explore(Self.plans[3])
    #expect(crashes.outcomes.isSuperset(of: ["dead completed", "failed dead", "completed dead"]))
    let cancels = try explore(Self.plans[5])
    #expect(cancels.outcomes.isSuperset(of: ["cancelled failed", "failed cancelled"]))
    // The one state in which a process may wait for ever.
    let both = try explore(Self.plans[7])
    #expect(both.outcomes.contains("dead taken (hung)"))
  }

  /// Without faults, delays may still run out at any moment; a target that is slow at *taken* is
  /// then killed, in the worst case just after it swapped to *running*.
  static let calmEnds: Set<String> = [
    "completed completed", "failed failed", "failed dead",
  ]

  @Test(arguments: Explorer.Mistake.allCases)
  func `a mistake is found`(mistake: Explorer.Mistake) throws {
    let isFound = try Self.plans.contains { try !explore($0, mistake: mistake).violations.isEmpty }
    #expect(isFound)
  }
}
