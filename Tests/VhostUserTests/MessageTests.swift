import BatonCore
import Testing

@testable import BatonVhostUser

/// What bytes of a front-end come to, without any descriptor.
@Suite(.timeLimit(.minutes(15))) struct VhostMessageTests {
  private func message(_ request: UInt32, flags: UInt32 = 1, _ payload: [UInt8]) throws(VhostFault)
    -> VhostMessage
  {
    var writer = ByteWriter()
    writer.write(request)
    writer.write(flags)
    writer.write(UInt32(payload.count))
    writer.write(payload)
    let bytes = writer.bytes
    let header = try VhostHeader(bytes.span.bytes, at: 0)
    return try VhostMessage(header, bytes.span.bytes.extracting(droppingFirst: 12))
  }

  private func numbers(_ values: UInt64...) -> [UInt8] {
    var writer = ByteWriter()
    for value in values { writer.write(value) }
    return writer.bytes
  }

  /// As the protocol's text lays them out.
  @Test func `each payload is read as it is laid out`() throws {
    #expect(try message(2, numbers(0x1_0000_0000)).body == .number(0x1_0000_0000))
    #expect(try message(8, numbers(3 | 256 << 32)).body == .ring(3, 256))
    #expect(try message(12, numbers(5)).body == .descriptor(ring: 5, isThere: true))
    #expect(try message(13, numbers(5 | 0x100)).body == .descriptor(ring: 5, isThere: false))
    #expect(try message(6, numbers(4096, 8)).body == .log(byteCount: 4096, offset: 8))
    #expect(
      try message(9, numbers(2 | 1 << 32, 0x1000, 0x3000, 0x2000, 0x4000)).body
        == .address(
          .init(
            ring: 2, flags: 1, descriptors: 0x1000, used: 0x3000, available: 0x2000, log: 0x4000)))
    #expect(
      try message(5, numbers(2, 0, 0x1000, 0x7000, 0, 0x10_0000, 0x2000, 0x9000, 0x1000)).body
        == .regions([
          .init(guestAddress: 0, byteCount: 0x1000, userAddress: 0x7000, fileOffset: 0),
          .init(
            guestAddress: 0x10_0000, byteCount: 0x2000, userAddress: 0x9000, fileOffset: 0x1000),
        ]))
    #expect(try message(1, flags: 9, []).wantsReply)
    #expect(try !message(1, []).wantsReply)
  }

  @Test func `every request counts its descriptors`() throws {
    #expect(try message(5, numbers(1, 0, 0x1000, 0x7000, 0)).descriptorCount == 1)
    #expect(try message(12, numbers(0)).descriptorCount == 1)
    #expect(try message(12, numbers(0x100)).descriptorCount == 0)
    #expect(try message(6, numbers(1, 0)).descriptorCount == 1)
    #expect(try message(7, []).descriptorCount == 1)
    #expect(try message(3, []).descriptorCount == 0)
  }

  @Test(arguments: VhostRequest.allCases)
  func `another length is refused with both values`(request: VhostRequest) throws {
    for count in [0, 1, 7, 8, 9, 12, 16, 39, 40, 41, 2056] where count != request.payloadByteCount {
      let payload = [UInt8](repeating: 0, count: count)
      do throws(VhostFault) {
        _ = try message(request.rawValue, payload)
        // A list of no region, or of one that is not there.
        Issue.record("\(request) takes \(count) bytes")
      } catch {
        switch error {
        case .payload(let named, let expected, let found):
          #expect(named == request && found == count && expected != found)
        case .regions(_, let found): #expect(request == .setMemoryTable && found == 0)
        default: Issue.record("\(error)")
        }
      }
    }
  }

  @Test func `what is no message is refused by name`() {
    #expect(throws: VhostFault.unknownRequest(99)) { try message(99, []) }
    #expect(throws: VhostFault.unknownRequest(0)) { try message(0, []) }
    #expect(throws: VhostFault.version(flags: 2)) { try message(1, flags: 2, []) }
    #expect(throws: VhostFault.version(flags: 0)) { try message(1, flags: 0, []) }
    #expect(throws: VhostFault.regions(most: 64, found: 65)) {
      try message(5, numbers(65) + [UInt8](repeating: 0, count: 64 * 32))
    }
    #expect(
      throws: VhostFault.payload(.setMemoryTable, expected: 8 + 64 * 32, found: 4096)
    ) { try message(5, [UInt8](repeating: 0, count: 4096)) }
    #expect(throws: VhostFault.payload(.setMemoryTable, expected: 72, found: 40)) {
      try message(5, numbers(2, 0, 0x1000, 0x7000, 0))
    }
  }

  /// Bytes at random trap nobody.
  @Test func `any bytes are a message or a fault`() {
    var chance = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let count = Int(chance.next() % 64)
      let payload = (0..<count).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
      _ = try? message(UInt32(chance.next() % 24), payload)
    }
  }
}
