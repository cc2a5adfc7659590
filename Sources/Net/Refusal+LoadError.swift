import BatonCore

extension Refusal {
  /// The refusal of a device's state, with both values.
  init(_ error: VirtioNet.LoadError, subject: Name) {
    self.init(
      .mismatch, field: Self.field(error.field), subject: subject,
      here: Self.value(error.field, error.expected), there: Self.value(error.field, error.found))
  }

  private static func field(_ field: VirtioNet.LoadError.Field) -> Field {
    switch field {
    case .magic: .recordType
    case .version: .deviceVersion
    case .byteCount: .recordLength
    case .reserved: .recordVersion
    case .features: .features
    case .status, .flags: .status
    case .headerByteCount: .headerSize
    case .mac: .macAddress
    case .mtu: .mtu
    case .maxPairs, .queueCount: .queueCount
    case .activePairs: .activeQueues
    case .queueFlags: .state
    case .queueSize: .ringSize
    case .descriptors, .available, .used: .ringAddress
    case .availableIndex, .usedIndex: .ringIndex
    }
  }

  private static func value(_ field: VirtioNet.LoadError.Field, _ value: UInt64) -> Value {
    switch field {
    case .magic, .features, .status, .flags, .mac, .queueFlags, .descriptors, .available, .used:
      .bits(value)
    case .version, .byteCount, .reserved, .headerByteCount, .mtu, .maxPairs, .queueCount,
      .activePairs, .queueSize, .availableIndex, .usedIndex:
      .number(value)
    }
  }
}
