import BatonCore

/// A player whose playback and sound are independent of each other (regions), which comes back from
/// the charger as it was left (deep history), and which switches itself off when nobody wants it.
enum Player: Chart {
  enum State: UInt8, Symbol {
    case off, on, asBefore
    case playback, stopped, playing, paused
    case sound, audible, muted
    case charging
  }
  enum Event: UInt8, Symbol, Message { case power, play, pause, stop, mute, plug, unplug }
  enum Effect: UInt8, Symbol, Message { case startMotor, stopMotor, soundOn, soundOff }
  enum Action: UInt8, Symbol { case spin, halt, open, close, count }
  enum Delay: UInt8, Symbol { case boredom }
  struct Memory: Hashable { var played = 0 }

  static let name: StaticString = "Player"

  static var definition: Definition<Self> {
    chart(initial: .off) {
      state(.off) {
        on(.power, to: .on)
        ignore(.play, .pause, .stop, .mute, .plug, .unplug)
      }
      parallel(.on) {
        deepHistory(.asBefore, to: .playback)
        on(.power, to: .off)
        on(.plug, to: .charging)
        ignore(.unplug)
        state(.playback, initial: .stopped) {
          state(.stopped) {
            on(.play, do: .count, to: .playing)
            after(.boredom, to: .off)
            ignore(.pause, .stop)
          }
          state(.playing, entry: .spin, exit: .halt) {
            on(.pause, to: .paused)
            on(.stop, to: .stopped)
            ignore(.play)
          }
          state(.paused) {
            on(.play, .pause, to: .playing)
            on(.stop, to: .stopped)
          }
        }
        state(.sound, initial: .audible) {
          state(.audible, entry: .open, exit: .close) { on(.mute, to: .muted) }
          state(.muted) { on(.mute, to: .audible) }
        }
      }
      state(.charging) {
        on(.unplug, to: .asBefore)
        postpone(.play, .pause, .stop, .mute)
        ignore(.power, .plug)
      }
    }
  }

  /// What an action computes; a driver performs what it emits.
  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Player>
  ) {
    switch action {
    case .spin: outbox.emit(.startMotor)
    case .halt: outbox.emit(.stopMotor)
    case .open: outbox.emit(.soundOn)
    case .close: outbox.emit(.soundOff)
    case .count: memory.played += 1
    }
  }

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 60_000_000_000 }
}
