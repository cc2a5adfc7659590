public import BatonCore

extension OutgoingChart {
  /// What the driver is asked to do, in the order in which it is asked; what comes of it comes back
  /// as an event.
  public enum Effect: Message, Hashable, Sendable {
    /// Tell the watcher the new status.
    case report(MigrationStatus)
    /// Answer the command with an error; nothing has changed.
    case reject(Refusal)
    /// Tell those who registered; where the event may be vetoed, `prepared` or `vetoed` comes back.
    case notify(MigrationEvent)
    /// Connect to the address and check who is there.
    case connect
    /// Ask whether the target could be killed, and send HELLO with the ownership word.
    case greet
    /// Send the offers with their descriptors.
    case offer
    /// Copy memory that is not shared; `converged` comes back.
    case copy
    /// Stop the guest: the blackout begins.
    case stopGuest
    /// Let every device stop to touch its backend, which stays as it is.
    case quiesce
    /// Save every device and send the state.
    case save
    /// Swap *held* to *offered* and send DOORBELL.
    case handOver
    /// Swap *offered* to *revoked*; `owner` comes back with what the word says then.
    case revoke
    /// The target is dead: swap *offered*, *taken* or *condemned* to *revoked*.
    case revokeFromDead
    /// Swap *taken* to *condemned*; `owner` comes back.
    case condemn
    /// Send SIGKILL through the pidfd; `targetDied` comes when the process is gone.
    case kill
    /// Send CANCEL: the guest stays here, and why.
    case sendCancel(Refusal)
    /// Let every device forget what it lent; none was quiesced.
    case withdraw
    /// Let every device take its backend back.
    case restore
    /// Start the guest again, which ran before.
    case startGuest
    /// Close the backends without touching them, and the memory.
    case release
    /// Send BYE: everything is closed here.
    case sendBye
    /// Close the channel, the pidfd and the word.
    case hangUp

    /// Effects without what they carry.
    public enum Kind: UInt8, Symbol {
      /// What is told, and the way from the connection to the word that offers the guest.
      case report, reject, notify, connect, greet, offer, copy, stopGuest, quiesce, save, handOver
      /// The ways back: the word is asked for the guest, whoever else might start it is killed.
      case revoke, revokeFromDead, condemn, kill, sendCancel, withdraw, restore, startGuest
      /// The guest runs at the target: what is left here is let go.
      case release, sendBye, hangUp
    }

    public var kind: Kind {
      switch self {
      case .report: .report
      case .reject: .reject
      case .notify: .notify
      case .connect: .connect
      case .greet: .greet
      case .offer: .offer
      case .copy: .copy
      case .stopGuest: .stopGuest
      case .quiesce: .quiesce
      case .save: .save
      case .handOver: .handOver
      case .revoke: .revoke
      case .revokeFromDead: .revokeFromDead
      case .condemn: .condemn
      case .kill: .kill
      case .sendCancel: .sendCancel
      case .withdraw: .withdraw
      case .restore: .restore
      case .startGuest: .startGuest
      case .release: .release
      case .sendBye: .sendBye
      case .hangUp: .hangUp
      }
    }
  }
}
