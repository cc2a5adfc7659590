/// What a front-end asks, by its number in the vhost-user protocol ("Front-end message types").
public enum VhostRequest: UInt32, CaseIterable, Hashable, Sendable {
  /// What the device can do.
  case getFeatures = 1
  /// What the driver has accepted of it.
  case setFeatures = 2
  /// The session begins; nothing is asked of the backend.
  case setOwner = 3
  /// The session's beginning is taken back (deprecated by the protocol, and a no-op there).
  case resetOwner = 4
  /// The guest's memory, a descriptor for each region.
  case setMemoryTable = 5
  /// Where pages are noted that were written, and a descriptor of it.
  case setLogBase = 6
  /// A descriptor that tells of writes to that; no front-end needs it.
  case setLogDescriptor = 7
  /// How many entries a ring has.
  case setRingSize = 8
  /// Where the parts of a ring are, in the front-end's own addresses.
  case setRingAddress = 9
  /// At which index a ring goes on.
  case setRingBase = 10
  /// Stops a ring, and asks at which index it would go on.
  case getRingBase = 11
  /// What the driver rings when a ring has new buffers; starts the ring.
  case setRingKick = 12
  /// What the device rings when it has used buffers.
  case setRingCall = 13
  /// What the device rings when a ring is broken.
  case setRingError = 14
  /// What of the protocol's own extensions the backend can do.
  case getProtocolFeatures = 15
  /// What of them is used.
  case setProtocolFeatures = 16
  /// How many rings there may be.
  case getQueueCount = 17
  /// Lets a started ring carry frames, or none.
  case setRingEnabled = 18
  /// The guest has come to another host: tell the network where its address is now.
  case sendRARP = 19
  /// The MTU that the guest was told.
  case setMTU = 20

  /// How many bytes of payload it has; nil for one with a list.
  var payloadByteCount: Int? {
    switch self {
    case .getFeatures, .setOwner, .resetOwner, .setLogDescriptor, .getProtocolFeatures,
      .getQueueCount:
      0
    case .setFeatures, .setProtocolFeatures, .setRingSize, .setRingBase, .getRingBase,
      .setRingKick, .setRingCall, .setRingError, .setRingEnabled, .sendRARP, .setMTU:
      8
    case .setLogBase: 16
    case .setRingAddress: 40
    case .setMemoryTable: nil
    }
  }

  /// Its name in the protocol's text, as refusals say it.
  var name: StaticString {
    switch self {
    case .getFeatures: "GET_FEATURES"
    case .setFeatures: "SET_FEATURES"
    case .setOwner: "SET_OWNER"
    case .resetOwner: "RESET_OWNER"
    case .setMemoryTable: "SET_MEM_TABLE"
    case .setLogBase: "SET_LOG_BASE"
    case .setLogDescriptor: "SET_LOG_FD"
    case .setRingSize: "SET_VRING_NUM"
    case .setRingAddress: "SET_VRING_ADDR"
    case .setRingBase: "SET_VRING_BASE"
    case .getRingBase: "GET_VRING_BASE"
    case .setRingKick: "SET_VRING_KICK"
    case .setRingCall: "SET_VRING_CALL"
    case .setRingError: "SET_VRING_ERR"
    case .getProtocolFeatures: "GET_PROTOCOL_FEATURES"
    case .setProtocolFeatures: "SET_PROTOCOL_FEATURES"
    case .getQueueCount: "GET_QUEUE_NUM"
    case .setRingEnabled: "SET_VRING_ENABLE"
    case .sendRARP: "SEND_RARP"
    case .setMTU: "NET_SET_MTU"
    }
  }
}
