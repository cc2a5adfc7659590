public import BatonCore

extension OutgoingChart {
  /// What the driver is asked to do.
  public enum Effect: Message, Hashable, Sendable {
    /// Tell the world the new status.
    case report(MigrationStatus)
    /// Answer the command with an error; nothing has changed.
    case reject(Refusal)
    /// Tell the notifiers.
    case notify(MigrationEvent)
    /// Connect to the address and check who is there.
    case connect
    /// Send HELLO with the ownership word.
    case greet
    /// Send the offers with their descriptors.
    case offer
    /// Copy memory that is not shared.
    case copy
    /// Stop the guest.
    case stopGuest
    /// Quiesce every device.
    case quiesce
    /// Save every device and send the state.
    case save
    /// Swap *held* to *offered* and ring the target.
    case handOver
    /// Swap *offered* to *revoked*.
    case revoke
    /// The target is dead: swap *offered*, *taken* or *condemned* to *revoked*.
    case revokeFromDead
    /// Swap *taken* to *condemned*.
    case condemn
    /// SIGKILL through the pidfd.
    case kill
    /// Tell the target that it is over, and why.
    case sendCancel(Refusal)
    /// Forget what was lent before the switch.
    case withdraw
    /// Restore every device.
    case restore
    /// Start the guest again.
    case startGuest
    /// Close the backends without touching them, and the memory.
    case release
    /// Send BYE.
    case sendBye
    /// Close the channel, the pidfd and the word.
    case hangUp

    /// The names of the effects.
    public enum Kind: UInt8, Symbol {
      case report, reject, notify, connect, greet, offer, copy, stopGuest, quiesce, save, handOver
      case revoke, revokeFromDead, condemn, kill, sendCancel, withdraw, restore, startGuest
      case release, sendBye, hangUp
    }
  }
}
