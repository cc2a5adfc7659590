import BatonCore

/// A chart without a driver: takes events, and keeps what it asked for.
final class Walk<C: Chart> {
  /// More delays than run out at one time in any chart.
  private static var firesMax: Int { 100 }

  private var machine: Machine<C>
  private var outbox = Outbox<C>()
  private(set) var now: UInt64 = 1
  /// Everything that the chart asked for, in order.
  private(set) var effects: [C.Effect] = []
  /// What the last event brought.
  private(set) var latest: [C.Effect] = []

  init(_ table: Table<C>, memory: C.Memory) throws {
    machine = Machine(table, memory: memory)
    try machine.start(at: now, into: &outbox)
    collect()
  }

  var state: C.State { machine.state }
  var memory: C.Memory { machine.memory }
  /// True when the state is left by itself after a delay.
  var waits: Bool { machine.deadline != nil }

  @discardableResult
  func send(_ event: C.Event) throws -> Outcome {
    let outcome = try machine.send(event, at: now, into: &outbox)
    collect()
    return outcome
  }

  func send(_ events: [C.Event]) throws {
    for event in events { try send(event) }
  }

  /// Lets time go by in which nothing happens.
  func pass(milliseconds: UInt64) { now += milliseconds * 1_000_000 }

  /// Lets the delay run out that is due next.
  func expire() throws {
    guard let deadline = machine.deadline else { return }
    now = deadline
    for _ in 0..<Self.firesMax { guard try machine.fire(at: now, into: &outbox) else { break } }
    collect()
  }

  private func collect() {
    latest = (0..<outbox.count).map { [outbox] in outbox[$0] }
    effects += latest
    outbox.reset()
  }
}
