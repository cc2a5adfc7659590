public import BatonCore

extension OutgoingChart {
  /// What the source reacts to: commands of its user, outcomes of its own effects, and what it
  /// hears from or of the target.
  public enum Event: Message, Hashable {
    /// The user wants the guest moved.
    case migrate(Order)
    /// The user wants it to stay here.
    case cancel
    /// The user lets a paused migration go on (`migrate-continue`).
    case proceed
    /// The user wants the guest to stand still, while it is stopped for the switch.
    case stop
    /// The user wants the guest to run, while it is stopped for the switch.
    case cont
    /// Of those who registered nobody vetoed.
    case prepared
    /// One of those who registered does not want it to begin.
    case vetoed(Refusal)
    /// The socket is connected to a process of this user; nothing was sent yet.
    case connected(userID: UInt32)
    /// There is no channel to the target.
    case unreachable(Refusal)
    /// The target said who it is.
    case greeted(Greeting)
    /// The target accepts every device and region.
    case accepted
    /// The target refuses, or could not load.
    case refused(Refusal)
    /// Nothing is left to be copied while the guest runs; whether it runs or its user paused it.
    case converged(isGuestRunning: Bool)
    /// No device touches its backend any more.
    case quiesced
    /// A device could not be quiesced or saved.
    case deviceFailed(Refusal)
    /// The whole state went out.
    case sent
    /// What the ownership word says after a swap was tried.
    case owner(Ownership?)
    /// The target says that it runs the guest.
    case running
    /// The channel is at its end; everything in it has been read.
    case channelClosed
    /// The target sent something that is no record.
    case channelBroken(Refusal)
    /// The target's pidfd is readable.
    case targetDied

    /// Events without what they carry, as transitions name them.
    public enum Kind: UInt8, Symbol {
      /// Orders of the user, and what comes until both sides have greeted each other.
      case migrate, cancel, proceed, stop, cont, prepared, vetoed, connected, unreachable, greeted
      /// From the answer to the offer to the word that the guest runs at the target.
      case accepted, refused, converged, quiesced, deviceFailed, sent, owner, running
      /// What is heard of a target that leaves, well or not.
      case channelClosed, channelBroken, targetDied
    }

    /// The name that transitions know it by.
    public var kind: Kind {
      switch self {
      case .migrate: .migrate
      case .cancel: .cancel
      case .proceed: .proceed
      case .stop: .stop
      case .cont: .cont
      case .prepared: .prepared
      case .vetoed: .vetoed
      case .connected: .connected
      case .unreachable: .unreachable
      case .greeted: .greeted
      case .accepted: .accepted
      case .refused: .refused
      case .converged: .converged
      case .quiesced: .quiesced
      case .deviceFailed: .deviceFailed
      case .sent: .sent
      case .owner: .owner
      case .running: .running
      case .channelClosed: .channelClosed
      case .channelBroken: .channelBroken
      case .targetDied: .targetDied
      }
    }

    /// What is asked for, where the event is the command that begins an attempt.
    var order: Order? {
      if case .migrate(let order) = self { order } else { nil }
    }

    /// Who has connected, where the event says it.
    var userID: UInt32? {
      if case .connected(let userID) = self { userID } else { nil }
    }

    /// What the other side says of itself, where the event is its HELLO.
    var greeting: Greeting? {
      if case .greeted(let greeting) = self { greeting } else { nil }
    }

    /// What the word says; nil for a senseless one, and where the event does not tell of it.
    var owner: Ownership? {
      if case .owner(let owner) = self { owner } else { nil }
    }

    /// Why something failed, where the event tells of a failure.
    var refusal: Refusal? {
      switch self {
      case .vetoed(let refusal), .unreachable(let refusal), .refused(let refusal),
        .deviceFailed(let refusal), .channelBroken(let refusal):
        refusal
      case .migrate, .cancel, .proceed, .stop, .cont, .prepared, .connected, .greeted, .accepted,
        .converged, .quiesced, .sent, .owner, .running, .channelClosed, .targetDied:
        nil
      }
    }
  }
}
