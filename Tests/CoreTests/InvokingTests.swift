import Testing

@testable import BatonCore

/// A chart that runs inside a state of another: begun and cancelled with it, and what the two tell
/// each other (SCXML 6.4).
@Suite(.timeLimit(.minutes(10))) struct InvokingTests {
  typealias Both = Invoking<Checkout>

  /// A machine at work, and all that it has wanted.
  struct Run<C: Chart>: ~Copyable {
    var machine: Machine<C>
    var outbox = Outbox<C>()
    var effects: [C.Effect] = []
    var now: UInt64 = 0

    init(_ table: Table<C>, _ memory: C.Memory) { machine = Machine(table, memory: memory) }

    mutating func start() throws {
      try machine.start(at: now, into: &outbox)
      take()
    }

    @discardableResult mutating func send(_ event: C.Event) throws -> Outcome {
      let outcome = try machine.send(event, at: now, into: &outbox)
      take()
      return outcome
    }

    mutating func wait(_ time: UInt64) throws {
      now += time
      while try machine.fire(at: now, into: &outbox) { take() }  // Ends when nothing is due.
      take()
    }

    private mutating func take() {
      for place in 0..<outbox.count { effects.append(outbox.effect(at: place)) }
      outbox.reset()
    }

    var names: [String] { machine.configuration.map { $0.name } }
  }

  private func begun<I: Invocation>(_ invocation: I.Type) throws -> Run<Invoking<I>>
  where I.Parent == Purchase {
    var run = Run(try Table<Invoking<I>>(), .init(Purchase.Memory()))
    try run.start()
    return run
  }

  private func paying(_ amount: Int = 5) throws -> Run<Both> {
    var run = try begun(Checkout.self)
    try run.send(.parent(.pay(amount)))
    return run
  }

  @Test func theChildRunsInsideItsStateAndItsEndIsDone() throws {
    var run = try paying()
    #expect(run.names == ["paying", "payment.asking", "payment.form", "payment.card"])
    #expect(run.effects == [.child(.ask(5))])
    #expect(run.machine.memory.child == Payment.Memory(amount: 5))
    #expect(try run.send(.child(.call)) == .taken)
    #expect(try run.send(.child(.accept("first"))) == .taken)
    #expect(run.names == ["paying", "payment.waiting"])
    #expect(try run.send(.child(.accept("second"))) == .taken)
    #expect(run.names == ["thanks"])
    #expect(run.machine.memory.parent.receipt == "second")
    #expect(run.machine.memory.parent.tries == 2)
    #expect(run.machine.memory.child == nil)
    #expect(run.machine.deadline == nil)
  }

  @Test func theChildsGuardsSeeItsMemory() throws {
    var small = try paying(100)
    #expect(try small.send(.child(.cash)) == .taken)
    #expect(small.names.last == "payment.cash")
    var big = try paying(101)
    #expect(try big.send(.child(.cash)) == .unexpected)
    #expect(big.names.last == "payment.card")
  }

  @Test func aDelayOfTheChildEndsItAndGoesWithIt() throws {
    var run = try paying()
    #expect(run.machine.deadline == 10_000)
    try run.wait(9_999)
    #expect(run.names.first == "paying")
    try run.wait(1)
    #expect(run.names == ["failed"])
    #expect(run.machine.memory.parent.tries == 1)
    run = try paying()
    try run.send(.parent(.give(up: true)))
    #expect(run.names == ["cart"])
    #expect(run.machine.deadline == nil)
    #expect(run.machine.memory.parent.tries == 0, "who is cancelled has not come to an end")
  }

  @Test func whatTheChildHasSentAndDeferredGoesWithIt() throws {
    var run = try paying()
    try run.send(.child(.accept("one")))
    #expect(run.machine.deadline == 1_000)
    try run.send(.parent(.again))
    #expect(run.names.last == "payment.card")
    #expect(run.machine.snapshot.sent.isEmpty)
    try run.wait(2_000)
    #expect(!run.effects.contains(.child(.ring)))

    run = try paying()
    try run.send(.child(.hide))
    #expect(try run.send(.child(.call)) == .deferred)
    try run.send(.parent(.again))
    #expect(run.machine.snapshot.deferred.isEmpty)
    #expect(run.machine.memory.child?.calls == 0, "the call was for the child before")
  }

  @Test func theNextChildRemembersNothing() throws {
    var run = try paying()
    try run.send(.child(.cash))
    try run.send(.child(.hide))
    try run.send(.child(.show))
    #expect(run.names.last == "payment.cash")
    try run.send(.child(.hide))
    try run.send(.parent(.again))
    let fresh = try paying().machine.snapshot.regions
    #expect(run.machine.snapshot.regions == fresh)
    try run.send(.child(.hide))
    // Left when the history's own state is not active.
    try run.send(.parent(.give(up: true)))
    try run.send(.parent(.pay(5)))
    #expect(run.machine.snapshot.regions == fresh)
  }

  @Test func effectsOfOneAreEventsOfTheOther() throws {
    var run = try paying()
    #expect(try run.send(.parent(.poke)) == .taken)
    #expect(run.machine.memory.child?.calls == 1)
    #expect(!run.effects.contains(.parent(.hurry)))
    try run.send(.child(.accept("one")))
    try run.send(.child(.refuse))
    #expect(run.names == ["cart"], "what the child tells is what the parent gives up for")
    #expect(run.effects == [.child(.ask(5)), .parent(.left)])
    // Nobody is there to hear.
    #expect(try run.send(.parent(.poke)) == .taken)
  }

  @Test func aRefusalIsToldToTheParent() throws {
    var run = try paying()
    #expect(try run.send(.child(.refuse)) == .refused)
    #expect(run.names == ["failed"])
    // Refused is also what comes while none runs, and of that nobody is told.
    try run.send(.parent(.poke))
    #expect(try run.send(.child(.refuse)) == .refused)
    #expect(run.names == ["cart"])
  }

  @Test func eventsForAChildThatDoesNotRunAreRefusedOrIgnored() throws {
    var run = try begun(Checkout.self)
    for event: Payment.Event in [.cash, .accept(""), .refuse, .tick] {
      #expect(try run.send(.child(event)) == .refused)
    }
    var calm = try begun(Calm.self)
    #expect(try calm.send(.child(.cash)) == .ignored)
  }

  @Test func aLineForAnyEventIsForItsOwnChartsEvents() throws {
    var run = try begun(Checkout.self)
    #expect(try run.send(.parent(.again)) == .taken)
    #expect(try run.send(.child(.card)) == .refused)
    try run.send(.parent(.pay(1)))
    try run.send(.child(.refuse))
    #expect(run.names == ["failed"])
    #expect(try run.send(.child(.card)) == .refused)
    #expect(run.names == ["failed"])
    try run.send(.parent(.poke))
    #expect(run.names == ["cart"])
  }

  /// As the checkout, whose late answers are nothing to worry about.
  enum Calm: Invocation {
    typealias Parent = Purchase
    typealias Child = Payment
    static var state: Purchase.State { .paying }
    static var isLateIgnored: Bool { true }
    static func begin(_ parent: Purchase.Memory, _ event: Purchase.Event?) -> Payment.Memory {
      Payment.Memory(amount: parent.amount)
    }
  }

  @Test func whatTheChildLeavesOutIsNobodysElse() throws {
    let table = try Table<Both>()
    let gaps = Set(table.gaps.map { "\($0.state) \($0.kind)" })
    // The child's own gaps, and none in the parent's states.
    #expect(gaps.contains("payment.card payment.show"))
    #expect(!gaps.contains { $0.hasPrefix("cart ") || $0.hasPrefix("failed ") })
    let alone = try Table<Payment>().gaps.map { "payment.\($0.state) payment.\($0.kind)" }
    #expect(gaps == Set(alone))
  }

  @Test func aSavedMachineGoesOnInsideTheChild() throws {
    var run = try paying()
    try run.send(.child(.cash))
    let snapshot = run.machine.snapshot
    var next = try begun(Checkout.self)
    next.machine.restore(snapshot, takenAt: 0, at: 50, timers: .remaining)
    #expect(next.names == run.names)
    #expect(next.machine.deadline == 10_050)
    #expect(try next.send(.child(.accept(""))) == .taken)
  }
}
