package import BatonCore

/// One front-end's session, from its connection to its end.
///
///     state         what was agreed on            rings                    leaves by
///     negotiating   nothing yet                   cannot run               features, end
///     serving       the driver's features         run as RingChart says    end
///       quiet       nothing is noted                                       features
///       logging     what is written is noted                               features
///     gone          the connection is closed, the rings are stopped        nothing
///
/// It is responsible for what was agreed on, and for the end of the session: whatever is wrong ends
/// it by name, and nothing of it stays. A migration switches the log on and off by SET_FEATURES
/// while rings run, which stops none of them.
package enum SessionChart: Chart {
  /// What the front-end and the device have agreed on.
  package enum State: UInt8, Symbol {
    /// The driver has accepted nothing yet.
    case negotiating
    /// The driver has accepted features.
    case serving
    /// What the device writes is not noted.
    case quiet
    /// What the device writes is noted, page by page.
    case logging
    /// The session is over.
    case gone
  }

  /// What the front-end says, and what becomes of its connection.
  package enum Event: Message, Hashable {
    /// SET_FEATURES, without the bits that are the protocol's own; whether writes are to be noted.
    case features(UInt64, isLogged: Bool)
    /// It broke the protocol, or the kernel refused something that it needs.
    case fault(VhostFault)
    /// The front-end has closed the connection.
    case closed

    /// Events without what they carry.
    package enum Kind: UInt8, Symbol {
      /// What the driver accepts, and how it ends.
      case features, fault, closed
    }

    /// The name that transitions know it by.
    package var kind: Kind {
      switch self {
      case .features: .features
      case .fault: .fault
      case .closed: .closed
      }
    }
  }

  /// Conditions on SET_FEATURES.
  package enum Guard: UInt8, Symbol {
    /// Writes are to be noted.
    case isLogged
  }

  /// What is kept, and what the driver is asked for.
  package enum Action: UInt8, Symbol {
    /// Keep why it ends.
    case noteFault
    /// Ask the driver for the effect of that name.
    case agree, log, unlog, end
  }

  /// What the driver is asked for.
  package enum Effect: Message, Hashable {
    /// The driver has accepted these features.
    case agree(UInt64)
    /// Note what is written from now on, or not any more.
    case log, unlog
    /// Stop every ring, close the connection, and tell why.
    case end(VhostFault?)

    /// Effects without what they carry.
    package enum Kind: UInt8, Symbol {
      /// As the effects.
      case agree, log, unlog, end
    }

    /// The name that drawings know it by.
    package var kind: Kind {
      switch self {
      case .agree: .agree
      case .log: .log
      case .unlog: .unlog
      case .end: .end
      }
    }
  }

  /// What has to be known beside the state.
  package struct Memory: Hashable, Sendable {
    /// Why the session ended; nil when the front-end left.
    package var fault: VhostFault?

    /// A session that has just begun.
    package init() {}
  }

  /// How drawings, records and `baton explore` name the chart.
  package static let name: StaticString = "Session"
  /// The definition below, checked and flattened once for the process.
  package static let table = Table<Self>.trusted()

  /// The states and transitions; drawn in StateCharts/Session.
  package static var definition: Definition<Self> {
    chart(initial: .negotiating) {
      state(.negotiating) {
        on(.features, if: .isLogged, do: .agree, to: .logging)
        on(.features, do: .agree, to: .quiet)
        ends
      }
      state(.serving, initial: .quiet) {
        ends
        state(.quiet) {
          on(.features, if: .isLogged, do: .agree, to: .logging)
          on(.features, do: .agree)
        }
        state(.logging, entry: .log, exit: .unlog) {
          on(.features, if: .isLogged, do: .agree)
          on(.features, do: .agree, to: .quiet)
        }
      }
      state(.gone, entry: .end) { ignore(.features, .fault, .closed) }
    }
  }

  private static var ends: Node<Self> {
    Node(all: [on(.fault, do: .noteFault, to: .gone), on(.closed, to: .gone)])
  }

  /// Whether a transition with this condition may be taken now.
  package static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .isLogged:
      if case .features(_, let isLogged) = event { isLogged } else { false }
    }
  }

  /// Changes the memory, and asks the driver for an effect; performs nothing.
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .noteFault: if case .fault(let fault) = event { memory.fault = fault }
    case .agree: if case .features(let bits, _) = event { outbox.emit(.agree(bits)) }
    case .log: outbox.emit(.log)
    case .unlog: outbox.emit(.unlog)
    case .end: outbox.emit(.end(memory.fault))
    }
  }
}
