package import BatonCore

extension OutgoingChart {
  /// What can be asked of the source.
  public struct Order: Hashable, Sendable {
    /// What the address leads to.
    package var transport: Transport
    /// True when backends travel as open descriptors (`backend-transfer`, `local`).
    package var transfersBackends: Bool
    /// True when the migration stops before the switch until `continue` comes.
    package var pausesBeforeSwitchover: Bool
    /// How long the other side may take to answer, in milliseconds.
    package var patienceMillis: UInt64
    /// How long the guest may stand still for the switch, in milliseconds.
    package var switchMillis: UInt64
    /// The user whose processes may have the guest.
    package var userID: UInt32
    /// The address as it was given, cut to what a name holds.
    package var address: Name

    /// An order in which whatever is not said has the protocol's default.
    package init(
      transport: Transport, transfersBackends: Bool, pausesBeforeSwitchover: Bool = false,
      patienceMillis: UInt64 = 5_000, switchMillis: UInt64 = 300,
      userID: UInt32, address: Name = Name()
    ) {
      self.transport = transport
      self.transfersBackends = transfersBackends
      self.pausesBeforeSwitchover = pausesBeforeSwitchover
      self.patienceMillis = patienceMillis
      self.switchMillis = switchMillis
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
    /// True from the offer on: the target may hold our descriptors.
    package var isLent = false
    /// True from the stop of the guest until it is resumed or given away.
    package var isStopped = false
    /// What the user said last, from the stop on: true when the guest shall run, wherever it is.
    package var isGuestRunning = false
    /// True once the devices let go of their backends.
    package var isQuiesced = false
    /// True once the user asked to take it back.
    package var isCancelled = false
    /// True once the target's pidfd was readable.
    package var isTargetDead = false

    /// The memory before the first command.
    public init() {}

    /// Remembers why the attempt ends; the first reason is kept, since others follow from it.
    mutating func note(_ reason: Refusal?) {
      if refusal == nil { refusal = reason }
    }
  }
}
