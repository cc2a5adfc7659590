import BatonCore
import Foundation
import Testing

@Suite(.timeLimit(.minutes(15))) struct TraceTests {
  private func record(_ time: UInt64, machine: UInt16 = 1) -> TransitionRecord {
    TransitionRecord(
      time: time, machine: machine, trigger: 0, transition: nil, from: 0, to: 0, outcome: .ignored)
  }

  @Test(arguments: [(1, 5), (4, 3), (4, 4), (4, 11)])
  func `the ring keeps the last records, oldest first`(capacity: Int, count: Int) {
    let trace = Trace(capacity: capacity)
    for time in 0..<count { trace.observed(record(UInt64(time))) }
    let kept = min(capacity, count)
    #expect(trace.records.map(\.time) == (count - kept..<count).map { UInt64($0) })
    #expect(trace.overwritten == UInt64(count - kept))
  }

  @Test func `a number is used again when no record of its machine is left`() {
    let trace = Trace(capacity: 4)
    #expect([trace.number(), trace.number(), trace.number()] == [1, 2, 3])
    trace.observed(record(0, machine: 2))
    trace.retire(2)
    for time in 1..<4 {
      trace.observed(record(UInt64(time), machine: 1))
      #expect(trace.number() == UInt16(time) + 3)
    }
    trace.observed(record(4, machine: 1))
    #expect(!trace.records.contains { $0.machine == 2 })
    #expect(trace.number() == 2)
    #expect(trace.number() == 7)
  }

  @Test func `numbers do not run out`() {
    let trace = Trace(capacity: 1000)
    for _ in 0..<200_000 {
      let number = trace.number()
      trace.observed(record(0, machine: number))
      trace.retire(number)
    }
    #expect(trace.number() <= 1001)
    // More machines at a time than there are numbers.
    for _ in 0..<70_000 { _ = trace.number() }
    #expect(trace.number() == .max)
    trace.retire(7)
    #expect(trace.number() == 7)
  }

  @Test func `a sink sees every record as it happens`() {
    final class Sink: TraceSink {
      var times: [UInt64] = []
      func write(_ record: TransitionRecord) { times.append(record.time) }
    }
    let trace = Trace(capacity: 1)
    let sink = Sink()
    trace.sink = sink
    for time in 0..<3 { trace.observed(record(UInt64(time))) }
    #expect(sink.times == [0, 1, 2])
  }

  @Test func `a line of JSON names the machine, the event, both states, guards and effects`() throws
  {
    let trace = Trace()
    let number = trace.register(Legend(Lift.table(), instance: "north"))
    var machine = Machine(Lift.table(), memory: .init(), number: number, observer: trace)
    var outbox = Outbox<Lift>()
    try machine.start(at: 0, into: &outbox)
    try machine.send(.call(floor: 3), at: 5, into: &outbox)
    _ = try machine.fire(at: 2_000, into: &outbox)
    let lines = trace.jsonLines.split(separator: "\n").map {
      try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
    #expect(lines.count == 2)
    let taken = try #require(lines.first ?? nil)
    #expect(taken["machine"] as? String == "Lift north" && taken["t_ns"] as? Int == 5)
    #expect(taken["event"] as? String == "call" && taken["outcome"] as? String == "taken")
    #expect(taken["from"] as? String == "idle" && taken["to"] as? String == "starting")
    #expect(taken["guards"] as? [String: Bool] == ["isElsewhere": true])
    #expect(taken["effects"] as? [String] == ["leaveIdle", "aimed", "enterMoving"])
    let fired = try #require(lines.last ?? nil)
    #expect(fired["event"] as? String == "after(patience)" && fired["to"] as? String == "broken")
  }

  @Test func `records of the notifiers have names too`() throws {
    let trace = Trace()
    let list = NotifierList(machine: trace.register(.notifiers), observer: trace)
    final class Deaf: MigrationNotified {
      func migration(_ event: MigrationEvent) throws(Refusal) {}
    }
    list.add(Deaf())
    try list.notify(.incomingDone, at: 1)
    #expect(trace.jsonLines.contains("\"machine\":\"Notifiers\",\"event\":\"incomingDone\""))
  }
}

extension Lift {
  static func table() -> Table<Lift> { .trusted() }
}
