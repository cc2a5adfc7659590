import BatonCore

/// A console of two regions, one of which remembers where it was.
enum Console: Chart {
  enum State: UInt8, Symbol { case off, on, sound, mute, loud, lastSound, picture, dark, bright }
  enum Event: UInt8, Symbol, Message { case back, up, off }
  struct Memory: Hashable {}

  static let name: StaticString = "Console"
  static var definition: Definition<Self> {
    chart(initial: .off) {
      state(.off) {
        on(.back, to: .lastSound)
        ignore(.up, .off)
      }
      parallel(.on) {
        on(.off, to: .off)
        ignore(.back)
        state(.sound, initial: .mute) {
          history(.lastSound, to: .mute)
          state(.mute) { on(.up, to: .loud) }
          state(.loud)
        }
        state(.picture, initial: .dark) {
          state(.dark) { on(.up, to: .bright) }
          state(.bright)
        }
      }
    }
  }

  /// The trace of a machine that was sent these events.
  static func trace(_ events: [Event]) throws -> String {
    let table = try Table(Console.self)
    let trace = Trace()
    let number = trace.register(Legend(table))
    var machine = Machine(table, memory: .init(), number: number, observer: trace)
    var outbox = Outbox<Console>()
    try machine.start(at: 0, into: &outbox)
    for event in events {
      outbox.reset()
      try machine.send(event, at: 0, into: &outbox)
    }
    return trace.jsonLines
  }
}
