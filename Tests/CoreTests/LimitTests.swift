import Testing

@testable import BatonCore

/// What a chart that is flooded may hold.
private protocol Sizes: Sendable {
  static var limits: MachineLimits { get }
}

private enum Usual: Sizes {
  static var limits: MachineLimits { MachineLimits() }
}

private enum Generous: Sizes {
  static var limits: MachineLimits { MachineLimits(effects: 100, raised: 50, sends: 40) }
}

private typealias Narrow = Flooded<Usual>
private typealias Wide = Flooded<Generous>

/// A chart that emits, raises and sends as many as an event says.
private enum Flooded<Size: Sizes>: Chart {
  typealias State = FloodState
  typealias Event = FloodEvent
  typealias Effect = FloodEffect
  typealias Action = Flood
  typealias Memory = FloodMemory

  static var name: StaticString { "Flooded" }
  static var limits: MachineLimits { Size.limits }
  static var definition: Definition<Self> {
    chart(initial: .only) {
      state(.only) {
        on(.emit, do: .emit)
        on(.raise, do: .raise)
        on(.send, do: .send)
        on(.hear, do: .hear)
      }
    }
  }

  static func run(
    _ action: Flood, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    let count = event?.count ?? 0
    switch action {
    case .emit: for number in 0..<count { outbox.emit(Effect(number: number)) }
    case .raise: for _ in 0..<count { outbox.raise(.hear) }
    case .send: for _ in 0..<count { outbox.send(.hear, after: 1) }
    case .hear: memory.heard += 1
    }
  }
}

private enum FloodState: UInt8, Symbol { case only }

private struct FloodEffect: Message {
  enum Kind: UInt8, Symbol { case drop }
  let number: Int
  var kind: Kind { .drop }
}

private struct FloodMemory: Hashable, Sendable { var heard = 0 }

/// Numbers that are raised, some of them while others wait, and in the order in which they come; in
/// two regions, of which one sleeps and defers.
private enum Counted: Chart {
  enum State: UInt8, Symbol { case both, left, counts, right, sleeps, wakes }
  enum Event: Message, Hashable {
    case raise(Int)
    case number(Int)
    case wait
    case wake
    case burst(Int)

    enum Kind: UInt8, Symbol { case raise, number, wait, wake, burst }

    var kind: Kind {
      switch self {
      case .raise: .raise
      case .number: .number
      case .wait: .wait
      case .wake: .wake
      case .burst: .burst
      }
    }
  }
  enum Effect: UInt8, Symbol, Message { case drop }
  enum Action: UInt8, Symbol { case raise, note, heed, emit }
  struct Memory: Hashable, Sendable {
    var numbers: [Int] = []
    var heeded = 0
  }

  static let name: StaticString = "Counted"
  static var limits: MachineLimits {
    MachineLimits(effects: .max, raised: 60, deferred: 40, microsteps: 200)
  }
  static var definition: Definition<Self> {
    chart(initial: .both) {
      parallel(.both) {
        state(.left, initial: .counts) {
          state(.counts) {
            on(.raise, do: .raise)
            on(.number, do: .note)
            on(.burst, do: .emit)
          }
        }
        state(.right, initial: .sleeps) {
          state(.sleeps) {
            postpone(.wait)
            on(.wake, to: .wakes)
          }
          state(.wakes) { on(.wait, do: .heed) }
        }
      }
    }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch (action, event) {
    case (.raise, .raise(let count)): for number in 0..<count { outbox.raise(.number(number)) }
    case (.note, .number(let number)):
      memory.numbers.append(number)
      if number < 100, number % 7 == 0 { outbox.raise(.number(100 + number)) }
    case (.heed, _): memory.heeded += 1
    case (.emit, .burst(let count)): for _ in 0..<count { outbox.emit(.drop) }
    case (_, _): break
    }
  }
}

/// A chart whose events are numbered from elsewhere.
private enum Misnumbered: Chart {
  enum State: UInt8, Symbol { case only }
  enum Event: UInt8, Symbol, Message { case open = 100 }
  typealias Effect = Counted.Effect
  enum Action: UInt8, Symbol { case note }
  struct Memory: Hashable, Sendable {}

  static let name: StaticString = "Misnumbered"
  static var definition: Definition<Self> {
    chart(initial: .only) { state(.only) { on(.open, do: .note) } }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {}
}

private enum Flood: UInt8, Symbol { case emit, raise, send, hear }

private enum FloodEvent: Message, Hashable {
  case emit(Int)
  case raise(Int)
  case send(Int)
  case hear

  enum Kind: UInt8, Symbol { case emit, raise, send, hear }

  var kind: Kind {
    switch self {
    case .emit: .emit
    case .raise: .raise
    case .send: .send
    case .hear: .hear
    }
  }

  var count: Int {
    switch self {
    case .emit(let count), .raise(let count), .send(let count): count
    case .hear: 0
    }
  }
}

/// A driver that goes on after an error.
private final class Patient: Driver<Narrow> {
  var errors: [MachineError] = []
  var performed = 0

  override func failed(_ error: MachineError) { errors.append(error) }

  override func perform(_ effect: FloodEffect) { performed += 1 }
}

@Suite(.timeLimit(.minutes(10)))
struct LimitTests {
  /// What one event too many gives, and one event that is not.
  private func check<C: Chart>(
    _ chart: C.Type, _ memory: C.Memory, fits: C.Event, exceeds: C.Event, _ error: MachineError
  ) throws {
    let table = try Table(C.self)
    var machine = Machine(table, memory: memory)
    var outbox = Outbox<C>()
    try machine.start(at: 0, into: &outbox)
    try machine.send(fits, at: 0, into: &outbox)
    outbox.reset()
    machine = Machine(table, memory: memory)
    try machine.start(at: 0, into: &outbox)
    #expect(throws: error) { try machine.send(exceeds, at: 0, into: &outbox) }
    // The machine is as good as before.
    outbox.reset()
    #expect(try machine.send(fits, at: 0, into: &outbox) == .taken)
  }

