import BatonCore

/// A session as it travels to another process: what was agreed on and described, and which
/// descriptors come along, in the order in which they are lent.
///
/// While it travels nothing is read from the front-end, so that of all this only how far the rings
/// are changes between the offer and the switch.
struct SessionImage: Hashable {
  /// A ring of it.
  struct RingImage: Hashable {
    /// The raw value of the chart's state.
    var state: UInt8 = 0
    var isEnabled = false
    var hasKick = false
    var hasCall = false
    var hasError = false
    var size: UInt16 = 0
    var address: VhostMessage.Address?

    var descriptorCount: Int { (hasKick ? 1 : 0) + (hasCall ? 1 : 0) + (hasError ? 1 : 0) }
  }

  /// The raw value of the chart's state.
  var state: UInt8
  var usesProtocolFeatures: Bool
  var protocolFeatures: UInt64
  var features: UInt64
  var regions: [VhostMessage.Region]
  var log: (byteCount: UInt64, offset: UInt64)?
  var rings: [RingImage]
  /// What the front-end has sent and nobody has looked at, with so many descriptors.
  var inbox: [UInt8]
  var claimedCount: Int
  /// What was answered and has not gone out.
  var outbox: [UInt8]

  /// The connection's own, the memory's, the log's, the rings', and those of messages not read.
  var descriptorCount: Int {
    1 + regions.count + (log == nil ? 0 : 1) + rings.reduce(0) { $0 + $1.descriptorCount }
      + claimedCount
  }

  static func == (a: SessionImage, b: SessionImage) -> Bool { a.key == b.key }
  func hash(into hasher: inout Hasher) { hasher.combine(key) }

  private var key: [UInt8] {
    var writer = ByteWriter()
    write(into: &writer)
    return writer.bytes
  }
}

extension SessionImage {
  func write(into writer: inout ByteWriter) {
    writer.write(state)
    writer.write(UInt8(usesProtocolFeatures ? 1 : 0))
    writer.write(protocolFeatures)
    writer.write(features)
    writer.write(UInt16(regions.count))
    for region in regions {
      writer.write(region.guestAddress)
      writer.write(region.byteCount)
      writer.write(region.userAddress)
      writer.write(region.fileOffset)
    }
    writer.write(UInt8(log == nil ? 0 : 1))
    writer.write(log?.byteCount ?? 0)
    writer.write(log?.offset ?? 0)
    writer.write(UInt16(rings.count))
    for ring in rings { ring.write(into: &writer) }
    for bytes in [inbox, outbox] {
      writer.write(UInt32(bytes.count))
      writer.write(bytes)
    }
    writer.write(UInt16(claimedCount))
  }

  /// Reads what another process wrote, which is not trusted.
  init(_ bytes: borrowing RawSpan, at cursor: inout ByteCursor) throws(ByteCursor.Ended) {
    state = try cursor.byte(bytes)
    usesProtocolFeatures = try cursor.byte(bytes) != 0
    protocolFeatures = try cursor.long(bytes)
    features = try cursor.long(bytes)
    regions = []
    let regionCount = Int(try cursor.half(bytes))
    guard regionCount <= GuestMemory.regionCountMax else { throw ByteCursor.Ended() }
    for _ in 0..<regionCount {
      let guest = try cursor.long(bytes)
      let size = try cursor.long(bytes)
      let user = try cursor.long(bytes)
      regions.append(
        .init(
          guestAddress: guest, byteCount: size, userAddress: user,
          fileOffset: try cursor.long(bytes)))
    }
    let hasLog = try cursor.byte(bytes) != 0
    let logByteCount = try cursor.long(bytes)
    let logOffset = try cursor.long(bytes)
    log = hasLog ? (logByteCount, logOffset) : nil
    rings = []
    for _ in 0..<Int(try cursor.half(bytes)) { rings.append(try RingImage(bytes, at: &cursor)) }
    inbox = try Self.rest(bytes, &cursor)
    outbox = try Self.rest(bytes, &cursor)
    claimedCount = Int(try cursor.half(bytes))
  }

  private static func rest(
    _ bytes: borrowing RawSpan, _ cursor: inout ByteCursor
  ) throws(ByteCursor.Ended) -> [UInt8] {
    let count = Int(try cursor.word(bytes))
    guard count <= VhostConnection.carriedMax else { throw ByteCursor.Ended() }
    var result: [UInt8] = []
    for _ in 0..<count { result.append(try cursor.byte(bytes)) }
    return result
  }
}

extension SessionImage.RingImage {
  func write(into writer: inout ByteWriter) {
    writer.write(state)
    let flags: [Bool] = [isEnabled, hasKick, hasCall, hasError, address != nil]
    writer.write(flags.enumerated().reduce(UInt8(0)) { $0 | ($1.element ? 1 : 0) << $1.offset })
    writer.write(size)
    writer.write(address?.flags ?? 0)
    for number in [address?.descriptors, address?.used, address?.available, address?.log] {
      writer.write(number ?? 0)
    }
  }

  init(_ bytes: borrowing RawSpan, at cursor: inout ByteCursor) throws(ByteCursor.Ended) {
    state = try cursor.byte(bytes)
    let flags = try cursor.byte(bytes)
    isEnabled = flags & 1 != 0
    hasKick = flags & 2 != 0
    hasCall = flags & 4 != 0
    hasError = flags & 8 != 0
    size = try cursor.half(bytes)
    let kinds = try cursor.word(bytes)
    let descriptors = try cursor.long(bytes)
    let used = try cursor.long(bytes)
    let available = try cursor.long(bytes)
    let log = try cursor.long(bytes)
    address =
      flags & 16 == 0
      ? nil
      : .init(
        ring: 0, flags: kinds, descriptors: descriptors, used: used, available: available,
        log: log)
  }
}
