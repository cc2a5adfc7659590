import BatonCore

/// The twelve bytes in front of every message: request, flags and the payload's length, each a
/// 32-bit number in the machine's order, which is little-endian wherever this runs.
struct VhostHeader: Hashable {
  static let byteCount = 12
  /// The longest payload that any message known here has: a list of 64 regions.
  static let payloadMax = 8 + 64 * VhostMessage.Region.byteCount

  /// The number of the request, known or not.
  var request: UInt32
  /// Bits 0 and 1 the version, bit 2 a reply, bit 3 a wish for one (REPLY_ACK).
  var flags: UInt32
  var payloadByteCount: UInt32

  private static let version: UInt32 = 1
  private static let replyFlag: UInt32 = 4
  private static let wishFlag: UInt32 = 8

  var wantsReply: Bool { flags & Self.wishFlag != 0 }

  /// - Throws: A version that is not 1, or a payload that is longer than any.
  init(_ bytes: borrowing RawSpan, at offset: Int) throws(VhostFault) {
    var cursor = ByteCursor(at: offset)
    do throws(ByteCursor.Ended) {
      request = try cursor.word(bytes)
      flags = try cursor.word(bytes)
      payloadByteCount = try cursor.word(bytes)
    } catch {
      throw .truncated(byteCount: bytes.byteCount - offset)
    }
    guard flags & 3 == Self.version else { throw .version(flags: flags) }
    guard payloadByteCount <= Self.payloadMax else {
      guard let known = VhostRequest(rawValue: request) else { throw .unknownRequest(request) }
      throw .payload(
        known, expected: known.payloadByteCount ?? Self.payloadMax,
        found: Int(payloadByteCount))
    }
  }

  /// Writes a reply to a request.
  static func reply(to request: VhostRequest, _ payload: [UInt64], into writer: inout ByteWriter) {
    writer.write(request.rawValue)
    writer.write(version | replyFlag)
    writer.write(UInt32(8 * payload.count))
    for number in payload { writer.write(number) }
  }
}
