package import BatonCore

/// A client of a QMP socket, from its connection to its end.
///
///     state         leaves by
///     open          hungUp, nonsense, leave
///       greeting      greeted, the patience is over
///       negotiating   accepted, declined, the patience is over
///       ready
///     closed        nothing
///
/// Before `ready` commands are kept; each has a limit of time of its own, from the moment at which
/// it was asked for. A peer that says something which no server of QMP says is left.
package enum ClientChart: Chart {
  /// How far it is.
  package enum State: UInt8, Symbol {
    /// There is a connection.
    case open
    /// The server is to say who it is. QEMU serves one client of a socket; others wait here.
    case greeting
    /// It is to accept that no capability is wanted.
    case negotiating
    /// Commands are sent, and answered.
    case ready
    /// Nothing comes any more.
    case closed
  }

  /// What the server says, or the client's user.
  package enum Event: Message, Hashable {
    /// The server has said who it is.
    case greeted
    /// It accepts.
    case accepted
    /// It does not, in its words.
    case declined(QMPError)
    /// It answers a command.
    case answered
    /// It tells an event. QEMU does so at any time, and in a rare moment before it greets: a client
    /// is connected then, and its monitor has not yet seen that.
    case told
    /// It says what no server says.
    case nonsense(String)
    /// It is gone, or broke a limit, which the text names.
    case hungUp(String?)
    /// The user is done.
    case leave

    /// Events without what they carry.
    package enum Kind: UInt8, Symbol {
      /// As the events.
      case greeted, accepted, declined, answered, told, nonsense, hungUp, leave
    }

    /// The name that transitions know it by.
    package var kind: Kind {
      switch self {
      case .greeted: .greeted
      case .accepted: .accepted
      case .declined: .declined
      case .answered: .answered
      case .told: .told
      case .nonsense: .nonsense
      case .hungUp: .hungUp
      case .leave: .leave
      }
    }
  }

  /// Why nothing comes any more.
  package enum Ending: Hashable, Sendable {
    /// The server has closed the connection, or broke a limit, which the text names.
    case hungUp(String?)
    /// It has not greeted, or not answered the negotiation, in time.
    case silent
    /// It did not accept the negotiation.
    case declined(QMPError)
    /// It said this.
    case nonsense(String)
    /// The user was done.
    case left
  }

  /// No transition has a condition.
  package typealias Guard = NoSymbol

  /// What is kept, and what the driver is asked for.
  package enum Action: UInt8, Symbol {
    /// Remember why nothing comes any more.
    case noteHungUp, noteSilence, noteWords, noteNonsense, noteLeft
    /// Ask for the effect of that name.
    case negotiate, begin, take, end
    /// What came is of no use before the negotiation.
    case noteEarly
  }

  /// What the driver is asked for.
  package enum Effect: Message, Hashable {
    /// Send `qmp_capabilities`.
    case negotiate
    /// Send the commands that were kept.
    case begin
    /// Take what the server said: an answer goes to who asked, an event to who listens.
    case take
    /// Close, and tell whoever waits for an answer.
    case end(Ending)

    /// Effects without what they carry.
    package enum Kind: UInt8, Symbol {
      /// As the effects.
      case negotiate, begin, take, end
    }

    /// The name that drawings know it by.
    package var kind: Kind {
      switch self {
      case .negotiate: .negotiate
      case .begin: .begin
      case .take: .take
      case .end: .end
      }
    }
  }

  /// How long the server may take.
  package enum Delay: UInt8, Symbol {
    /// To greet, and again to accept.
    case patience
  }

  /// What has to be known beside the state.
  package struct Memory: Hashable, Sendable {
    /// How long the server may take to greet, and to accept, in milliseconds.
    package var patienceMillis: UInt64
    /// Why nothing comes any more.
    package var ending = Ending.left

    /// A client that has just connected.
    package init(patienceMillis: UInt64 = 10_000) { self.patienceMillis = patienceMillis }
  }

  /// One event of each kind, for who walks over the chart.
  package static var samples: [Event] {
    [
      .greeted, .accepted, .declined(QMPError("no")), .answered, .told, .nonsense("{}"),
      .hungUp(nil), .leave,
    ]
  }

  /// How drawings, records and `baton explore` name the chart.
  package static let name: StaticString = "Client"
  /// The definition below, checked and flattened once for the process.
  package static let table = Table<Self>.trusted()

  /// The states and transitions; drawn in StateCharts/Client.
  package static var definition: Definition<Self> {
    chart(initial: .open) {
      state(.open, initial: .greeting) {
        on(.nonsense, do: .noteNonsense, to: .closed)
        on(.hungUp, do: .noteHungUp, to: .closed)
        on(.leave, do: .noteLeft, to: .closed)
        on(.told, do: .take)
        state(.greeting) {
          on(.greeted, to: .negotiating)
          after(.patience, do: .noteSilence, to: .closed)
          on(.accepted, .declined, .answered, do: .noteEarly, to: .closed)
        }
        state(.negotiating, entry: .negotiate) {
          on(.accepted, to: .ready)
          on(.declined, do: .noteWords, to: .closed)
          after(.patience, do: .noteSilence, to: .closed)
          on(.greeted, .answered, do: .noteEarly, to: .closed)
        }
        state(.ready, entry: .begin) {
          on(.answered, do: .take)
          on(.greeted, .accepted, .declined, do: .noteEarly, to: .closed)
        }
      }
      state(.closed, entry: .end) {
        ignore(
          .greeted, .accepted, .declined, .answered, .told, .nonsense, .hungUp, .leave)
      }
    }
  }

  /// How long the delay is, in nanoseconds.
  package static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    memory.patienceMillis * 1_000_000
  }

  /// Changes the memory, and asks for an effect; performs nothing.
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .noteHungUp: if case .hungUp(let limit) = event { memory.ending = .hungUp(limit) }
    case .noteSilence: memory.ending = .silent
    case .noteWords: if case .declined(let error) = event { memory.ending = .declined(error) }
    case .noteNonsense: if case .nonsense(let text) = event { memory.ending = .nonsense(text) }
    case .noteEarly: memory.ending = .nonsense("a message out of its turn")
    case .noteLeft: memory.ending = .left
    case .negotiate: outbox.emit(.negotiate)
    case .begin: outbox.emit(.begin)
    case .take: outbox.emit(.take)
    case .end: outbox.emit(.end(memory.ending))
    }
  }
}
