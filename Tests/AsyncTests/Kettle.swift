import BatonCore

/// A kettle: it heats until a task says that it is hot, or a delay that it takes too long.
enum Kettle: Chart {
  enum State: UInt8, Symbol { case off, heating, hot, spinning, held }
  enum Event: UInt8, Symbol, Message { case start, stop, boiled, loop, spin, hold }
  enum Guard: UInt8, Symbol { case never }
  enum Action: UInt8, Symbol { case heat, rest, count, emitALot }
  enum Effect: Message, Hashable {
    case heat(Int)
    case rest
    enum Kind: UInt8, Symbol { case heat, rest }
    var kind: Kind {
      switch self {
      case .heat: .heat
      case .rest: .rest
      }
    }
  }
  enum Delay: UInt8, Symbol { case patience, none }
  struct Memory: Hashable, Sendable {
    var starts = 0
    var failures = 0
  }

  static let name: StaticString = "Kettle"
  static let table = Table<Kettle>.trusted()

  static var definition: Definition<Kettle> {
    chart(initial: .off) {
      state(.off) {
        on(.start, to: .heating)
        on(.loop, do: .emitALot)
        on(.spin, to: .spinning)
        on(.hold, to: .held)
      }
      state(.heating, entry: .heat, exit: .rest) {
        on(.boiled, to: .hot)
        on(.stop, to: .off)
        after(.patience, do: .count, to: .off)
      }
      state(.hot) { on(.stop, to: .off) }
      state(.spinning) {
        after(.none, do: .count, to: .spinning)
        on(.stop, to: .off)
      }
      state(.held) {
        after(.none, if: .never, to: .hot)
        on(.stop, to: .off)
      }
    }
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool { false }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Kettle>
  ) {
    switch action {
    case .heat:
      memory.starts += 1
      outbox.emit(.heat(memory.starts))
    case .rest: outbox.emit(.rest)
    case .count: memory.failures += 1
    case .emitALot: for _ in 0..<10_000 { outbox.emit(.rest) }
    }
  }

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    delay == .none ? 0 : 5_000_000_000
  }
}
