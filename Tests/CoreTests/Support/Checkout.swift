import BatonCore

/// An order that is paid by a chart of its own.
enum Purchase: Chart {
  enum State: UInt8, Symbol { case cart, paying, thanks, failed }
  enum Event: Hashable, Message {
    case pay(Int)
    case give(up: Bool)
    case paid(String)
    case declined, again, poke
    enum Kind: UInt8, Symbol { case pay, give, declined, paid, again, poke }
    var kind: Kind {
      switch self {
      case .pay: .pay
      case .give: .give
      case .declined: .declined
      case .paid: .paid
      case .again: .again
      case .poke: .poke
      }
    }
  }
  enum Guard: UInt8, Symbol { case hasReceipt, isGivingUp }
  enum Action: UInt8, Symbol { case note, keepReceipt, hurry, leave }
  enum Effect: Hashable, Message {
    case hurry, left
    enum Kind: UInt8, Symbol { case hurry, left }
    var kind: Kind { self == .hurry ? .hurry : .left }
  }
  struct Memory: Hashable {
    var amount = 0
    var receipt = ""
    var tries = 0
  }

  static let name: StaticString = "Purchase"
  static var definition: Definition<Self> {
    chart(initial: .cart) {
      state(.cart) {
        on(.pay, do: .note, to: .paying)
        onAny()
      }
      state(.paying, exit: .leave) {
        done(if: .hasReceipt, do: .keepReceipt, to: .thanks)
        done(to: .failed)
        on(.give, if: .isGivingUp, to: .cart)
        on(.declined, to: .failed)
        on(.again, to: .paying)
        on(.poke, do: .hurry)
        ignore(.pay, .paid)
      }
      final(.thanks)
      state(.failed) {
        on(.pay, do: .note, to: .paying)
        onAny(to: .cart)
      }
    }
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .hasReceipt: if case .paid? = event { true } else { false }
    case .isGivingUp: event == .give(up: true)
    }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Purchase>
  ) {
    switch action {
    case .note: if case .pay(let amount)? = event { memory.amount = amount }
    case .keepReceipt: if case .paid(let receipt)? = event { memory.receipt = receipt }
    case .hurry: outbox.emit(.hurry)
    case .leave: outbox.emit(.left)
    }
  }
}

/// How it is paid: somebody is asked, perhaps twice; who is asked while he is away remembers it.
enum Payment: Chart {
  enum State: UInt8, Symbol { case asking, form, card, cash, past, waiting, rest, paid, lost }
  enum Event: Hashable, Message {
    case accept(String)
    case cash, card, hide, show, refuse, call, tick
    enum Kind: UInt8, Symbol { case cash, card, hide, show, accept, refuse, call, tick }
    var kind: Kind {
      switch self {
      case .cash: .cash
      case .card: .card
      case .hide: .hide
      case .show: .show
      case .accept: .accept
      case .refuse: .refuse
      case .call: .call
      case .tick: .tick
      }
    }
  }
  enum Guard: UInt8, Symbol { case isBig }
  enum Action: UInt8, Symbol { case ask, remind, finish, called, ring, tell }
  enum Effect: Hashable, Message {
    case ask(Int)
    case ring, gaveIn
    enum Kind: UInt8, Symbol { case ask, ring, gaveIn }
    var kind: Kind {
      switch self {
      case .ask: .ask
      case .ring: .ring
      case .gaveIn: .gaveIn
      }
    }
  }
  enum Delay: UInt8, Symbol { case patience }
  struct Memory: Hashable {
    var amount: Int
    var calls = 0
  }

  static let name: StaticString = "payment"
  static var definition: Definition<Self> {
    chart(initial: .asking) {
      state(.asking, initial: .form, entry: .ask) {
        state(.form, initial: .card) {
          history(.past, to: .card)
          state(.card) { on(.cash, unless: .isBig, to: .cash) }
          state(.cash) { on(.card, to: .card) }
          on(.hide, to: .rest)
        }
        state(.rest) {
          on(.show, to: .past)
          postpone(.call)
        }
        on(.accept, do: .remind, to: .waiting)
        on(.call, do: .called)
        refuse(.refuse)
        after(.patience, to: .lost)
      }
      state(.waiting) {
        on(.accept, do: .finish, to: .paid)
        on(.tick, do: .ring)
        on(.refuse, do: .tell)
      }
      final(.paid)
      final(.lost)
    }
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    memory.amount > 100
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Payment>
  ) {
    switch action {
    case .ask: outbox.emit(.ask(memory.amount))
    case .remind: outbox.send(.tick, after: 1_000, id: SendID(rawValue: 7))
    case .finish:
      if let event { outbox.finish(with: event) }
      outbox.cancel(SendID(rawValue: 7))
    case .called: memory.calls += 1
    case .ring: outbox.emit(.ring)
    case .tell: outbox.emit(.gaveIn)
    }
  }

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 10_000 }
}

/// The purchase with its payment inside.
enum Checkout: Invocation {
  typealias Parent = Purchase
  typealias Child = Payment
  static var name: StaticString { "Checkout" }
  static var state: Purchase.State { .paying }

  static func begin(_ parent: Purchase.Memory, _ event: Purchase.Event?) -> Payment.Memory {
    Payment.Memory(amount: parent.amount)
  }
  static func end(_ child: Payment.Memory, _ parent: inout Purchase.Memory) {
    parent.tries = child.calls + 1
  }
  static func seen(_ event: Payment.Event) -> Purchase.Event? {
    if case .accept(let receipt) = event { .paid(receipt) } else { nil }
  }
  static func told(_ effect: Payment.Effect) -> Purchase.Event? {
    effect == .gaveIn ? .give(up: true) : nil
  }
  static func asked(_ effect: Purchase.Effect) -> Payment.Event? {
    effect == .hurry ? .call : nil
  }
  static func refused(_ kind: Payment.Event.Kind) -> Purchase.Event? {
    kind == .refuse ? .declined : nil
  }
}
