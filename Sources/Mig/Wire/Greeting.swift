package import BatonCore

/// What a side says of itself in HELLO.
public struct Greeting: Hashable, Sendable, BitwiseCopyable {
  /// The newest version of the protocol that it speaks.
  package var version: UInt16
  /// The oldest version that it still speaks.
  package var oldestVersion: UInt16
  /// True when `backend-transfer` is on there.
  package var transfersBackends: Bool
  /// The handover's random id; the source chooses it, the target repeats it.
  package var handover: UInt32
  /// The version of the other side's software, for the log; empty when it did not say.
  package var software: Name

  /// The newest version that this side speaks.
  ///
  /// It grows when bytes that both sides know get another meaning or place. What is appended, and
  /// records that may be skipped, need no new version.
  package static let current: UInt16 = 2
  /// The oldest version that this side speaks.
  package static let oldest: UInt16 = 2

  /// What this side says; or what one says that speaks another version and no older one.
  package init(transfersBackends: Bool, handover: UInt32, version: UInt16 = Self.current) {
    self.version = version
    oldestVersion = version == Self.current ? Self.oldest : version
    self.transfersBackends = transfersBackends
    self.handover = handover
    software = Name(Baton.version)
  }

  /// True when both speak at least one common version.
  package var isUnderstood: Bool {
    oldestVersion <= Self.current && version >= Self.oldest
  }
}
