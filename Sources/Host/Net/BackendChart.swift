package import BatonCore

/// The life of a process with vhost-user ports, from its beginning to its end.
///
///     state         ports are    control socket     leaves by
///     starting      nowhere      –                  begin, takeOver
///     asking        elsewhere    the other one's    receiving, refused, hungUp, patience is over
///     receiving     elsewhere    the other one's    tookOver, refused
///     serving       here                            gaveAway, quit
///       opening                  ours soon          opened, unopened
///       silent                   the other one's    otherEnded
///       controlled               ours
///         settled                                   reload
///         succeeded                                 successorEnded
///     ended         gone         gone               nothing
///
/// A process that takes over asks the one before at its control socket, and has that socket itself
/// when the other one has ended. SIGHUP starts a successor in the same way: a program's own reload.
package enum BackendChart: Chart {
  /// How far it is.
  package enum State: UInt8, Symbol {
    /// Before the beginning.
    case starting
    /// Another process was asked to hand everything over.
    case asking
    /// It does.
    case receiving
    /// The ports are served here.
    case serving
    /// It begins afresh, and has its control socket or does not begin.
    case opening
    /// The control socket is still the other process's.
    case silent
    /// The control socket is ours.
    case controlled
    /// Nobody is to succeed.
    case settled
    /// A successor was started and asks for everything.
    case succeeded
    /// The process ends.
    case ended
  }

  /// What happens to the process.
  package enum Event: Message, Hashable {
    /// It begins afresh.
    case begin
    /// It is to take over from another process.
    case takeOver
    /// The other process's offer fits.
    case receiving
    /// Everything is here, and served.
    case tookOver
    /// Nothing comes, for this reason.
    case refused(Refusal)
    /// The other process does not want, in its own words.
    case declined(String)
    /// The connection to the other process's control socket is over: it is about to end, or was no
    /// backend; in words.
    case hungUp(String)
    /// The other process has ended, and nothing is its any more.
    case otherEnded
    /// Everything is another process's.
    case gaveAway
    /// The control socket is ours, or none was asked for.
    case opened
    /// There is no control socket, for this reason.
    case unopened(SystemError)
    /// A successor is to be started (SIGHUP).
    case reload
    /// It could not be started.
    case unstarted(SystemError)
    /// The successor has ended without taking over, with this exit status; nil for none.
    case successorEnded(ExitStatus?)
    /// SIGTERM, SIGINT, or the command.
    case quit

    /// Events without what they carry.
    package enum Kind: UInt8, Symbol {
      /// As the events.
      case begin, takeOver, receiving, tookOver, refused, declined, hungUp, otherEnded, gaveAway
      case opened, unopened, reload, unstarted, successorEnded, quit
    }

    /// The name that transitions know it by.
    package var kind: Kind {
      switch self {
      case .begin: .begin
      case .takeOver: .takeOver
      case .receiving: .receiving
      case .tookOver: .tookOver
      case .refused: .refused
      case .declined: .declined
      case .hungUp: .hungUp
      case .otherEnded: .otherEnded
      case .gaveAway: .gaveAway
      case .opened: .opened
      case .unopened: .unopened
      case .reload: .reload
      case .unstarted: .unstarted
      case .successorEnded: .successorEnded
      case .quit: .quit
      }
    }
  }

  /// Conditions on the end of a takeover, and on the beginning of another one.
  package enum Guard: UInt8, Symbol {
    /// The other process has ended before it was known that everything is here.
    case isOtherGone
    /// There is a program to start, and a control socket at which it can ask.
    case hasSuccessor
  }

  /// What is kept, and what the process is asked for.
  package enum Action: UInt8, Symbol {
    /// Keep why nothing came, or that the other process is gone.
    case noteRefusal, noteWords, noteSilence, noteEnd, noteLate, noteUnopened, noteOtherGone
    /// Ask for the effect of that name.
    case ask, tellReady, openControl, tellUncontrolled, succeed, tellUnfit, tellUnstarted
    case tellSuccessor, end
  }

  /// What the process is asked for.
  package enum Effect: Message, Hashable {
    /// Ask the other process to hand over.
    case ask
    /// Say on standard output, and to the service manager, that ports are served.
    case tellReady
    /// Listen for commands.
    case openControl
    /// Say that there are no commands, and why.
    case tellUncontrolled(SystemError)
    /// Start a successor with our own arguments.
    case succeed
    /// Say that there can be no successor now.
    case tellUnfit
    /// Say why no successor was started.
    case tellUnstarted(SystemError)
    /// Say how the successor ended.
    case tellSuccessor(ExitStatus?)
    /// Leave the loop; with the reason, when something went wrong.
    case end(Failure?)

    /// Effects without what they carry.
    package enum Kind: UInt8, Symbol {
      /// As the effects.
      case ask, tellReady, openControl, tellUncontrolled, succeed, tellUnfit, tellUnstarted
      case tellSuccessor, end
    }

    /// The name that drawings know it by.
    package var kind: Kind {
      switch self {
      case .ask: .ask
      case .tellReady: .tellReady
      case .openControl: .openControl
      case .tellUncontrolled: .tellUncontrolled
      case .succeed: .succeed
      case .tellUnfit: .tellUnfit
      case .tellUnstarted: .tellUnstarted
      case .tellSuccessor: .tellSuccessor
      case .end: .end
      }
    }
  }

  /// How long the other process may take.
  package enum Delay: UInt8, Symbol {
    /// To greet, to accept, and to offer what it has.
    case patience
  }

  /// How long the delay is, in nanoseconds.
  package static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    memory.patienceMillis * 1_000_000
  }

  /// Why nothing was taken over, or begun.
  package enum Failure: Hashable, Sendable {
    /// What did not fit, or went wrong on the way.
    case refused(Refusal)
    /// What the other process said at its control socket.
    case declined(String)
    /// It has said nothing, in these words.
    case silent(String)
    /// It has accepted, and no migration came within so many milliseconds.
    case late(UInt64)
  }

  /// What has to be known beside the state.
  package struct Memory: Hashable, Sendable {
    /// Why nothing was taken over, or begun.
    package var failure: Failure?
    /// Whether a successor could be started.
    package var hasSuccessor: Bool
    /// Whether the process before has ended already.
    package var isOtherGone = false
    /// How long its offer may take, in milliseconds.
    package var patienceMillis: UInt64

    /// A process that has just begun.
    package init(hasSuccessor: Bool = false, patienceMillis: UInt64 = 10_000) {
      self.hasSuccessor = hasSuccessor
      self.patienceMillis = patienceMillis
    }
  }

  /// How drawings, records and `baton explore` name the chart.
  package static let name: StaticString = "Backend"
  /// The definition below, checked and flattened once for the process.
  package static let table = Table<Self>.trusted()
}
