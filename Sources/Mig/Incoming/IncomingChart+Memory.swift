public import BatonCore

extension IncomingChart {
  /// What can be asked of the target.
  public struct Order: Hashable, Sendable {
    /// What both sides' commands say.
    package var terms: MigrationTerms
    /// False when the guest is to stay paused even if it ran at the source (QEMU's `-S`).
    package var startsGuest: Bool

    /// An order in which whatever is not said has the protocol's default.
    package init(_ terms: MigrationTerms, startsGuest: Bool = true) {
      self.terms = terms
      self.startsGuest = startsGuest
    }
  }

  /// What has to be known of an attempt beside the state; a new one begins with nothing of it.
  public struct Memory: Attempt {
    /// What the command of this attempt asked for.
    package var order = Order(.init(transport: .unix, transfersBackends: false, userID: 0))
    /// Why the last attempt ended as it did; nil when it completed, or while nothing is wrong.
    public package(set) var refusal: Refusal?
    /// True when somebody who was told of the beginning was not ready at once.
    package var isUnprepared = false
    /// True once the source died or closed the channel: nothing will come from it any more.
    package var isSourceGone = false
    /// True once the user did not want the guest any more.
    package var isCancelled = false
    /// True when the guest ran at the source.
    package var isGuestRunning = false

    /// The memory before the first command.
    public init() {}

    /// What both sides' commands say, of this attempt's.
    package var terms: MigrationTerms { order.terms }
  }
}