  @Test func `one effect too many is an error that the sender handles`() throws {
    try check(
      Narrow.self, .init(), fits: .emit(Limits.effects), exceeds: .emit(Limits.effects + 1),
      .overfullOutbox)
  }

  @Test func `one raised event too many is an error that the sender handles`() throws {
    try check(
      Narrow.self, .init(), fits: .raise(Limits.raised), exceeds: .raise(Limits.raised + 1),
      .overfullOutbox)
  }

  @Test func `one sent event too many is an error that the sender handles`() throws {
    let table = try Table(Narrow.self)
    var machine = Machine(table, memory: .init())
    var outbox = Outbox<Narrow>()
    try machine.start(at: 0, into: &outbox)
    try machine.send(.send(Limits.sends), at: 0, into: &outbox)
    outbox.reset()
    #expect(throws: MachineError.overfullPool) {
      try machine.send(.send(1), at: 0, into: &outbox)
    }
    outbox.reset()
    while try machine.fire(at: 1, into: &outbox) {}
    #expect(machine.memory.heard == Limits.sends)
  }

  @Test func `a chart sets limits of its own`() throws {
    try check(Wide.self, .init(), fits: .emit(100), exceeds: .emit(101), .overfullOutbox)
    try check(Wide.self, .init(), fits: .raise(50), exceeds: .raise(51), .overfullOutbox)
    #expect(throws: MachineError.overfullPool) {
      try check(Wide.self, .init(), fits: .send(41), exceeds: .send(41), .overfullPool)
    }
  }

  @Test func `effects and raised events beyond the inline room keep their order`() throws {
    var machine = Machine(try Table(Wide.self), memory: .init())
    var outbox = Outbox<Wide>()
    try machine.start(at: 0, into: &outbox)
    for _ in 0..<3 {
      try machine.send(.emit(90), at: 0, into: &outbox)
      #expect(outbox.count == 90)
      #expect((0..<90).allSatisfy { outbox[$0].number == $0 })
      outbox.reset()
      #expect(outbox.count == 0)
    }
    try machine.send(.raise(50), at: 0, into: &outbox)
    #expect(machine.memory.heard == 50)
  }

  @Test func `raised events come in the order of raising, also while others wait`() throws {
    var machine = Machine(try Table(Counted.self), memory: .init())
    var outbox = Outbox<Counted>()
    try machine.start(at: 0, into: &outbox)
    for _ in 0..<2 {
      try machine.send(.raise(50), at: 0, into: &outbox)
      let came = Array(machine.memory.numbers.suffix(58))
      #expect(came == Array(0..<50) + stride(from: 100, to: 150, by: 7))
      outbox.reset()
    }
    #expect(throws: MachineError.overfullOutbox) {
      try machine.send(.raise(61), at: 0, into: &outbox)
    }
  }

  @Test func `a chart sets how many events it defers`() throws {
    var machine = Machine(try Table(Counted.self), memory: .init())
    var outbox = Outbox<Counted>()
    try machine.start(at: 0, into: &outbox)
    for _ in 0..<40 { #expect(try machine.send(.wait, at: 0, into: &outbox) == .deferred) }
    #expect(throws: MachineError.overfullPool) { try machine.send(.wait, at: 0, into: &outbox) }
    outbox.reset()
    try machine.send(.wake, at: 0, into: &outbox)
    #expect(machine.memory.heeded == 40)
  }

  @Test func `a record counts effects up to 255`() throws {
    let trace = Trace()
    var machine = Machine(
      try Table(Counted.self), memory: .init(), number: 1, observer: trace)
    var outbox = Outbox<Counted>()
    try machine.start(at: 0, into: &outbox)
    try machine.send(.burst(200), at: 0, into: &outbox)
    #expect(trace.records.last?.effectCount == 200)
    outbox.reset()
    try machine.send(.burst(600), at: 0, into: &outbox)
    #expect(outbox.count == 600 && trace.records.last?.effectCount == 255)
    #expect(trace.records.last?.effectKinds == Array(repeating: 0, count: 8))
  }

  @Test func `a kind that is numbered from elsewhere is a mistake by name`() {
    let error = #expect(throws: ChartError.self) { try Table(Misnumbered.self) }
    #expect(error?.mistakes.first == .unnumberedSymbols)
  }

  @Test func `limits below one are one`() {
    let limits = MachineLimits(effects: 0, raised: -1, deferred: 0, sends: .min, microsteps: 0)
    #expect(
      limits
        == MachineLimits(effects: 1, raised: 1, deferred: 1, sends: 1, microsteps: 1))
  }

  @Test func `a driver that handles the error goes on`() throws {
    let driver = Patient(
      VirtualLoop(kernel: Kernel()), try Table(Narrow.self), memory: .init(), number: 0,
      observer: nil)
    driver.start()
    #expect(driver.send(.emit(Limits.effects + 1)) == .refused)
    #expect(driver.errors == [.overfullOutbox])
    // What was emitted is performed.
    #expect(driver.performed == Limits.effects)
    #expect(driver.send(.emit(1)) == .taken)
    #expect(driver.performed == Limits.effects + 1)
    #expect(driver.send(.raise(Limits.raised + 1)) == .refused)
    #expect(driver.send(.hear) == .taken)
    #expect(driver.errors == [.overfullOutbox, .overfullOutbox])
  }
}
