import BatonCore
import Testing

@testable import BatonProof
@testable import BatonTesting

@Suite(.timeLimit(.minutes(10))) struct ProjectChartTestsTests {
  @Test func `every line and every guard's outcome of the migration charts is used`() throws {
    #expect(throws: Never.self) { try ProjectChartTests.outgoing.explore(requiresAll: true) }
    #expect(throws: Never.self) { try ProjectChartTests.incoming.explore(requiresAll: true) }
  }

  @Test func `deaths, hangs and cancels hit every leaf that a handover comes to`() throws {
    var budgets = HandoverBudgets.all
    budgets.pauses = true
    let model = HandoverModel(budgets)
    _ = try model.explored()
    for report in model.coverage.charts {
      let leaves = Set(report.events.keys.map { String($0.split(separator: " ")[0]) })
      let ended: Set = ["idle", "completed", "cancelled", "failed", "cancelling"]
      for leaf in leaves.subtracting(ended) {
        for fault in ["dies", "hangs", "is cancelled"] {
          #expect(report.faults["\(leaf) \(fault)"] != nil, "\(report.chart) \(leaf) \(fault)")
        }
      }
    }
  }
}
