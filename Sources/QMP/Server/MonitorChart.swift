package import BatonCore

/// One client of a QMP socket, from its connection to its end.
///
///     state         leaves by
///     negotiating   negotiate, closed
///     commanding    closed
///       idle        command
///       carrying    answered
///     closed        nothing
///
/// Commands are carried out one at a time, in their order, and each is answered before the next is
/// looked at: the connection keeps what comes meanwhile. What happens on the way is told at once,
/// and so before the answer of the command that caused it. Before `qmp_capabilities` a client hears
/// of nothing.
package enum MonitorChart: Chart {
  /// How far the client is.
  package enum State: UInt8, Symbol {
    /// It was greeted, and is to say which capabilities it wants.
    case negotiating
    /// It has, and may command.
    case commanding
    /// No command is being carried out.
    case idle
    /// One is.
    case carrying
    /// It is gone, or was dropped.
    case closed
  }

  /// What the client says, and what becomes of it.
  package enum Event: Message, Hashable {
    /// `qmp_capabilities` that asks for nothing which is not offered.
    case negotiate(Request)
    /// `qmp_capabilities` that cannot be done, for this reason.
    case misnegotiate(Misread)
    /// Any other command.
    case command(Request)
    /// Something that is no command.
    case misread(Misread)
    /// The command is done.
    case answered(Answer)
    /// Something happened in the process, in the words that go on the wire.
    case news(String)
    /// The client is gone, or was dropped.
    case closed

    /// Events without what they carry.
    package enum Kind: UInt8, Symbol {
      /// As the events.
      case negotiate, misnegotiate, command, misread, answered, news, closed
    }

    /// The name that transitions know it by.
    package var kind: Kind {
      switch self {
      case .negotiate: .negotiate
      case .misnegotiate: .misnegotiate
      case .command: .command
      case .misread: .misread
      case .answered: .answered
      case .news: .news
      case .closed: .closed
      }
    }
  }

  /// No transition has a condition.
  package typealias Guard = NoSymbol

  /// What the driver is asked for.
  package enum Action: UInt8, Symbol {
    /// Greet, or carry the command out.
    case greet, carryOut
    /// Answer what the event brings, that nothing is wrong, or what is.
    case answer, accept, complain
    /// Answer that capabilities come first, or that they were negotiated already.
    case expectNegotiation, tellNegotiated
    /// Send the news.
    case tell
  }

  /// What the driver is asked for.
  package enum Effect: Message, Hashable {
    /// Say who is here.
    case greet
    /// Carry the command out; its answer comes back as an event.
    case carryOut(Request)
    /// Send an answer.
    case answer(Answer)
    /// Send news.
    case tell(String)

    /// Effects without what they carry.
    package enum Kind: UInt8, Symbol {
      /// As the effects.
      case greet, carryOut, answer, tell
    }

    /// The name that drawings know it by.
    package var kind: Kind {
      switch self {
      case .greet: .greet
      case .carryOut: .carryOut
      case .answer: .answer
      case .tell: .tell
      }
    }
  }

  /// Nothing has to be known beside the state.
  package struct Memory: Hashable, Sendable {
    /// A client that has just connected.
    package init() {}
  }

  /// One event of each kind, for who walks over the chart.
  package static var samples: [Event] {
    [
      .negotiate(Request("qmp_capabilities")), .misnegotiate(Misread("no", nil)),
      .command(Request("stop")), .misread(Misread("no", nil)),
      .answered(Answer(.success([:]), id: nil)), .news("{}"), .closed,
    ]
  }

  /// How drawings, records and `baton explore` name the chart.
  package static let name: StaticString = "Monitor"
  /// The definition below, checked and flattened once for the process.
  package static let table = Table<Self>.trusted()

  /// The states and transitions; drawn in StateCharts/Monitor.
  package static var definition: Definition<Self> {
    chart(initial: .negotiating) {
      state(.negotiating, entry: .greet) {
        on(.negotiate, do: .accept, to: .commanding)
        on(.misnegotiate, .misread, do: .complain)
        on(.command, do: .expectNegotiation)
        on(.closed, to: .closed)
        ignore(.news)
        refuse(.answered)
      }
      state(.commanding, initial: .idle) {
        on(.news, do: .tell)
        on(.closed, to: .closed)
        state(.idle) {
          on(.command, do: .carryOut, to: .carrying)
          on(.negotiate, .misnegotiate, do: .tellNegotiated)
          on(.misread, do: .complain)
          refuse(.answered)
        }
        state(.carrying) {
          on(.answered, do: .answer, to: .idle)
          // The connection keeps them until the answer is sent.
          refuse(.negotiate, .misnegotiate, .command, .misread)
        }
      }
      state(.closed) {
        ignore(.negotiate, .misnegotiate, .command, .misread, .answered, .news, .closed)
      }
    }
  }

  private static let expected = QMPError(
    "Expecting capabilities negotiation with 'qmp_capabilities'", .commandNotFound)
  private static let negotiated = QMPError(
    "Capabilities negotiation is already complete, command ignored", .commandNotFound)

  /// Asks the driver for an effect; performs nothing.
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch (action, event) {
    case (.greet, _): outbox.emit(.greet)
    case (.carryOut, .command(let request)): outbox.emit(.carryOut(request))
    case (.answer, .answered(let answer)): outbox.emit(.answer(answer))
    case (.tell, .news(let text)): outbox.emit(.tell(text))
    case (.accept, .negotiate(let request)):
      outbox.emit(.answer(Answer(.success([:]), id: request.id)))
    case (.complain, .misread(let fault)), (.complain, .misnegotiate(let fault)):
      outbox.emit(.answer(Answer(.failure(fault.error), id: fault.id)))
    case (.expectNegotiation, .command(let request)):
      outbox.emit(.answer(Answer(.failure(expected), id: request.id)))
    case (.tellNegotiated, .negotiate(let request)):
      outbox.emit(.answer(Answer(.failure(negotiated), id: request.id)))
    case (.tellNegotiated, .misnegotiate(let fault)):
      outbox.emit(.answer(Answer(.failure(negotiated), id: fault.id)))
    case (.carryOut, _), (.answer, _), (.tell, _), (.accept, _), (.complain, _),
      (.expectNegotiation, _), (.tellNegotiated, _):
      break  // The definition runs none of them on another event.
    }
  }
}
