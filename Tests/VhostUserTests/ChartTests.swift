import BatonCore
import BatonProof
import BatonTesting
import Testing

@testable import BatonVhostUser

@Suite(.timeLimit(.minutes(15))) struct VhostUserChartTests {
  @Test func `every line and every guard's outcome is used`() {
    #expect(throws: Never.self) { try ProjectChartTests.session.explore(requiresAll: true) }
    #expect(throws: Never.self) { try ProjectChartTests.ring.explore(requiresAll: true) }
    #expect(throws: Never.self) { try ProjectChartTests.spread.explore(requiresAll: true) }
    #expect(throws: Never.self) { try ProjectChartTests.custody.explore(requiresAll: true) }
    #expect(throws: Never.self) { try ProjectChartTests.port.explore(requiresAll: true) }
    #expect(throws: Never.self) { try ProjectChartTests.caller.explore(requiresAll: true) }
  }

  /// Everything that two front-ends may say of the TAP, in every order.
  @Test func `never do two sessions have the TAP, and who waits gets it`() throws {
    let events: [CustodyChart.Event] = [.want(0), .want(1), .letGo(0), .letGo(1)]
    for length in 1...7 {
      for number in 0..<(1 << (2 * length)) {
        let said = (0..<length).map { events[number >> (2 * $0) & 3] }
        try play(said)
      }
    }
  }

  private func play(_ events: [CustodyChart.Event]) throws {
    var machine = Machine(CustodyChart.table, memory: .init())
    var outbox = Outbox<CustodyChart>()
    try machine.start(at: 0, into: &outbox)
    var (has, wants) = (Set<UInt8>(), Set<UInt8>())
    for event in events {
      switch event {
      case .want(let place): wants.insert(place)
      case .letGo(let place): wants.remove(place)
      }
      outbox = Outbox()
      _ = try machine.send(event, at: 0, into: &outbox)
      for index in 0..<outbox.count {
        switch outbox[index] {
        case .give(let place): #expect(has.isEmpty && has.insert(place).inserted, "\(events)")
        case .take(let place): #expect(has.remove(place) != nil, "\(events)")
        }
      }
      try #require(has.isSubset(of: wants) && has.isEmpty == wants.isEmpty, "\(events)")
    }
  }

  /// The rings of a session that never runs are never looked at, and what starts stops.
  @Test func `a ring is halted as often as it is started`() throws {
    let events = RingChart.Event.allCases
    for number in 0..<3125 {
      var machine = Machine(RingChart.table, memory: .init())
      var outbox = Outbox<RingChart>()
      try machine.start(at: 0, into: &outbox)
      var isLookedAt = false
      var rest = number
      for _ in 0..<5 {
        outbox = Outbox()
        _ = try machine.send(events[rest % 5], at: 0, into: &outbox)
        rest /= 5
        for index in 0..<outbox.count {
          switch outbox[index] {
          case .start:
            #expect(!isLookedAt)
            isLookedAt = true
          case .halt:
            #expect(isLookedAt)
            isLookedAt = false
          case .take, .serve, .pause: #expect(isLookedAt)
          }
        }
        #expect(isLookedAt == [.idle, .running].contains(machine.state))
      }
    }
  }
  /// Enabled and not started, or started and not said to be disabled.
  @Test func `a ring is awaited that its front-end has not done with`() throws {
    let events = RingChart.Event.allCases
    for number in 0..<15625 {
      var machine = Machine(RingChart.table, memory: .init())
      var outbox = Outbox<RingChart>()
      try machine.start(at: 0, into: &outbox)
      var isStarted = false
      var isBroken = false
      var said: Bool?
      var rest = number
      for _ in 0..<6 {
        let event = events[rest % 5]
        rest /= 5
        outbox = Outbox()
        _ = try machine.send(event, at: 0, into: &outbox)
        switch event {
        case .kick: isStarted = true
        case .enable: said = true
        case .disable: said = false
        case .stop: (isStarted, isBroken) = (false, false)
        case .fault: isBroken = isStarted
        }
        let isAwaited = !isBroken && (isStarted ? said == nil : said == true)
        #expect(RingChart.isAwaited(machine.state, machine.memory) == isAwaited, "\(number)")
      }
    }
  }
}
