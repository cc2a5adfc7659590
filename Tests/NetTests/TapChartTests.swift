import BatonCore
import Testing

@testable import BatonNet

@Suite struct TapChartTests {
  @Test func `has no mistakes`() throws {
    _ = try Table(TapChart.self)
  }

  @Test func `mentions every event in every state`() {
    let gaps = TapChart.table.gaps.map { "\($0.state) \($0.kind)" }
    #expect(gaps.isEmpty, "\(gaps)")
  }

  @Test(arguments: TapChart.State.allCases)
  func `labels a state by its name`(state: TapChart.State) {
    #expect("\(state.label)" == state.name)
  }
}
