import BatonCore
import Testing

@testable import BatonNet

@Suite(.timeLimit(.minutes(15))) struct TapChartTests {
  @Test func `has no mistakes`() throws {
    _ = try Table(TapChart.self)
  }

  @Test func `mentions every event in every state`() {
    let gaps = TapChart.table.gaps.map { "\($0.state) \($0.kind)" }
    #expect(gaps.isEmpty, "\(gaps)")
  }

  @Test func `has room for the values of all settings`() {
    #expect(TapSetting.allCases.count <= TapSettings.capacity)
  }

  private static let properties = TapProperties(
    name: .of("a0"), index: 1, flags: [.tap], queues: 1,
    settings: [.headerSize: 12, .sendBuffer: 1, .offload: 0])

  /// The way from the start to the take, on a target.
  private static let way: [TapChart.Event] = [
    .start(.prepared, transfersBackends: true),
    .offered(TapOffer(properties: properties, descriptorCount: 1)), .inspected(properties),
    .load(properties),
  ]

  /// One event of each kind, but the take.
  private static let events: [TapChart.Event] = [
    .start(.running, transfersBackends: false), .preIncoming(transfersBackends: false),
    .incomingFailed, .incomingDone, .close, .lost(Refusal(.systemCall)), .succeeded,
    .refused(Refusal(.systemCall)), .features(0), .named(.of("a0")), .index(1), .counted(0),
    .link([.tap]), .macvtap(1), .set(.headerSize, 12),
    .inspected(properties), .described(properties), .restored(1),
    .offered(TapOffer(properties: properties, descriptorCount: 1)), .load(properties), .discard,
    .resume, .describe, .lend, .give, .withdraw, .quiesce, .restore, .release, .setOffload(.csum),
  ]

  @Test(arguments: 2...4, events.indices)
  func `asks for no change between the offer and the take`(steps: Int, index: Int) throws {
    var machine = Machine(TapChart.table, memory: TapChart.Memory(options: TapOptions()))
    var outbox = Outbox<TapChart>()
    try machine.start(at: 0, into: &outbox)
    for event in Self.way[..<steps] {
      outbox.reset()
      try machine.send(event, at: 0, into: &outbox)
    }
    #expect([TapChart.State.adopting, .adopted, .loaded].contains(machine.state))
    outbox.reset()
    try machine.send(Self.events[index], at: 0, into: &outbox)
    let kinds = Set((0..<outbox.count).map { outbox[$0].kind })
    #expect(kinds.isSubset(of: [.answer, .drop, .resign, .shut]))
  }

  @Test func `samples every kind of event but the take`() {
    let kinds = Set(Self.events.map(\.kind))
    #expect(kinds == Set(TapChart.Event.Kind.allCases).subtracting([.take]))
  }

  @Test func `stays small enough to be copied with every event`() {
    #expect(MemoryLayout<TapChart.Event>.size <= 192)
    #expect(MemoryLayout<TapChart.Memory>.size <= 656)
  }
}
