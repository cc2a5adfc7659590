package import BatonCore

/// Which of two front-ends has the TAP: the one whose rings run, and never both.
///
///     state     frames go to   leaves by
///     free      nobody, and wait in the TAP         want
///     held      its holder                          letGo of the holder
///     awaited   its holder; the other one waits     letGo of either
///
/// A QEMU that takes a guest over starts its rings when the other one's have stopped, but the two
/// connections are read in any order: who asks too early waits, and is given the TAP when it is let
/// go. A holder that asks again changes nothing.
package enum CustodyChart: Chart {
  /// Who has it, and whether somebody waits.
  package enum State: UInt8, Symbol {
    /// No ring runs.
    case free
    /// One of the two has it.
    case held
    /// One has it, and the other one waits for it.
    case awaited
  }

  /// What the sessions of the two places say.
  package enum Event: Message, Hashable {
    /// A ring of the session in this place, 0 or 1, has started.
    case want(UInt8)
    /// No ring of it runs any more, or it is gone.
    case letGo(UInt8)

    /// Events without what they carry.
    package enum Kind: UInt8, Symbol {
      /// As the events.
      case want, letGo
    }

    /// The name that transitions know it by.
    package var kind: Kind {
      switch self {
      case .want: .want
      case .letGo: .letGo
      }
    }
  }

  /// Whose word it is.
  package enum Guard: UInt8, Symbol {
    /// The event is of the holder's.
    case isHolder
  }

  /// What is kept, and what the port is asked for.
  package enum Action: UInt8, Symbol {
    /// Whoever asks is the holder, or the one that waits, or the other one is the holder now.
    case noteHolder, noteOther
    /// Ask the port for the effect of that name.
    case give, take
  }

  /// What the port is asked for.
  package enum Effect: Message, Hashable {
    /// The session in this place serves its rings from now on.
    case give(UInt8)
    /// It does not any more.
    case take(UInt8)

    /// Effects without what they carry.
    package enum Kind: UInt8, Symbol {
      /// As the effects.
      case give, take
    }

    /// The name that drawings know it by.
    package var kind: Kind {
      switch self {
      case .give: .give
      case .take: .take
      }
    }
  }

  /// What has to be known beside the state.
  package struct Memory: Hashable, Sendable {
    /// The place of who has it, or had it last.
    package var holder: UInt8 = 0

    /// Nobody has it.
    package init() {}
  }

  /// How drawings, records and `baton explore` name the chart.
  package static let name: StaticString = "Custody"
  /// The definition below, checked and flattened once for the process.
  package static let table = Table<Self>.trusted()

  /// The states and transitions; drawn in StateCharts/Custody.
  package static var definition: Definition<Self> {
    chart(initial: .free) {
      state(.free) {
        on(.want, do: .noteHolder, .give, to: .held)
        ignore(.letGo)
      }
      state(.held) {
        on(.want, if: .isHolder)
        on(.want, to: .awaited)
        on(.letGo, if: .isHolder, do: .take, to: .free)
        on(.letGo)
      }
      state(.awaited) {
        ignore(.want)
        on(.letGo, if: .isHolder, do: .take, .noteOther, .give, to: .held)
        on(.letGo, to: .held)
      }
    }
  }

  /// Whether a transition with this condition may be taken now.
  package static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch (`guard`, event) {
    case (.isHolder, .want(let place)), (.isHolder, .letGo(let place)): place == memory.holder
    case (.isHolder, nil): false
    }
  }

  /// Changes the memory, and asks the port for an effect; performs nothing.
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .noteHolder: if case .want(let place) = event { memory.holder = place }
    case .noteOther: memory.holder = 1 - memory.holder
    case .give: outbox.emit(.give(memory.holder))
    case .take: outbox.emit(.take(memory.holder))
    }
  }
}
