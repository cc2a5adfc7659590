import BatonCore

// A kettle: its effects begin and end what a task of the host does.
enum Kettle: Chart {
  enum State: UInt8, Symbol { case off, heating, hot }
  enum Event: UInt8, Symbol, Message { case start, stop, boiled }
  typealias Guard = NoSymbol
  enum Action: UInt8, Symbol { case heat, rest }
  enum Effect: UInt8, Symbol, Message { case heat, rest }
  enum Delay: UInt8, Symbol { case patience }
  struct Memory: Hashable, Sendable {}

  static let name: StaticString = "Kettle"

  static var definition: Definition<Kettle> {
    chart(initial: .off) {
      state(.off) {
        on(.start, to: .heating)
        ignore(.stop, .boiled)
      }
      state(.heating, entry: .heat, exit: .rest) {
        on(.boiled, to: .hot)
        on(.stop, to: .off)
        after(.patience, to: .off)
        ignore(.start)
      }
      state(.hot) {
        on(.stop, to: .off)
        ignore(.start, .boiled)
      }
    }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Kettle>
  ) {
    switch action {
    case .heat: outbox.emit(.heat)
    case .rest: outbox.emit(.rest)
    }
  }

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 60_000_000_000 }
}
