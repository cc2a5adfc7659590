import BatonCore

// The code of Sources/Core/BatonCore.docc/WriteAChart.md.

enum Turnstile: Chart {
  enum State: UInt8, Symbol { case locked, unlocked }
  enum Event: UInt8, Symbol, Message { case coin, push }
  enum Guard: UInt8, Symbol { case isOpen }
  enum Action: UInt8, Symbol { case count, release, bar }
  enum Effect: UInt8, Symbol, Message { case release, bar }
  enum Delay: UInt8, Symbol { case patience }
  struct Memory: Hashable {
    var isOpen = true
    var coins = 0
  }

  static let name: StaticString = "Turnstile"
  static var definition: Definition<Self> {
    chart(initial: .locked) {
      state(.locked) {
        on(.coin, if: .isOpen, do: .count, to: .unlocked)
        ignore(.push)
      }
      state(.unlocked, entry: .release, exit: .bar) {
        on(.push, to: .locked)
        after(.patience, to: .locked)
        refuse(.coin)
      }
    }
  }
}

extension Turnstile {
  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .isOpen: memory.isOpen
    }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .count: memory.coins += 1
    case .release: outbox.emit(.release)
    case .bar: outbox.emit(.bar)
    }
  }

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 10_000_000_000 }
}

final class TurnstileDriver: Driver<Turnstile> {
  private(set) var isReleased = false

  override func perform(_ effect: Turnstile.Effect) {
    switch effect {
    case .release: isReleased = true
    case .bar: isReleased = false
    }
  }
}
