import BatonNet

/// Feature bits that are vhost's own and not the guest's.
enum VhostFeatures {
  /// Writes are noted in the log (VHOST_F_LOG_ALL).
  static let logAll: UInt64 = 1 << 26
  /// The protocol's own extensions are negotiated (VHOST_USER_F_PROTOCOL_FEATURES).
  static let protocolFeatures: UInt64 = 1 << 30
}

/// Extensions of the protocol (VHOST_USER_PROTOCOL_F_*), by their bits.
struct ProtocolFeatures: OptionSet, Hashable, Sendable {
  let rawValue: UInt64

  /// Several queue pairs.
  static let multiqueue = Self(rawValue: 1 << 0)
  /// The log of written pages comes as a descriptor.
  static let logDescriptor = Self(rawValue: 1 << 1)
  /// The network is told where the guest is.
  static let rarp = Self(rawValue: 1 << 2)
  /// Requests without an answer of their own get one if they wish.
  static let replyAck = Self(rawValue: 1 << 3)
  /// The guest's MTU is told.
  static let mtu = Self(rawValue: 1 << 4)
}
