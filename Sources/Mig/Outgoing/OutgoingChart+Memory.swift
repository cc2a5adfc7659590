public import BatonCore

extension OutgoingChart {
  /// What can be asked of the source.
  public struct Order: Hashable, Sendable {
    /// What the address leads to.
    public var transport: Transport
    /// True when backends travel as open descriptors (`backend-transfer`, `local`).
    public var transfersBackends: Bool
    /// True when the migration stops before the switch until `continue` comes.
    public var pausesBeforeSwitchover: Bool
    /// True when the guest runs now, and shall run afterwards.
    public var isGuestRunning: Bool
    /// How long the other side may take to answer, in milliseconds.
    public var patienceMillis: UInt64
    /// The user whose processes may have the guest.
    public var userID: UInt32
    /// The address as it was given, cut to what a name holds.
    public var address: Name

    /// An order in which whatever is not said has the protocol's default.
    public init(
      transport: Transport, transfersBackends: Bool, pausesBeforeSwitchover: Bool = false,
      isGuestRunning: Bool = true, patienceMillis: UInt64 = 5_000, userID: UInt32,
      address: Name = Name()
    ) {
      self.transport = transport
      self.transfersBackends = transfersBackends
      self.pausesBeforeSwitchover = pausesBeforeSwitchover
      self.isGuestRunning = isGuestRunning
      self.patienceMillis = patienceMillis
      self.userID = userID
      self.address = address
    }
  }

  /// What has to be known of an attempt beside the state; a new one begins with nothing of it.
  public struct Memory: Hashable, Sendable {
    /// What was asked for.
    public var order = Order(transport: .unix, transfersBackends: false, userID: 0)
    /// Why the last attempt ended as it did.
    public var refusal: Refusal?
    /// True from the offer on: the target may hold our descriptors.
    public var isLent = false
    /// True from the stop of the guest until it is resumed or given away.
    public var isStopped = false
    /// True once the devices let go of their backends.
    public var isQuiesced = false
    /// True once the user asked to take it back.
    public var isCancelled = false
    /// True once the target's pidfd was readable.
    public var isTargetDead = false

    /// Nothing was asked for.
    public init() {}

    /// Remembers why the attempt ends; the first reason is kept, since others follow from it.
    mutating func note(_ reason: Refusal?) {
      if refusal == nil { refusal = reason }
    }
  }
}
