package import BatonNet

/// The guest's memory of itself.
extension SoftwareGuest {
  /// "BATONGST", read as a little-endian number.
  static let magic: UInt64 = 0x5453_474e_4f54_4142
  static let version: UInt64 = 1

  /// The numbers of the state page, 64 bits each.
  enum StateField: Int, CaseIterable {
    case magic, version, areaByteCount, pairs, queueSize, bufferByteCount, mac, ipv4
    case framesIn, framesOut, arp, icmp, udp, lastSequence, ignored, errors, steps

    var offset: Int { rawValue * 8 }
  }

  /// The numbers of a queue pair, at offsets from its piece.
  enum PairField: Int {
    // 16 bits each: what was published last in the available rings, what was seen last in the
    // used rings, and the list of free transmit descriptors, linked by their `next`.
    case receiveAvailable = 0
    case receiveUsed = 2
    case transmitAvailable = 4
    case transmitUsed = 6
    case freeHead = 8
    case freeCount = 10
    // 64 bits each.
    case framesIn = 16
    case framesOut = 24
  }

  /// What the guest has counted since it booted, wherever it ran.
  package struct Counters: Equatable, Sendable {
    /// Frames that came in.
    package let framesIn: UInt64
    /// Answers given to the device.
    package let framesOut: UInt64
    /// ARP requests answered.
    package let arp: UInt64
    /// ICMP echo requests answered.
    package let icmp: UInt64
    /// UDP datagrams sent back.
    package let udp: UInt64
    /// The sequence number of the last such datagram.
    package let lastSequence: UInt64
    /// Frames that this guest does not answer.
    package let ignored: UInt64
    /// Frames with wrong lengths or checksums, and used entries that make no sense.
    package let errors: UInt64
    /// Times the guest ran.
    package let steps: UInt64
  }

  /// The counters as they stand in guest memory.
  package var counters: Counters {
    Counters(
      framesIn: state(.framesIn), framesOut: state(.framesOut), arp: state(.arp),
      icmp: state(.icmp), udp: state(.udp), lastSequence: state(.lastSequence),
      ignored: state(.ignored), errors: state(.errors), steps: state(.steps))
  }

  /// Frames in and out of one pair since boot; zeros for a pair that is not in use.
  package func traffic(pair: Int) -> (framesIn: UInt64, framesOut: UInt64) {
    guard let layout, 0..<layout.pairs ~= pair else { return (0, 0) }
    let base = layout.pair(pair)
    return (
      area.uint64(at: base + PairField.framesIn.rawValue),
      area.uint64(at: base + PairField.framesOut.rawValue)
    )
  }

  /// Queue pairs in use; 0 before `boot` or `attach`.
  package var pairs: Int { layout?.pairs ?? 0 }

  /// The guest's Ethernet address, once it has booted.
  package var mac: MACAddress { MACAddress(bits: state(.mac)) }

  /// The guest's IPv4 address, the first octet highest, once it has booted.
  package var ipv4: UInt32 { UInt32(truncatingIfNeeded: state(.ipv4)) }

  func state(_ field: StateField) -> UInt64 { area.uint64(at: field.offset) }

  func setState(_ field: StateField, _ value: UInt64) {
    area.store(uint64: value, at: field.offset)
  }

  func count(_ field: StateField) { setState(field, state(field) &+ 1) }

  /// The address that the device has.
  var deviceMAC: UInt64 {
    (0..<6).reduce(0) { $0 << 8 | UInt64(device.configurationByte(at: $1)) }
  }

  /// Fills in the state page; the magic number last, since it says that the rest is there.
  func writeStatePage(_ layout: GuestLayout, ipv4: UInt32) {
    setState(.version, Self.version)
    setState(.areaByteCount, UInt64(area.byteCount))
    setState(.pairs, UInt64(layout.pairs))
    setState(.queueSize, UInt64(layout.queueSize))
    setState(.bufferByteCount, UInt64(layout.bufferByteCount))
    setState(.mac, deviceMAC)
    setState(.ipv4, UInt64(ipv4))
    setState(.magic, Self.magic)
  }
}
