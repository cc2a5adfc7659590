import Testing

@testable import BatonCore

/// Charts inside charts inside charts, beside regions, and what cannot be.
@Suite(.timeLimit(.minutes(10))) struct InvokingNestTests {
  /// A shop with a till, which a payment runs in, and a light.
  enum Shop: Chart {
    enum State: UInt8, Symbol { case open, till, idle, busy, shut, light, dark, lit, closed }
    enum Event: UInt8, Symbol, Message { case begin, end, flip, close }
    struct Memory: Hashable {}
    static let name: StaticString = "Shop"
    static var definition: Definition<Self> {
      chart(initial: .open) {
        parallel(.open) {
          state(.till, initial: .idle) {
            state(.idle) { on(.begin, to: .busy) }
            state(.busy) {
              done(to: .idle)
              on(.end, to: .shut)
            }
            state(.shut) { on(.begin, to: .busy) }
          }
          state(.light, initial: .dark) {
            state(.dark) { on(.flip, to: .lit) }
            state(.lit) { on(.flip, to: .dark) }
          }
          on(.close, to: .closed)
        }
        final(.closed)
      }
    }
  }

  enum Till: Invocation {
    typealias Parent = Shop
    typealias Child = Payment
    static var state: Shop.State { .busy }
    static func begin(_ parent: Shop.Memory, _ event: Shop.Event?) -> Payment.Memory {
      Payment.Memory(amount: 7)
    }
  }

  /// Who pays in the shop: the shop inside a day, and another child in another state of it.
  enum Day: Chart {
    enum State: UInt8, Symbol { case morning, noon, evening }
    enum Event: UInt8, Symbol, Message { case hour, nap }
    struct Memory: Hashable { var naps = 0 }
    static let name: StaticString = "Day"
    static var definition: Definition<Self> {
      chart(initial: .morning) {
        state(.morning) { on(.hour, to: .noon) }
        state(.noon) {
          on(.hour, to: .evening)
          on(.nap, to: .noon)
          done(to: .evening)
        }
        state(.evening) { on(.hour, to: .morning) }
      }
    }
  }

  enum Noon: Invocation {
    typealias Parent = Day
    typealias Child = Invoking<Till>
    static var state: Day.State { .noon }
    static func begin(_ parent: Day.Memory, _ event: Day.Event?) -> Invoking<Till>.Memory {
      .init(Shop.Memory())
    }
  }

  enum Evening: Invocation {
    typealias Parent = Invoking<Noon>
    typealias Child = Payment
    static var name: StaticString { "Evening" }
    static var state: Invoking<Noon>.State { .parent(.evening) }
    static func begin(
      _ parent: Invoking<Noon>.Memory, _ event: Invoking<Noon>.Event?
    ) -> Payment.Memory {
      Payment.Memory(amount: 200)
    }
  }

  typealias Run = InvokingTests.Run

  @Test func theChildBehavesAsItDoesAlone() throws {
    let table = try Table<Invoking<Till>>()
    let alone = try Table<Payment>()
    for seed in 0..<400 as Range<UInt64> {
      var chance = SplitMix(seed: seed)
      var inside = Run(table, .init(Shop.Memory()))
      try inside.start()
      #expect(try inside.send(.parent(.begin)) == .taken)
      var outside = Run(alone, Payment.Memory(amount: 7))
      try outside.start()
      for _ in 0..<30 where !outside.machine.configuration.contains(where: { isEnd($0) }) {
        try step(&chance, &inside, &outside)
      }
    }
  }

  private func isEnd(_ state: Payment.State) -> Bool { state == .paid || state == .lost }

  /// The same event or wait for both; the light is flipped beside it.
  private func step(
    _ chance: inout SplitMix, _ inside: inout Run<Invoking<Till>>, _ outside: inout Run<Payment>
  ) throws {
    let events: [Payment.Event] = [
      .cash, .card, .hide, .show, .accept("a"), .refuse, .call, .tick,
    ]
    switch chance.next() % 10 {
    case 0:
      let time = chance.next() % 4_000
      try inside.wait(time)
      try outside.wait(time)
    case 1: #expect(try inside.send(.parent(.flip)) == .taken)
    case _:
      let event = events[Int(chance.next() % 8)]
      #expect(try inside.send(.child(event)) == outside.send(event))
    }
    let states = outside.machine.configuration
    let expected = states.contains { isEnd($0) } ? [] : states.map { "payment.\($0)" }
    #expect(inside.names.filter { $0.hasPrefix("payment.") } == expected)
    #expect(inside.effects == outside.effects.map { .child($0) })
    #expect(inside.machine.memory.child == (expected.isEmpty ? nil : outside.machine.memory))
    if !expected.isEmpty { #expect(inside.machine.deadline == outside.machine.deadline) }
  }

  @Test func anotherRegionAnswersForNoChild() throws {
    var run = Run(try Table<Invoking<Till>>(), .init(Shop.Memory()))
    try run.start()
    #expect(try run.send(.child(.cash)) == .refused)
    try run.send(.parent(.begin))
    #expect(try run.send(.child(.cash)) == .taken)
    #expect(try run.send(.child(.show)) == .unexpected)
    try run.send(.parent(.flip))
    #expect(run.names.contains("payment.cash"))
    try run.send(.parent(.close))
    #expect(run.names == ["closed"])
    #expect(run.machine.memory.child == nil)
  }

  @Test func chartsNest() throws {
    var run = Run(try Table<Invoking<Evening>>(), .init(.init(Day.Memory())))
    try run.start()
    typealias Event = Invoking<Evening>.Event
    func day(_ event: Day.Event) -> Event { .parent(.parent(event)) }
    func shop(_ event: Shop.Event) -> Event { .parent(.child(.parent(event))) }
    func till(_ event: Payment.Event) -> Event { .parent(.child(.child(event))) }
    #expect(try run.send(till(.cash)) == .refused)
    try run.send(day(.hour))
    #expect(run.names.contains("Shop.idle"))
    try run.send(shop(.begin))
    #expect(run.names.contains("Shop.payment.card"))
    try run.send(till(.accept("")))
    #expect(run.machine.snapshot.sent.count == 1)
    // The noon begins anew: the shop goes, and the payment in it.
    try run.send(day(.nap))
    #expect(run.names.contains("Shop.idle"))
    #expect(run.machine.snapshot.sent.isEmpty)
    #expect(run.machine.memory.parent.child?.child == nil)
    try run.send(shop(.close))
    #expect(run.names.first == "evening")
    #expect(run.names.last == "payment.card")
    #expect(try run.send(.child(.cash)) == .unexpected, "this one is a big one")
    try run.send(.child(.accept("")))
    #expect(run.machine.snapshot.sent.map { $0.event } == [.child(.tick)])
    #expect(run.machine.configuration.count == 2)
  }

  /// Two payments that are under way in two regions, with the same number for what they send.
  enum Pair: Chart {
    enum State: UInt8, Symbol { case both, left, one, nobody, right, two }
    enum Event: UInt8, Symbol, Message { case drop }
    struct Memory: Hashable {}
    static let name: StaticString = "Pair"
    static var definition: Definition<Self> {
      chart(initial: .both) {
        parallel(.both) {
          state(.left, initial: .one) {
            state(.one) { on(.drop, to: .nobody) }
            state(.nobody) { ignore(.drop) }
          }
          state(.right, initial: .two) { state(.two) { ignore(.drop) } }
        }
      }
    }
  }

  enum Left: Invocation {
    typealias Parent = Pair
    typealias Child = Payment
    static var state: Pair.State { .one }
    static func begin(_ parent: Pair.Memory, _ event: Pair.Event?) -> Payment.Memory {
      Payment.Memory(amount: 1)
    }
  }

  /// As the right one, under the name of the left one.
  enum Twin: Invocation {
    typealias Parent = Invoking<Left>
    typealias Child = Payment
    static var state: Invoking<Left>.State { .parent(.two) }
    static func begin(
      _ parent: Invoking<Left>.Memory, _ event: Invoking<Left>.Event?
    ) -> Payment.Memory {
      Payment.Memory(amount: 2)
    }
  }

  @Test func twoChildrenOfOneChartNeedNamesThatDiffer() throws {
    let error = #expect(throws: ChartError.self) { try Table<Invoking<Twin>>() }
    #expect(error?.mistakes.count == Payment.State.allCases.count)
    #expect(
      error?.descriptions.first
        == "two states are named payment.asking: invocations of one chart need names that differ")
    let names = try Table<Invoking<Right>>().outline.states.map { $0.name }
    #expect(names.contains("second.asking") && Set(names).count == names.count)
  }

  enum Right: Invocation {
    typealias Parent = Invoking<Left>
    typealias Child = Payment
    static var childName: StaticString { "second" }
    static var state: Invoking<Left>.State { .parent(.two) }
    static func begin(
      _ parent: Invoking<Left>.Memory, _ event: Invoking<Left>.Event?
    ) -> Payment.Memory {
      Payment.Memory(amount: 2)
    }
  }

  @Test func whatOneSendsTheOtherCannotCancel() throws {
    var run = Run(try Table<Invoking<Right>>(), .init(.init(Pair.Memory())))
    try run.start()
    #expect(run.effects == [.parent(.child(.ask(1))), .child(.ask(2))])
    try run.send(.parent(.child(.accept(""))))
    try run.send(.child(.accept("")))
    #expect(run.machine.snapshot.sent.map { $0.event } == [.parent(.child(.tick)), .child(.tick)])
    // Its end cancels its own tick, which has the same id.
    try run.send(.child(.accept("")))
    #expect(run.machine.snapshot.sent.map { $0.event } == [.parent(.child(.tick))])
    try run.send(.parent(.parent(.drop)))
    #expect(run.machine.snapshot.sent.isEmpty)
  }

  /// A payment whose form, which has states of its own, is to run a chart.
  enum Form: Invocation {
    typealias Parent = Payment
    typealias Child = Shop
    static var state: Payment.State { .form }
    static func begin(_ parent: Payment.Memory, _ event: Payment.Event?) -> Shop.Memory { .init() }
  }

  /// A chart that would come back into the middle of what it ran.
  enum Diver: Chart {
    enum State: UInt8, Symbol { case air, water, deep, dive, bottom }
    enum Event: UInt8, Symbol, Message { case up, down }
    struct Memory: Hashable {}
    static let name: StaticString = "Diver"
    static var definition: Definition<Self> {
      chart(initial: .air) {
        state(.air) {
          on(.down, to: .deep)
          ignore(.up)
        }
        state(.water, initial: .dive) {
          deepHistory(.deep, to: .dive)
          state(.dive) { on(.down, to: .bottom) }
          state(.bottom) { ignore(.down) }
          on(.up, to: .air)
        }
      }
    }
  }

  enum Dive: Invocation {
    typealias Parent = Diver
    typealias Child = Payment
    static var state: Diver.State { .bottom }
    static func begin(_ parent: Diver.Memory, _ event: Diver.Event?) -> Payment.Memory {
      .init(amount: 1)
    }
  }

  @Test func whatCannotRunAChartIsSaid() throws {
    let form = #expect(throws: ChartError.self) { try Table<Invoking<Form>>() }
    #expect(
      form?.descriptions == [
        "form can run no chart: it has states of its own, or is no ordinary state"
      ])
    let dive = #expect(throws: ChartError.self) { try Table<Invoking<Dive>>() }
    #expect(dive?.descriptions == ["deep history deep would resume a chart that a state runs"])
  }

  /// What a child that is left in the middle leaves behind, whatever comes: nothing.
  @Test func everyChildBeginsAlike() throws {
    var count = 0
    let table = try Table<Invoking<Checkout>>()
    var first = Run(table, .init(Purchase.Memory()))
    try first.start()
    try first.send(.parent(.pay(3)))
    let events: [Payment.Event] = [.cash, .card, .hide, .show, .accept("a"), .call, .tick]
    for seed in 0..<300 as Range<UInt64> {
      var chance = SplitMix(seed: seed)
      var run = Run(table, .init(Purchase.Memory()))
      try run.start()
      try run.send(.parent(.pay(3)))
      for _ in 0..<12 { try run.send(.child(events[Int(chance.next() % 7)])) }
      if run.names.first != "paying" { try run.send(.parent(.pay(3))) }
      guard run.names.first == "paying" else { continue }
      count += 1
      try run.send(.parent(.again))
      #expect(run.machine.snapshot.regions == first.machine.snapshot.regions)
      #expect(run.machine.snapshot.sent.isEmpty && run.machine.snapshot.deferred.isEmpty)
      #expect(run.machine.memory.child == first.machine.memory.child)
      #expect(run.machine.deadline == first.machine.deadline)
    }
    #expect(count > 100)
  }
}
