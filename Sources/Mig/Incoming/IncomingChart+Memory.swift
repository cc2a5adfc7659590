package import BatonCore

extension IncomingChart {
  /// What can be asked of the target.
  public struct Order: Hashable, Sendable {
    /// What the address leads to.
    package var transport: Transport
    /// True when backends arrive as open descriptors (`backend-transfer`, `local`).
    package var transfersBackends: Bool
    /// False when the guest is to stay paused even if it ran at the source (QEMU's `-S`).
    package var startsGuest: Bool
    /// How long the source may take to say what it has, in milliseconds.
    package var patienceMillis: UInt64
    /// The user whose processes may connect.
    package var userID: UInt32
    /// The address as it was given, cut to what a name holds.
    package var address: Name

    /// An order in which whatever is not said has the protocol's default.
    package init(
      transport: Transport, transfersBackends: Bool, startsGuest: Bool = true,
      patienceMillis: UInt64 = 5_000, userID: UInt32,
      address: Name = Name()
    ) {
      self.transport = transport
      self.transfersBackends = transfersBackends
      self.startsGuest = startsGuest
      self.patienceMillis = patienceMillis
      self.userID = userID
      self.address = address
    }
  }

  /// What has to be known of an attempt beside the state; a new one begins with nothing of it.
  public struct Memory: Hashable, Sendable {
    /// What the command of this attempt asked for.
    package var order = Order(transport: .unix, transfersBackends: false, userID: 0)
    /// Why the last attempt ended as it did.
    package var refusal: Refusal?
    /// True once the source died or closed the channel: nothing will come from it any more.
    package var isSourceGone = false
    /// True once the user did not want the guest any more.
    package var isCancelled = false
    /// True when the guest ran at the source.
    package var isGuestRunning = false

    /// The memory before the first command.
    public init() {}

    /// Remembers why the attempt ends; the first reason is kept, since others follow from it.
    mutating func note(_ reason: Refusal?) {
      if refusal == nil { refusal = reason }
    }
  }
}
