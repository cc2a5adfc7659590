public import BatonCore

extension OutgoingChart {
  /// What can be asked of the source.
  public struct Order: Hashable, Sendable {
    /// What both sides' commands say.
    package var terms: MigrationTerms
    /// True when the migration stops before the switch until `continue` comes.
    package var pausesBeforeSwitchover: Bool
    /// How long the guest may stand still for the switch, in milliseconds.
    package var switchMillis: UInt64

    /// An order in which whatever is not said has the protocol's default.
    package init(
      _ terms: MigrationTerms, pausesBeforeSwitchover: Bool = false, switchMillis: UInt64 = 300
    ) {
      self.terms = terms
      self.pausesBeforeSwitchover = pausesBeforeSwitchover
      self.switchMillis = switchMillis
    }
  }

  /// What has to be known of an attempt beside the state; a new one begins with nothing of it.
  public struct Memory: Attempt {
    /// What the command of this attempt asked for.
    package var order = Order(.init(transport: .unix, transfersBackends: false, userID: 0))
    /// Why the last attempt ended as it did; nil when it completed, or while nothing is wrong.
    public package(set) var refusal: Refusal?
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

    /// What both sides' commands say, of this attempt's.
    package var terms: MigrationTerms { order.terms }
  }
}
