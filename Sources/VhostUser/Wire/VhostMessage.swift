import BatonCore

/// A message of a front-end, as far as its own bytes say whether it can be.
struct VhostMessage: Hashable {
  /// A region of the guest's memory.
  struct Region: Hashable {
    static let byteCount = 32

    var guestAddress: UInt64
    var byteCount: UInt64
    /// Where the front-end has it mapped: rings are said in these addresses.
    var userAddress: UInt64
    /// Where in its file it begins.
    var fileOffset: UInt64
  }

  /// Where a ring is, in the front-end's addresses, and where its used part is noted in the log.
  struct Address: Hashable {
    var ring: UInt32
    /// Bit 0: writes to the used ring are noted.
    var flags: UInt32
    var descriptors: UInt64
    var used: UInt64
    var available: UInt64
    /// The guest address of the used ring, for the log.
    var log: UInt64
  }

  /// What the message says, beside its request.
  enum Body: Hashable {
    case empty
    case number(UInt64)
    /// A ring and a number: its size, its base, or whether it is enabled.
    case ring(UInt32, UInt32)
    /// A ring, and whether a descriptor comes along.
    case descriptor(ring: UInt32, isThere: Bool)
    case address(Address)
    case regions([Region])
    case log(byteCount: UInt64, offset: UInt64)
  }

  let request: VhostRequest
  let body: Body
  /// Whether the front-end waits for an answer to a request that has none of its own.
  let wantsReply: Bool

  /// How many descriptors come along.
  var descriptorCount: Int {
    switch body {
    case .empty: request == .setLogDescriptor ? 1 : 0
    case .number, .ring, .address: 0
    case .descriptor(_, let isThere): isThere ? 1 : 0
    case .regions(let regions): regions.count
    case .log: 1
    }
  }

  /// - Throws: An unknown request, a payload of another length, or more regions than may be.
  init(_ header: VhostHeader, _ payload: borrowing RawSpan) throws(VhostFault) {
    guard let request = VhostRequest(rawValue: header.request) else {
      throw .unknownRequest(header.request)
    }
    self.request = request
    wantsReply = header.wantsReply
    if let expected = request.payloadByteCount, expected != payload.byteCount {
      throw .payload(request, expected: expected, found: payload.byteCount)
    }
    if request == .setMemoryTable { try Self.checkList(payload) }
    do throws(ByteCursor.Ended) {
      body = try Self.body(request, payload)
    } catch {
      throw .payload(request, expected: Self.listHeadByteCount, found: payload.byteCount)
    }
  }

  /// How many regions there are, and four bytes that mean nothing.
  private static let listHeadByteCount = 8

  /// A list has as many regions as it says, and is as long as they are.
  private static func checkList(_ payload: borrowing RawSpan) throws(VhostFault) {
    var cursor = ByteCursor()
    guard let said = try? cursor.word(payload) else {
      throw .payload(.setMemoryTable, expected: listHeadByteCount, found: payload.byteCount)
    }
    let count = Int(said)
    guard 1...GuestMemory.regionCountMax ~= count else {
      throw .regions(most: GuestMemory.regionCountMax, found: count)
    }
    let expected = listHeadByteCount + count * Region.byteCount
    guard payload.byteCount == expected else {
      throw .payload(.setMemoryTable, expected: expected, found: payload.byteCount)
    }
  }

  private static func body(
    _ request: VhostRequest, _ payload: borrowing RawSpan
  ) throws(ByteCursor.Ended) -> Body {
    var cursor = ByteCursor()
    switch request {
    case .getFeatures, .setOwner, .resetOwner, .setLogDescriptor, .getProtocolFeatures,
      .getQueueCount:
      return .empty
    case .setFeatures, .setProtocolFeatures, .sendRARP, .setMTU:
      return .number(try cursor.long(payload))
    case .setRingSize, .setRingBase, .getRingBase, .setRingEnabled:
      let ring = try cursor.word(payload)
      return .ring(ring, try cursor.word(payload))
    case .setRingKick, .setRingCall, .setRingError:
      // Bits 0 to 7 are the ring, bit 8 says that no descriptor comes along.
      let number = try cursor.long(payload)
      return .descriptor(ring: UInt32(number & 0xFF), isThere: number & 0x100 == 0)
    case .setLogBase:
      let size = try cursor.long(payload)
      return .log(byteCount: size, offset: try cursor.long(payload))
    case .setRingAddress: return .address(try address(payload, &cursor))
    case .setMemoryTable: return .regions(try regions(payload, &cursor))
    }
  }

  private static func address(
    _ payload: borrowing RawSpan, _ cursor: inout ByteCursor
  ) throws(ByteCursor.Ended) -> Address {
    let ring = try cursor.word(payload)
    let flags = try cursor.word(payload)
    let descriptors = try cursor.long(payload)
    let used = try cursor.long(payload)
    let available = try cursor.long(payload)
    return Address(
      ring: ring, flags: flags, descriptors: descriptors, used: used, available: available,
      log: try cursor.long(payload))
  }

  private static func regions(
    _ payload: borrowing RawSpan, _ cursor: inout ByteCursor
  ) throws(ByteCursor.Ended) -> [Region] {
    let count = try cursor.word(payload)
    _ = try cursor.word(payload)
    var regions: [Region] = []
    for _ in 0..<min(Int(count), GuestMemory.regionCountMax) {
      let address = try cursor.long(payload)
      let size = try cursor.long(payload)
      let user = try cursor.long(payload)
      regions.append(
        Region(
          guestAddress: address, byteCount: size, userAddress: user,
          fileOffset: try cursor.long(payload)))
    }
    return regions
  }
}
