import BatonCore
import BatonQMP
import BatonTesting
import Testing

/// Both charts walked with all events.
@Suite(.timeLimit(.minutes(15))) struct ChartTests {
  @Test func `every line and every guard's outcome is used`() {
    let monitor = ChartTest(
      MonitorChart.self, memory: .init(), events: MonitorChart.samples)
    #expect(throws: Never.self) { try monitor.explore(requiresAll: true) }
    let client = ChartTest(ClientChart.self, memory: .init(), events: ClientChart.samples)
    #expect(throws: Never.self) { try client.explore(requiresAll: true) }
  }

  /// All sequences of five events.
  @Test func `a command is carried out after the negotiation, and no other before its answer`()
    throws
  {
    let events = MonitorChart.samples
    var carried = 0
    for number in 0..<16_807 {
      var machine = Machine(MonitorChart.table, memory: .init())
      var outbox = Outbox<MonitorChart>()
      try machine.start(at: 0, into: &outbox)
      var (hasNegotiated, isCarrying) = (false, false)
      var rest = number
      for _ in 0..<5 {
        let event = events[rest % events.count]
        rest /= events.count
        outbox = Outbox()
        let outcome = try machine.send(event, at: 0, into: &outbox)
        if outcome == .taken, event.kind == .answered { isCarrying = false }
        for index in 0..<outbox.count {
          switch outbox[index] {
          case .carryOut:
            try #require(hasNegotiated && !isCarrying, "\(number)")
            isCarrying = true
            carried += 1
          case .tell: try #require(hasNegotiated, "\(number)")
          case .answer: try #require(!isCarrying, "\(number)")
          case .greet: Issue.record("greeted twice")
          }
        }
        if machine.state == .idle { hasNegotiated = true }
      }
    }
    #expect(carried > 0)
  }
}
