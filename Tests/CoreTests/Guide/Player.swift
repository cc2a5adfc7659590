import BatonCore

// The examples of docs/CHARTS.md, "The words of a chart in Swift".

enum Player: Chart {
  enum State: UInt8, Symbol {
    case off, on, tape, stopped, playing, worn, lastTape, light, dark, bright, burnt, lastLight
  }
  enum Event: UInt8, Symbol, Message { case start, wake, play, stop, touch, kick }
  enum Guard: UInt8, Symbol { case isWarm, isLoud, isLate }
  enum Action: UInt8, Symbol { case power, rewind, greet, dim }
  enum Delay: UInt8, Symbol { case patience }
  struct Memory: Hashable {
    var isWarm = true
    var isLoud = false
  }

  static let name: StaticString = "Player"
  static var definition: Definition<Self> {
    chart(initial: .off) {
      state(.off) {
        on(.start, to: .on)
        on(.wake, if: .isWarm, do: .greet, to: [.lastTape, .lastLight])
        on(.wake, unless: .isWarm, to: .on)
        postpone(.play)
        ignore(.touch, .stop)
        refuse(.kick)
      }
      parallel(.on, entry: .power, exit: .rewind) {
        on(.stop, to: .off)
        done(to: .off)
        state(.tape, initial: .stopped) {
          state(.stopped) { on(.play, if: .isWarm && !(.isLoud || .isLate), to: .playing) }
          state(.playing) {
            on(.play, do: .greet)
            after(.patience, to: .worn)
          }
          final(.worn)
          history(.lastTape, to: .stopped)
        }
        state(.light) {
          initially(do: .dim, to: .dark)
          onAny(unless: .isWarm, to: .dark, internal: true)
          state(.dark) {
            always(if: .isLoud, to: .bright)
            on(.touch, to: .bright)
          }
          state(.bright) { on(.kick, to: .burnt) }
          final(.burnt)
          deepHistory(.lastLight, to: .dark)
        }
      }
    }
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .isWarm: memory.isWarm
    case .isLoud: memory.isLoud
    case .isLate: false
    }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {}

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 60_000_000_000 }
}
