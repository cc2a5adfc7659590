import BatonCore
import Foundation
import Testing

/// What a machine with regions and history says of all its leaves: in snapshots and in traces.
@Suite(.timeLimit(.minutes(15))) struct ConfigurationTests {
  private static let walk: [Desk.Event] = [
    .unlock, .press, .rest, .call, .lock, .back, .leave, .rest,
  ]
  /// The leaves behind each event of the walk.
  private static let leaves: [[String]] = [
    ["dark", "idle"], ["dim", "idle"], ["bright", "idle"], ["bright", "busy"], ["closed"],
    ["bright", "idle"], ["lost"], ["closed"],
  ]

  @Test func `a snapshot says as its machine does which states are active`() throws {
    let shift = try Shift()
    for (event, leaves) in zip(Self.walk, Self.leaves) {
      try shift.send(event)
      let snapshot = shift.machine.snapshot
      #expect(snapshot.leaves.map(\.name) == leaves)
      #expect(snapshot.configuration == shift.machine.configuration)
      for state in Desk.State.allCases {
        #expect(snapshot.isActive(state) == shift.machine.isActive(state), "\(state)")
      }
    }
  }

  @Test func `a snapshot of a chart without regions names the states around its leaf`() throws {
    var machine = Machine(Lift.table(), memory: .init())
    var outbox = Outbox<Lift>()
    try machine.start(at: 0, into: &outbox)
    try machine.send(.call(floor: 3), at: 5, into: &outbox)
    let snapshot = machine.snapshot
    #expect(snapshot.leaves == [.starting])
    #expect(snapshot.configuration == machine.configuration)
    #expect(snapshot.isActive(.moving) && !snapshot.isActive(.idle))
  }

  @Test func `snapshots are equal by what the machine is, not by whose table it has`() throws {
    let one = try Shift([.unlock, .press]).machine.snapshot
    let other = try Shift([.unlock, .press]).machine.snapshot
    #expect(one == other && one.hashValue == other.hashValue)
    #expect(try one != Shift([.unlock]).machine.snapshot)
  }

  // MARK: Traces

  private func configurations(_ lines: String) -> [[String]] {
    lines.split(separator: "\n").map {
      let line = try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      return line?["configuration"] as? [String] ?? []
    }
  }

  /// Of a microstep that takes several transitions each has a record.
  private func last(_ trace: Trace, _ send: () throws -> Void) rethrows -> [String] {
    try send()
    return configurations(trace.jsonLines).last ?? []
  }

  @Test func `a line names the leaves of all regions`() throws {
    let trace = Trace()
    let shift = try Shift(observer: trace)
    for (event, leaves) in zip(Self.walk, Self.leaves) {
      let found = try last(trace) { try shift.send(event) }
      // Without a legend names are numbers.
      #expect(found == leaves.map { name in "#\(Self.number(name))" })
    }
  }

  private static func number(_ name: String) -> UInt8 {
    Desk.State.allCases.first { $0.name == name }?.rawValue ?? .max
  }

  @Test(arguments: [1, 2, 3, 5])
  func `a ring that turns keeps the leaves of what it keeps`(capacity: Int) throws {
    let trace = Trace(capacity: capacity)
    let shift = try Shift(observer: trace)
    let plain = trace.register(Legend(Lift.table(), instance: "north"))
    var lift = Machine(Lift.table(), memory: .init(), number: plain, observer: trace)
    var outbox = Outbox<Lift>()
    try lift.start(at: 0, into: &outbox)
    var expected: [[String]] = []
    // Narrow, wide, narrow: room is made when a wider machine comes.
    for event in [.back, .rest, .lock, .unlock, .lock, .back] as [Desk.Event] {
      let count = trace.records.count + Int(trace.overwritten)
      try shift.send(event)
      let leaves = shift.machine.snapshot.leaves.map { "#\($0.rawValue)" }
      let made = trace.records.count + Int(trace.overwritten) - count
      expected += Array(repeating: leaves, count: made)
      outbox.reset()
      try lift.send(.call(floor: 1), at: 1, into: &outbox)
      expected.append([])
    }
    #expect(configurations(trace.jsonLines) == expected.suffix(capacity))
  }

  @Test(arguments: [false, true])
  func `a sink gets the leaves with the record`(wantsDetail: Bool) throws {
    final class Sink: TraceSink {
      unowned let trace: Trace
      var lines = ""
      init(_ trace: Trace) { self.trace = trace }
      func write(_ record: TransitionRecord) { lines += trace.jsonLine(record) + "\n" }
      func write(_ record: TransitionRecord, _ detail: RecordDetail) {
        lines += trace.jsonLine(record, detail) + "\n"
      }
    }
    let trace = Trace()
    let sink = Sink(trace)
    trace.sink = sink
    trace.wantsDetail = wantsDetail
    let shift = try Shift(observer: trace)
    for (event, leaves) in zip(Self.walk, Self.leaves) {
      try shift.send(event)
      #expect(configurations(sink.lines).last == leaves.map { "#\(Self.number($0))" })
    }
  }
}
