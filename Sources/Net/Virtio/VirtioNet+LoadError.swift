extension VirtioNet {
  /// A saved state that this device cannot take: which field, and both values.
  package struct LoadError: Error, Equatable, Sendable {
    /// The field of the record that does not fit.
    package enum Field: Equatable, Sendable {
      /// The record's first four bytes.
      case magic
      /// The version of the record's layout.
      case version
      /// The length that the record says, or that its queues make.
      case byteCount
      /// Bytes that must be zero in this version.
      case reserved
      /// Features that the driver accepted.
      case features
      /// The status byte, in which a device that runs has FEATURES_OK and DRIVER_OK.
      case status
      /// The byte with the state of the link and what interrupts are pending.
      case flags
      /// The length of the TAP's virtio-net header.
      case headerByteCount
      /// The guest's address, six bytes.
      case mac
      /// The MTU, 0 when none is offered.
      case mtu
      /// Queue pairs that the guest may use.
      case maxPairs
      /// How many queue pairs the driver has switched on.
      case activePairs
      /// How many queues the record describes.
      case queueCount
      /// Whether a queue is ready, and whether an interrupt is pending for it.
      case queueFlags
      /// A queue's length in entries.
      case queueSize
      /// The guest address of a queue's descriptor table.
      case descriptors
      /// The guest address of a queue's available ring.
      case available
      /// The guest address of a queue's used ring.
      case used
      /// How far the device has read the available ring.
      case availableIndex
      /// How far the device has written the used ring.
      case usedIndex
    }

    /// Which part of the record cannot be loaded.
    package let field: Field
    /// The queue whose field it is, nil for a field of the device.
    package let queue: Int?
    /// What this device needs or is; a bound, a mask or a value, by the field.
    package let expected: UInt64
    /// What the record has in its place.
    package let found: UInt64

    init(_ field: Field, queue: Int? = nil, expected: UInt64, found: UInt64) {
      self.field = field
      self.queue = queue
      self.expected = expected
      self.found = found
    }
  }
}

extension VirtioNet.LoadError: CustomStringConvertible {
  /// The field and both values, as in "maximum queue pairs: 4 here, 8 in the stream".
  package var description: String {
    let place = queue.map { "queue \($0), " } ?? ""
    return "\(place)\(name): \(relation)\(text(expected)) here, \(text(found)) in the stream"
  }

  private var name: String {
    switch field {
    case .magic: "magic"
    case .version: "version of the virtio-net state"
    case .byteCount: "length of the virtio-net state in bytes"
    case .reserved: "reserved bytes"
    case .features: "features"
    case .status: "device status"
    case .flags: "flags"
    case .headerByteCount: "length of the TAP's virtio-net header in bytes"
    case .mac: "MAC address"
    case .mtu: "MTU"
    case .maxPairs: "maximum queue pairs"
    case .activePairs: "active queue pairs"
    case .queueCount: "queues"
    case .queueFlags: "flags"
    case .queueSize: "size"
    case .descriptors: "descriptor table"
    case .available: "available ring"
    case .used: "used ring"
    case .availableIndex: "available index"
    case .usedIndex: "used index"
    }
  }

  /// How the two values must relate, where it is not equality.
  private var relation: String {
    switch field {
    case .activePairs, .queueSize: "at most "
    case .features, .status, .flags, .queueFlags: "at most the bits "
    case .descriptors, .available, .used: "memory up to "
    case .magic, .version, .byteCount, .reserved, .headerByteCount, .mac, .mtu, .maxPairs,
      .queueCount, .availableIndex, .usedIndex:
      ""
    }
  }

  private func text(_ value: UInt64) -> String {
    switch field {
    case .magic, .features, .status, .flags, .queueFlags, .descriptors, .available, .used:
      "0x" + String(value, radix: 16)
    case .mac: MACAddress(bits: value).description
    case .version, .byteCount, .reserved, .headerByteCount, .mtu, .maxPairs, .activePairs,
      .queueCount, .queueSize, .availableIndex, .usedIndex:
      String(value)
    }
  }
}
