import BatonCore

/// A lamp on a timer, which nobody has said how to test: it is walked as its drawing is.
enum Lamp: Chart {
  enum State: UInt8, Symbol { case dark, lit }
  enum Event: UInt8, Symbol, Message { case press }
  enum Delay: UInt8, Symbol { case patience }
  struct Memory: Hashable {}

  static let name: StaticString = "Lamp"
  static var definition: Definition<Self> {
    chart(initial: .dark) {
      state(.dark) { on(.press, to: .lit) }
      state(.lit) {
        on(.press, to: .dark)
        after(.patience, to: .dark)
      }
    }
  }

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 60_000_000_000 }
}
