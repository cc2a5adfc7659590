/// What a side says of itself in HELLO.
public struct Greeting: Hashable, Sendable, BitwiseCopyable {
  /// The newest version of the protocol that it speaks.
  public var version: UInt16
  /// The oldest version that it still speaks.
  public var oldestVersion: UInt16
  /// True when `backend-transfer` is on there.
  public var transfersBackends: Bool
  /// The handover's random id; the source chooses it, the target repeats it.
  public var handover: UInt32

  /// The version that this side speaks, and the oldest.
  public static let current: UInt16 = 1

  /// What this side says.
  public init(transfersBackends: Bool, handover: UInt32, version: UInt16 = Self.current) {
    self.version = version
    oldestVersion = version
    self.transfersBackends = transfersBackends
    self.handover = handover
  }

  /// True when both speak at least one common version.
  public var isUnderstood: Bool {
    oldestVersion <= Self.current && version >= Self.current
  }
}
