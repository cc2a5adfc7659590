import Testing

@testable import BatonCore

/// What is invoked when something fails, is refused by several, or is left in the middle.
@Suite(.timeLimit(.minutes(10))) struct InvokingFaultTests {
  typealias Run = InvokingTests.Run

  /// A host whose entries and exits fail, and which restarts what it runs when it is told.
  enum Host: Chart {
    enum State: UInt8, Symbol { case away, home }
    enum Event: UInt8, Symbol, Message { case go, again, error, told, flood, over }
    enum Action: UInt8, Symbol { case fail, count, flood }
    struct Memory: Hashable {
      var ends = 0
      var told = 0
    }
    static let name: StaticString = "Host"
    static var limits: MachineLimits { MachineLimits(effects: .max, sends: .max) }
    static var results: [Event] { [.over] }
    static var definition: Definition<Self> {
      chart(initial: .away) {
        state(.away) {
          on(.go, to: .home)
          ignore(.again, .error, .told)
          on(.flood, do: .flood)
        }
        state(.home, entry: .fail, exit: .fail) {
          on(.go, to: .away)
          on(.again, to: .home)
          on(.told, do: .count)
          done(to: .away)
          on(.flood, do: .flood, to: .away)
          on(.error)
        }
      }
    }
    static func run(
      _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Host>
    ) {
      switch action {
      case .fail: outbox.fail(.error)
      case .count: memory.told += 1
      case .flood: for _ in 0..<30 { outbox.raise(.told) }
      }
    }
  }

  /// What it runs: two regions, one of which has an end of its own.
  enum Guest: Chart {
    enum State: UInt8, Symbol { case both, left, one, two, over, right, three, four, end }
    enum Event: UInt8, Symbol, Message { case step, back, tell, leave, quit, error, any }
    enum Action: UInt8, Symbol { case start, tell, fail, send, restart }
    enum Effect: UInt8, Symbol, Message { case begun, told, again }
    struct Memory: Hashable {}
    static let name: StaticString = "guest"
    static var definition: Definition<Self> {
      chart(initial: .both) {
        parallel(.both, entry: .start) {
          state(.left, initial: .one) {
            state(.one) {
              on(.step, to: .two)
              on(.back, do: .restart)
              refuse(.tell, .leave)
            }
            state(.two) {
              on(.tell)
              on(.step, do: .tell, to: .over)
              ignore(.leave)
            }
            final(.over)
            done(to: .one)
          }
          state(.right, initial: .three) {
            state(.three) {
              on(.leave, to: .four)
              refuse(.tell)
            }
            state(.four)
          }
          on(.quit, to: .end)
          on(.any, do: .send)
          on(.error)
        }
        final(.end, entry: .fail)
      }
    }
    static func run(
      _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Guest>
    ) {
      switch action {
      case .start: outbox.emit(.begun)
      case .tell: outbox.emit(.again)
      case .fail: outbox.fail(.error)
      case .send: outbox.send(.step, after: 100)
      case .restart:
        outbox.emit(.again)
        outbox.raise(.step)
      }
    }
  }

  enum Hosting: Invocation {
    typealias Parent = Host
    typealias Child = Guest
    static var state: Host.State { .home }
    static func begin(_ parent: Host.Memory, _ event: Host.Event?) -> Guest.Memory { .init() }
    static func end(_ child: Guest.Memory, _ parent: inout Host.Memory) { parent.ends += 1 }
    static func told(_ effect: Guest.Effect) -> Host.Event? { effect == .again ? .again : nil }
    static func refused(_ kind: Guest.Event.Kind) -> Host.Event? {
      kind == .tell || kind == .leave ? .told : nil
    }
  }

  private func home() throws -> Run<Invoking<Hosting>> {
    var run = Run(try Table<Invoking<Hosting>>(), .init(Host.Memory()))
    try run.start()
    try run.send(.parent(.go))
    return run
  }

  private static let begun = ["home", "guest.both", "guest.left", "guest.one", "guest.right"]

  @Test func anActionThatFailsEndsOnlyItsOwnBlock() throws {
    var run = try home()
    #expect(run.names == Self.begun + ["guest.three"])
    #expect(run.machine.memory.child == Guest.Memory())
    #expect(run.effects == [.child(.begun)])
    try run.send(.child(.any))
    #expect(run.machine.snapshot.sent.count == 1)
    try run.send(.parent(.go))
    #expect(run.machine.memory.child == nil)
    #expect(run.machine.snapshot.sent.isEmpty)
    run = try home()
    try run.send(.child(.quit))
    #expect(run.names == ["away"])
    #expect(run.machine.memory.parent.ends == 1)
  }

  @Test func whatTheChildHasRaisedGoesWithIt() throws {
    var run = try home()
    // It tells the host to begin anew, and then raises a step for itself.
    try run.send(.child(.back))
    #expect(run.names == Self.begun + ["guest.three"])
    // A region of it comes to its end while the host is told.
    try run.send(.child(.step))
    try run.send(.child(.step))
    #expect(run.names == Self.begun + ["guest.three"])
    #expect(run.effects.count { $0 == .child(.begun) } == 3)
    #expect(run.machine.memory.parent.ends == 0)
  }

  @Test func aRefusalOfSeveralRegionsIsToldOnceAndThatOfOneNotAtAll() throws {
    var run = try home()
    #expect(try run.send(.child(.tell)) == .refused)
    #expect(run.machine.memory.parent.told == 1)
    // The other region takes it.
    #expect(try run.send(.child(.leave)) == .taken)
    #expect(run.machine.memory.parent.told == 1)
    #expect(run.names.last == "guest.four")
  }

  @Test func anErrorOfTheMacrostepForgetsAsWell() throws {
    var run = try home()
    try run.send(.child(.any))
    #expect(run.machine.snapshot.sent.count == 1)
    #expect(throws: MachineError.overfullOutbox) { try run.send(.parent(.flood)) }
    #expect(run.machine.memory.child == nil)
    #expect(run.machine.snapshot.sent.isEmpty)
  }

  @Test func aFullPoolForgetsAsWell() throws {
    var run = try home()
    for _ in 0..<Guest.limits.sends { try run.send(.child(.any)) }
    #expect(run.machine.snapshot.sent.count == 16)
    try run.send(.parent(.again))
    #expect(run.machine.snapshot.sent.isEmpty)
  }

  /// A host of a host, in which nobody is told of what comes for a guest that does not run.
  enum Outer: Invocation {
    typealias Parent = Yard
    typealias Child = Invoking<Hosting>
    static var state: Yard.State { .open }
    static func begin(
      _ parent: Yard.Memory, _ event: Yard.Event?
    ) -> Invoking<Hosting>.Memory { .init(Host.Memory()) }
    static func refused(_ kind: Invoking<Hosting>.Event.Kind) -> Yard.Event? { .told }
  }

  /// Where hosts are.
  enum Yard: Chart {
    enum State: UInt8, Symbol { case open }
    enum Event: UInt8, Symbol, Message { case told }
    enum Action: UInt8, Symbol { case count }
    struct Memory: Hashable { var told = 0 }
    static let name: StaticString = "Yard"
    static var definition: Definition<Self> {
      chart(initial: .open) { state(.open) { on(.told, do: .count) } }
    }
    static func run(
      _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Yard>
    ) { memory.told += 1 }
  }

  @Test func nobodyIsToldOfWhatComesForAGuestThatDoesNotRun() throws {
    var run = Run(try Table<Invoking<Outer>>(), .init(Yard.Memory()))
    try run.start()
    #expect(run.names == ["open", "Host.away"])
    #expect(try run.send(.child(.child(.tell))) == .refused)
    #expect(run.machine.memory.parent.told == 0)
    try run.send(.child(.parent(.go)))
    #expect(try run.send(.child(.child(.tell))) == .refused)
    // The inner host is told, which takes it.
    #expect(run.machine.memory.child?.parent.told == 1)
    #expect(run.machine.memory.parent.told == 0)
  }

  @Test func anEventForNoChildIsRefusedInFinalStatesToo() throws {
    var run = Run(try Table<Invoking<Once>>(), .init(Brief.Memory()))
    try run.start()
    try run.send(.parent(.stop))
    #expect(run.names == ["end"])
    #expect(try run.send(.child(.a)) == .refused)
  }

  /// A chart that is over soon.
  enum Brief: Chart {
    enum State: UInt8, Symbol { case run, end }
    enum Event: UInt8, Symbol, Message { case stop }
    struct Memory: Hashable {}
    static let name: StaticString = "brief"
    static var definition: Definition<Self> {
      chart(initial: .run) {
        state(.run) { on(.stop, to: .end) }
        final(.end)
      }
    }
  }

  enum Once: Invocation {
    typealias Parent = Brief
    typealias Child = Loose
    static var state: Brief.State { .run }
    static func begin(_ parent: Brief.Memory, _ event: Brief.Event?) -> Loose.Memory { .init() }
  }

  @Test func aMachineIsSavedAsBytesAndGoesOn() throws {
    var run = try home()
    try run.send(.child(.step))
    let bytes = run.machine.saved(at: 0)
    var next = Run(try Table<Invoking<Hosting>>(), .init(Host.Memory()))
    try next.start()
    try next.machine.restore(saved: bytes.span.bytes, at: 0, timers: .absolute)
    #expect(next.names == run.names && next.names.contains("guest.two"))
    #expect(next.machine.memory == run.machine.memory)
  }

  @Test func aMemoryIsWrittenWithTheFieldsOfBoth() throws {
    var run = Run(try Table<Invoking<Checkout>>(), .init(Purchase.Memory()))
    try run.start()
    try run.send(.parent(.pay(4)))
    #expect(
      "\(run.machine.memory)"
        == "Memory(amount: 4, receipt: , tries: 0, payment.amount: 4, payment.calls: 0)")
    #expect(Mirror(reflecting: run.machine.memory).children.count == 5)
  }

  @Test func aChartWithoutLimitsIsOneWithin() throws {
    #expect(Invoking<Hosting>.limits.effects == .max)
    #expect(Invoking<Hosting>.limits.deferred == 32)
  }

  @Test func theDrawingSaysWhatIsTold() throws {
    let outline = try Table<Invoking<Hosting>>().outline
    #expect(
      outline.states.flatMap(\.notes) == [
        "invoke guest", "told when guest.tell is refused", "told when guest.leave is refused",
      ])
  }

  /// Lines for any event behind and before others, and refused twice: no mistakes alone.
  enum Loose: Chart {
    enum State: UInt8, Symbol { case outer, inner, other, end }
    enum Event: UInt8, Symbol, Message { case a, b, c }
    struct Memory: Hashable {}
    static let name: StaticString = "loose"
    static var definition: Definition<Self> {
      chart(initial: .outer) {
        state(.outer, initial: .inner) {
          state(.inner) {
            on(.a, to: .other)
            refuse(.b)
            refuse(.b)
          }
          state(.other) {
            onAny(to: .end)
            on(.a, to: .inner)
          }
          refuse(.a)
          onAny()
        }
        final(.end)
      }
    }
  }

  enum Loosely: Invocation {
    typealias Parent = Host
    typealias Child = Loose
    static var state: Host.State { .home }
    static func begin(_ parent: Host.Memory, _ event: Host.Event?) -> Loose.Memory { .init() }
    static func refused(_ kind: Loose.Event.Kind) -> Host.Event? { .told }
  }

  @Test func whatIsNoMistakeAloneIsNoneInside() throws {
    _ = try Table<Loose>()
    var run = Run(try Table<Invoking<Loosely>>(), .init(Host.Memory()))
    try run.start()
    try run.send(.parent(.go))
    #expect(try run.send(.child(.b)) == .refused)
    #expect(try run.send(.child(.c)) == .taken)
    #expect(try run.send(.child(.a)) == .taken)
    #expect(run.names.last == "loose.other")
    #expect(try run.send(.child(.c)) == .taken)
    #expect(run.names == ["away"])
  }

  /// A child with a line outside of its states.
  enum Stray: Chart {
    enum State: UInt8, Symbol { case only }
    enum Event: UInt8, Symbol, Message { case a }
    struct Memory: Hashable {}
    static let name: StaticString = "stray"
    static var definition: Definition<Self> {
      chart(initial: .only) {
        state(.only) { on(.a, to: .only) }
        on(.a, to: .only)
      }
    }
  }

  enum Straying: Invocation {
    typealias Parent = Host
    typealias Child = Stray
    static var state: Host.State { .home }
    static func begin(_ parent: Host.Memory, _ event: Host.Event?) -> Stray.Memory { .init() }
  }

  @Test func aLineOutsideOfTheChildsStatesIsAMistake() throws {
    let error = #expect(throws: ChartError.self) { try Table<Invoking<Straying>>() }
    #expect(error?.mistakes.contains(.lineOutsideState) == true)
  }
}
