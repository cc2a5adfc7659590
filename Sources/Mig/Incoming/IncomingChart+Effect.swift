public import BatonCore

extension IncomingChart {
  /// What the driver is asked to do, in the order in which it is asked; what comes of it comes back
  /// as an event.
  public enum Effect: Message, Hashable, Sendable {
    /// Tell the watcher the new status.
    case report(MigrationStatus)
    /// Answer the command with an error; nothing has changed.
    case reject(Refusal)
    /// Tell those who registered; where the event may be vetoed, `prepared` or `vetoed` comes back.
    case notify(MigrationEvent)
    /// Make the socket and listen.
    case bind
    /// Look from now on who has connected.
    case accept
    /// Give who has connected a place until it says HELLO, for a short time.
    case admit
    /// Send away who has connected and is not allowed, and listen on.
    case turnAway(Refusal)
    /// Send HELLO, which repeats the source's handover id.
    case greet
    /// Compare what was offered with what is expected.
    case inspect
    /// Send ANSWERS: how each device gets its backend.
    case answer
    /// Check and keep the state of every device.
    case load
    /// Swap *offered* to *taken*; `owner` comes back with what the word says then.
    case take
    /// Apply the state to the backends.
    case apply
    /// Swap *taken* to *running*; `owner` comes back.
    case run
    /// Swap *taken* or *condemned* to *revoked*: nothing ran here.
    case giveBack
    /// Start to serve the backends.
    case activate
    /// Start the guest, which ran at the source.
    case startGuest
    /// Stop the guest for its user, who said so at the source while it came here.
    case pauseGuest
    /// Send RUNNING with the times of the steps.
    case sendRunning
    /// Send FAILED: why the guest is not taken.
    case sendFailed(Refusal)
    /// Drop what was received: memory, devices' state, descriptors.
    case discard
    /// Close the channel, the socket, the pidfd and the word.
    case hangUp

    /// Effects without what they carry.
    public enum Kind: UInt8, Symbol {
      /// What is told, and the way from the socket to the guest that may run.
      case report, reject, notify, bind, accept, admit, turnAway, greet, inspect, answer, load
      /// The guest is ours: what its devices need is set, and it runs.
      case take, apply, run
      /// What follows the take: the guest starts here, or goes back and what came is dropped.
      case giveBack, activate, startGuest, pauseGuest, sendRunning, sendFailed, discard, hangUp
    }

    public var kind: Kind {
      switch self {
      case .report: .report
      case .reject: .reject
      case .notify: .notify
      case .bind: .bind
      case .accept: .accept
      case .admit: .admit
      case .turnAway: .turnAway
      case .greet: .greet
      case .inspect: .inspect
      case .answer: .answer
      case .load: .load
      case .take: .take
      case .apply: .apply
      case .run: .run
      case .giveBack: .giveBack
      case .activate: .activate
      case .startGuest: .startGuest
      case .pauseGuest: .pauseGuest
      case .sendRunning: .sendRunning
      case .sendFailed: .sendFailed
      case .discard: .discard
      case .hangUp: .hangUp
      }
    }
  }
}
