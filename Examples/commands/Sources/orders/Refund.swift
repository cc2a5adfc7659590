import BatonCore
import BatonTesting

/// Money that comes back when the parcel does, or when somebody complains. There is a mistake in
/// it: who complains first and sends the parcel then is paid twice.
enum Refund: TestedChart {
  enum State: UInt8, Symbol { case awaiting, closed }
  enum Event: UInt8, Symbol, Message { case arrive, complain }
  enum Action: UInt8, Symbol { case pay }
  enum Effect: UInt8, Symbol, Message { case payBack }
  struct Memory: Hashable {
    var isPaid = false
    var isPaidTwice = false
  }

  static let name: StaticString = "Refund"
  static var definition: Definition<Self> {
    chart(initial: .awaiting) {
      state(.awaiting) {
        on(.arrive, do: .pay, to: .closed)
        on(.complain, do: .pay)
      }
      final(.closed)
    }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Refund>
  ) {
    switch action {
    case .pay:
      memory.isPaidTwice = memory.isPaid
      memory.isPaid = true
      outbox.emit(.payBack)
    }
  }

  static var test: ChartTest<Refund> {
    var test = ChartTest(Refund.self, memory: .init(), events: Event.allCases)
    test.invariants = [("money comes back once", { !$0.memory.isPaidTwice })]
    return test
  }
}
