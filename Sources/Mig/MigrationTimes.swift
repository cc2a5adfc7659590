/// When the parts of an attempt were over, in nanoseconds of the loop's clock; zero is a part that
/// was not reached.
public struct MigrationTimes: Hashable, Sendable, BitwiseCopyable {
  /// The attempt begins, with the command at a source and with the peer at a target.
  public private(set) var began: UInt64 = 0
  /// Both sides have agreed on everything.
  public private(set) var agreed: UInt64 = 0
  /// The attempt is over, however it ended.
  public private(set) var ended: UInt64 = 0

  /// An attempt that has not begun.
  init() {}

  /// How long both sides took to agree, in nanoseconds; nil before they have.
  public var setup: UInt64? { agreed == 0 ? nil : agreed &- began }

  /// How long the attempt took in nanoseconds, or has taken until `now`.
  public func total(at now: UInt64) -> UInt64 {
    let end = ended == 0 ? now : ended
    return began == 0 || end < began ? 0 : end - began
  }

  /// A status is reported.
  mutating func note(_ status: MigrationStatus, at now: UInt64) {
    switch status {
    case .setup:
      self = MigrationTimes()
      began = now
    case .active: if agreed == 0 { agreed = now }
    case .completed, .failed, .cancelled: ended = now
    case .none, .cancelling, .preSwitchover, .device: break
    }
  }
}
