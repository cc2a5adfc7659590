public import BatonCore

extension IncomingChart {
  /// What the driver is asked to do.
  public enum Effect: Message, Hashable, Sendable {
    /// Tell the world the new status.
    case report(MigrationStatus)
    /// Answer the command with an error; nothing has changed.
    case reject(Refusal)
    /// Tell the notifiers.
    case notify(MigrationEvent)
    /// Make the socket and listen.
    case bind
    /// Send away a peer that is not allowed, or that left, and listen on.
    case turnAway(Refusal)
    /// Send HELLO.
    case greet
    /// Compare what was offered with what is expected.
    case inspect
    /// Send the answers.
    case answer
    /// Check and keep the state of every device.
    case load
    /// Swap *offered* to *taken*.
    case take
    /// Apply the state to the backends.
    case apply
    /// Swap *taken* to *running*.
    case run
    /// Swap *taken* or *condemned* to *revoked*: nothing ran here.
    case giveBack
    /// Start to serve the backends.
    case activate
    /// Start the guest.
    case startGuest
    /// Tell the source that the guest runs here.
    case sendRunning
    /// Tell the source why not.
    case sendFailed(Refusal)
    /// Drop what was received.
    case discard
    /// Close the channel, the socket, the pidfd and the word.
    case hangUp

    /// The names of the effects.
    public enum Kind: UInt8, Symbol {
      case report, reject, notify, bind, turnAway, greet, inspect, answer, load, take, apply, run
      case giveBack, activate, startGuest, sendRunning, sendFailed, discard, hangUp
    }

    /// The kind of the effect.
    public var kind: Kind {
      switch self {
      case .report: .report
      case .reject: .reject
      case .notify: .notify
      case .bind: .bind
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
      case .sendRunning: .sendRunning
      case .sendFailed: .sendFailed
      case .discard: .discard
      case .hangUp: .hangUp
      }
    }
  }
}
