import BatonCore
import BatonMig
import Testing

@Suite(.timeLimit(.minutes(15))) struct ChartTests {
  @Test func `the outgoing chart leaves no event unmentioned in any state`() {
    let gaps = OutgoingChart.table.gaps.map { "\($0.state.name): \($0.kind.name)" }
    #expect(gaps == [])
  }

  @Test func `the incoming chart leaves no event unmentioned in any state`() {
    let gaps = IncomingChart.table.gaps.map { "\($0.state.name): \($0.kind.name)" }
    #expect(gaps == [])
  }
}
