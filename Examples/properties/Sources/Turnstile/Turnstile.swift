// The chart under test: a turnstile that takes up to three coins ahead and locks itself when nobody
// comes through.

public import BatonCore

public enum Turnstile: Chart {
  public enum State: UInt8, Symbol { case locked, open, blocked }
  public enum Event: UInt8, Symbol, Message { case coin, push, alarm, reset }
  public enum Effect: UInt8, Symbol, Message { case unlock, lock, giveBack }
  public enum Guard: UInt8, Symbol { case isFull, isLast }
  public enum Action: UInt8, Symbol { case take, pass, shut, refund, release }
  public enum Delay: UInt8, Symbol { case patience }

  public struct Memory: Hashable, Sendable {
    /// Passages that are paid for.
    public var coins = 0
    public init() {}
  }

  public static let coinsMax = 3
  public static let name: StaticString = "Turnstile"

  public static var definition: Definition<Self> {
    chart(initial: .locked) {
      state(.locked) {
        on(.coin, do: .take, .release, to: .open)
        on(.alarm, to: .blocked)
        ignore(.push, .reset)
      }
      state(.open) {
        on(.coin, if: .isFull, do: .refund)
        on(.coin, do: .take)
        on(.push, if: .isLast, do: .pass, .shut, to: .locked)
        on(.push, do: .pass)
        after(.patience, do: .shut, to: .locked)
        on(.alarm, do: .shut, to: .blocked)
        ignore(.reset)
      }
      state(.blocked) {
        on(.reset, to: .locked)
        on(.coin, do: .refund)
        ignore(.push, .alarm)
      }
    }
  }

  public static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .isFull: memory.coins >= coinsMax
    case .isLast: memory.coins == 1
    }
  }

  public static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Turnstile>
  ) {
    switch action {
    case .take: memory.coins += 1
    case .pass: memory.coins -= 1
    case .shut:
      memory.coins = 0
      outbox.emit(.lock)
    case .refund: outbox.emit(.giveBack)
    case .release: outbox.emit(.unlock)
    }
  }

  public static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 30_000_000_000 }
}
