package import BatonCore

/// A port's side towards a VMM that listens: who calls, and when again.
///
///     state       leaves by
///     resting     begin, carried
///     calling     answered, refused
///     waiting     the pause is over, rest
///     connected   ended, rest
///
/// A VMM that is not there yet, or not any more, is called again: 100 ms later at first, each time
/// twice as long, 5 s at most. Sessions that come from another process count as answered.
package enum CallerChart: Chart {
  /// Whether there is a session.
  package enum State: UInt8, Symbol {
    /// The port is served in another process, or by none.
    case resting
    /// The VMM is called at this moment.
    case calling
    /// It was not to be had.
    case waiting
    /// There is a session.
    case connected
  }

  /// What the port says, and what became of a call.
  package enum Event: Message, Hashable {
    /// The port is served here.
    case begin
    /// It is served here no more.
    case rest
    /// A session has come from another process.
    case carried
    /// The VMM has taken the call.
    case answered
    /// It has not, for this reason.
    case refused(Refusal)
    /// The session is over.
    case ended

    /// Events without what they carry.
    package enum Kind: UInt8, Symbol {
      /// As the events.
      case begin, rest, carried, answered, refused, ended
    }

    /// The name that transitions know it by.
    package var kind: Kind {
      switch self {
      case .begin: .begin
      case .rest: .rest
      case .carried: .carried
      case .answered: .answered
      case .refused: .refused
      case .ended: .ended
      }
    }
  }

  /// No transition has a condition.
  package typealias Guard = NoSymbol

  /// What is kept, and what the port is asked for.
  package enum Action: UInt8, Symbol {
    /// One more pause, or none any more.
    case count, forget
    /// Ask for the effect of that name.
    case call, tell
  }

  /// What the port is asked for.
  package enum Effect: Message, Hashable {
    /// Connect to the path; the outcome comes back as an event.
    case call
    /// Say why the VMM was not reached, and after how many nanoseconds it is called again.
    case tell(Refusal, again: UInt64)

    /// Effects without what they carry.
    package enum Kind: UInt8, Symbol {
      /// As the effects.
      case call, tell
    }

    /// The name that drawings know it by.
    package var kind: Kind {
      switch self {
      case .call: .call
      case .tell: .tell
      }
    }
  }

  /// How long nobody is called.
  package enum Delay: UInt8, Symbol {
    /// From 100 ms on, twice as long each time, 5 s at most.
    case pause
  }

  /// What has to be known beside the state.
  package struct Memory: Hashable, Sendable {
    /// Pauses since the port was served here, or a VMM had answered.
    package var tries: UInt8 = 0
    /// The last reason that was told of; nil after an answer.
    package var told: Refusal?

    /// Nobody was called yet.
    package init() {}
  }

  private static let pauseMinNanos: UInt64 = 100_000_000
  private static let pauseMaxNanos: UInt64 = 5_000_000_000

  /// How drawings, records and `baton explore` name the chart.
  package static let name: StaticString = "Caller"
  /// The definition below, checked and flattened once for the process.
  package static let table = Table<Self>.trusted()

  /// The states and transitions; drawn in StateCharts/Caller.
  package static var definition: Definition<Self> {
    chart(initial: .resting) {
      state(.resting) {
        on(.begin, do: .forget, to: .calling)
        on(.carried, do: .forget, to: .connected)
        ignore(.rest, .ended)
        refuse(.answered, .refused)
      }
      state(.calling, entry: .call) {
        on(.answered, do: .forget, to: .connected)
        on(.refused, do: .count, .tell, to: .waiting)
        // Both wait until the call's outcome is here.
        on(.rest, to: .resting)
        ignore(.begin)
        refuse(.carried, .ended)
      }
      state(.waiting) {
        after(.pause, to: .calling)
        on(.rest, to: .resting)
        ignore(.begin)
        refuse(.carried, .answered, .refused, .ended)
      }
      state(.connected) {
        on(.ended, do: .count, to: .waiting)
        on(.rest, to: .resting)
        ignore(.begin)
        refuse(.carried, .answered, .refused)
      }
    }
  }

  /// How long the delay is, in nanoseconds.
  package static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    // The first pause is the shortest one, whatever it is for.
    min(pauseMaxNanos, pauseMinNanos << UInt64(max(memory.tries, 1) - 1))
  }

  /// Changes the memory, and asks for an effect; performs nothing.
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .count: memory.tries = min(memory.tries + 1, 7)
    case .forget: memory = Memory()
    case .call: outbox.emit(.call)
    case .tell:
      guard case .refused(let refusal) = event, memory.told != refusal else { return }
      memory.told = refusal
      outbox.emit(.tell(refusal, again: nanoseconds(.pause, memory)))
    }
  }
}
