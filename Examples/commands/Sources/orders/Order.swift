import BatonCore
import BatonTesting

/// An order that is sent when it is paid and packed, or when somebody vouches for it.
enum Order: TestedChart {
  enum State: UInt8, Symbol { case open, sent, cancelled }
  enum Event: UInt8, Symbol, Message { case pay, pack, vouch, send, cancel }
  enum Guard: UInt8, Symbol { case isPaid, isPacked, isVouchedFor }
  enum Action: UInt8, Symbol { case notePayment, notePacking, noteWord, giveBack }
  enum Effect: UInt8, Symbol, Message { case payBack }
  struct Memory: Hashable {
    var isPaid = false
    var isPacked = false
    var isVouchedFor = false
  }

  static let name: StaticString = "Order"
  static var definition: Definition<Self> {
    chart(initial: .open) {
      state(.open) {
        on(.pay, do: .notePayment)
        on(.pack, do: .notePacking)
        on(.vouch, do: .noteWord)
        on(.send, if: .isPacked && (.isPaid || .isVouchedFor), to: .sent)
        on(.cancel, if: .isPaid, do: .giveBack, to: .cancelled)
        on(.cancel, to: .cancelled)
        refuse(.send)
      }
      final(.sent)
      final(.cancelled)
    }
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .isPaid: memory.isPaid
    case .isPacked: memory.isPacked
    case .isVouchedFor: memory.isVouchedFor
    }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Order>
  ) {
    switch action {
    case .notePayment: memory.isPaid = true
    case .notePacking: memory.isPacked = true
    case .noteWord: memory.isVouchedFor = true
    case .giveBack:
      memory.isPaid = false
      outbox.emit(.payBack)
    }
  }

  /// What may come, and what must hold.
  static var test: ChartTest<Order> {
    var test = ChartTest(Order.self, memory: .init(), events: Event.allCases)
    test.invariants = [
      ("what is sent is packed", { $0.state != .sent || $0.memory.isPacked }),
      (
        "nobody gets what he does not pay for",
        { $0.state != .sent || $0.memory.isPaid || $0.memory.isVouchedFor }
      ),
      ("money comes back", { $0.state != .cancelled || !$0.memory.isPaid }),
    ]
    return test
  }
}
