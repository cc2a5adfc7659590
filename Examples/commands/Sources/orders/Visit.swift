import BatonCommand
import BatonCore
import BatonTesting

/// A visit to a shop, during which an order is placed: ``Order`` runs inside the state `ordering`.
enum Visit: Chart {
  enum State: UInt8, Symbol { case looking, ordering, left }
  enum Event: UInt8, Symbol, Message { case order, leave, refund }
  enum Action: UInt8, Symbol { case count, note }
  struct Memory: Hashable {
    var orders = 0
    var isPaidBack = false
  }

  static let name: StaticString = "Visit"
  static var definition: Definition<Self> {
    chart(initial: .looking) {
      state(.looking) {
        on(.order, do: .count, to: .ordering)
        on(.leave, to: .left)
        ignore(.refund)
      }
      state(.ordering) {
        done(to: .looking)
        on(.refund, do: .note)
        on(.leave, to: .left)
        refuse(.order)
      }
      final(.left)
    }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Visit>
  ) {
    switch action {
    case .count:
      memory.orders = min(memory.orders + 1, 2)
      memory.isPaidBack = false
    case .note: memory.isPaidBack = true
    }
  }
}

/// The visit with its order inside.
enum Ordering: TestedInvocation {
  typealias Parent = Visit
  typealias Child = Order
  static var name: StaticString { "Ordering" }
  static var state: Visit.State { .ordering }

  static func begin(_ visit: Visit.Memory, _ event: Visit.Event?) -> Order.Memory {
    Order.Memory()
  }

  static func told(_ effect: Order.Effect) -> Visit.Event? {
    switch effect {
    case .payBack: .refund
    }
  }

  static var test: ChartTest<Invoking<Ordering>> {
    var test = ChartTest(
      Invoking<Ordering>.self,
      memory: .init(Visit.Memory()),
      events: Visit.Event.allCases.map { .parent($0) } + Order.Event.allCases.map { .child($0) })
    test.invariants = [
      (
        "an order runs while it is placed",
        { ($0.memory.child != nil) == $0.isActive(.parent(.ordering)) }
      ),
      (
        "who is paid back has ordered",
        { !$0.memory.parent.isPaidBack || $0.memory.parent.orders > 0 }
      ),
    ]
    return test
  }
}
