import BatonCore
import Testing

/// Ties, repetitions and the limit of a macrostep, in one small chart.
private enum Clockwork: Chart {
  enum State: UInt8, Symbol { case running, held, loose, free, taken, counting }
  enum Event: UInt8, Symbol, Message { case send, tick, tock, hold, drop, one, other, count }
  enum Guard: UInt8, Symbol { case isBelow }
  enum Action: UInt8, Symbol { case sendBoth, tick, tock, short, long, add }
  enum Effect: UInt8, Symbol, Message { case tick, tock, short, long }
  enum Delay: UInt8, Symbol { case short, long }
  struct Memory: Hashable, Sendable {
    var count = 0
    var limit = 0
  }

  static let name: StaticString = "Clockwork"
  static var definition: Definition<Self> {
    chart(initial: .running) {
      state(.running) {
        after(.short, do: .short)
        after(.long, do: .long)
        on(.send, do: .sendBoth)
        on(.tick, do: .tick)
        on(.tock, do: .tock)
        on(.hold, to: .held)
        on(.count, to: .counting)
      }
      state(.held) {
        postpone(.one, .other)
        on(.drop, to: .loose)
      }
      state(.loose) {
        postpone(.one)
        on(.other, to: .free)
      }
      state(.free) { on(.one, to: .taken) }
      state(.taken) { on(.drop, to: .running) }
      state(.counting) {
        always(if: .isBelow, do: .add, to: .counting)
        on(.drop, to: .running)
      }
    }
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .isBelow: memory.count < memory.limit
    }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .sendBoth:
      outbox.send(.tick, after: 10)
      outbox.send(.tock, after: 10)
    case .tick: outbox.emit(.tick)
    case .tock: outbox.emit(.tock)
    case .short: outbox.emit(.short)
    case .long: outbox.emit(.long)
    case .add: memory.count += 1
    }
  }

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 10 }
}

/// Two regions and an end for both.
private enum Pair: Chart {
  enum State: UInt8, Symbol { case both, left, right, one, other, end }
  enum Event: UInt8, Symbol, Message { case stop }
  enum Memory: UInt8, BitwiseCopyable, Sendable { case none }
  typealias Guard = NoSymbol
  typealias Action = NoSymbol
  typealias Effect = NoSymbol
  typealias Delay = NoSymbol

  static let name: StaticString = "Pair"
  static var definition: Definition<Self> {
    chart(initial: .both) {
      parallel(.both) {
        on(.stop, to: .end)
        state(.left, initial: .one) { state(.one) }
        state(.right, initial: .other) { state(.other) }
      }
      final(.end)
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct MachineOrderTests {
  private static func send(_ events: [Clockwork.Event], limit: Int = 0) throws -> Clockwork.State {
    var memory = Clockwork.Memory()
    memory.limit = limit
    var machine = Machine(try Table(Clockwork.self), memory: memory)
    var outbox = Outbox<Clockwork>()
    try machine.start(at: 0, into: &outbox)
    for event in events {
      outbox.reset()
      try machine.send(event, at: 0, into: &outbox)
    }
    return machine.state
  }

  @Test func `what is due at one time comes once: delays as declared, then events as sent`() throws
  {
    var machine = Machine(try Table(Clockwork.self), memory: .init())
    var outbox = Outbox<Clockwork>()
    try machine.start(at: 0, into: &outbox)
    try machine.send(.send, at: 0, into: &outbox)
    var effects: [Clockwork.Effect] = []
    for _ in 0..<4 {
      outbox.reset()
      #expect(try machine.fire(at: 10, into: &outbox))
      effects += (0..<outbox.count).map { [outbox] in outbox[$0] }
    }
    #expect(effects == [.short, .long, .tick, .tock])
    #expect(try !machine.fire(at: 1_000, into: &outbox))
  }

  @Test func `an event that stays deferred is asked again when a later one is taken`() throws {
    #expect(try Self.send([.hold, .one, .other, .drop]) == .taken)
  }

  @Test func `a macrostep may have as many microsteps as the limit says`() throws {
    #expect(try Self.send([.count], limit: Limits.microsteps - 1) == .counting)
    #expect(throws: MachineError.endlessMacrostep) {
      try Self.send([.count], limit: Limits.microsteps)
    }
  }

  @Test func `a delay that was overdue is due at once in the other machine`() throws {
    let ride = try Ride()
    try ride.send(.call(floor: 3))
    #expect(ride.machine.deadline == 1_000)
    let other = try Ride()
    other.machine.restore(
      ride.machine.snapshot, takenAt: 5_000, at: 10_000, timers: .remaining)
    #expect(other.machine.deadline == 10_000)
  }

  @Test func `a chart that is finished is so in the other machine`() throws {
    let table = try Table(Pair.self)
    var outbox = Outbox<Pair>()
    var one = Machine(table, memory: .none)
    var other = Machine(table, memory: .none)
    try one.start(at: 0, into: &outbox)
    try other.start(at: 0, into: &outbox)
    try one.send(.stop, at: 0, into: &outbox)
    let bytes = one.saved(at: 0)
    try other.restore(saved: bytes.span.bytes, at: 0, timers: .absolute)
    #expect(other.state == .end)
    #expect(other.snapshot == one.snapshot)
  }
}
