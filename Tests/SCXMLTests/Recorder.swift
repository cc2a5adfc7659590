import BatonCore

/// A chart with everything that the project's own ones do without.
enum Recorder: Chart {
  enum State: UInt8, Symbol {
    case off, on, tape, stopped, playing, ended, lastTape, display, bright, dark, lastDisplay
  }
  enum Event: UInt8, Symbol, Message { case start, wake, play, end, stop, touch }
  enum Guard: UInt8, Symbol { case isWarm }
  enum Action: UInt8, Symbol { case power, rewind, greet, light }
  enum Delay: UInt8, Symbol { case patience }
  struct Memory: Hashable, Sendable {}

  static let name: StaticString = "Recorder"
  static var definition: Definition<Self> {
    chart(initial: .off) {
      state(.off) {
        on(.start, to: .on)
        on(.wake, if: .isWarm, do: .greet, to: [.lastTape, .lastDisplay])
        on(.wake, to: [.playing, .dark])
        postpone(.play)
        ignore(.touch)
      }
      parallel(.on, entry: .power) {
        on(.stop, to: .off)
        state(.tape, initial: .stopped) {
          done(to: .off)
          state(.stopped) { on(.play, to: .playing) }
          state(.playing) { on(.end, to: .ended) }
          final(.ended)
          history(.lastTape, do: .rewind, to: .stopped)
        }
        state(.display) {
          initially(do: .light, to: .bright)
          onAny(unless: .isWarm, to: .bright, internal: true)
          state(.bright) { after(.patience, to: .dark) }
          state(.dark) { on(.touch, to: .bright) }
          deepHistory(.lastDisplay, to: .bright)
        }
      }
    }
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool { true }
  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {}
  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 1_000_000_000 }
}
