import BatonCore
import BatonNet
import Testing

@testable import BatonProof
@testable import BatonTesting

/// Who serves the guest's rings, the kernel or a process, in every order of steps, faults and
/// deaths.
@Suite(.timeLimit(.minutes(15))) struct VhostModelTests {
  @Test func `the chart has no mistakes, and says something of every event in every state`() throws
  {
    _ = try Table(VhostChart.self)
    #expect(VhostChart.table.gaps.isEmpty)
  }

  @Test func `every line and the guard's both outcomes are used`() {
    #expect(throws: Never.self) { try ProjectChartTests.vhost.explore(requiresAll: true) }
  }

  @Test(arguments: UInt8(1)...2) func `the rings have one server, who goes on where they stood`(
    handovers: UInt8
  ) throws {
    let result = try VhostModel(handovers: handovers).explored()
    #expect(result.violations.isEmpty, "\(result.violations)")
    #expect(result.states > 1_000)
  }

  @Test(arguments: VhostModel.Mistake.allCases) func `a mistake is found`(
    mistake: VhostModel.Mistake
  ) throws {
    let result = try VhostModel(mistake: mistake).explored()
    #expect(!result.violations.isEmpty)
  }
}
