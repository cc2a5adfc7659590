import BatonHost
import BatonNet

/// A UDP datagram to the software guest's echo port that carries a number, with the TAP's header
/// before it; made once, and numbered each time.
struct ProbeFrame {
  static let mac = MACAddress(0x52, 0x54, 0, 0, 0, 0x42)
  static let ipv4: UInt32 = 0x0A00_0102

  /// Where the number stands: TAP header, Ethernet, IPv4, UDP.
  private static let numberOffset = VirtioNet.headerByteCount + 14 + 20 + 8
  private static let byteCount = numberOffset + 8

  private var bytes: [UInt8]

  init() {
    let peer: [UInt8] = [0x02, 0, 0, 0, 0, 1]
    var packet: [UInt8] = [0x45, 0, 0, 36, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 1, 1]
    packet += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: Self.ipv4 >> $0) }
    var checksum = InternetChecksum()
    checksum.add(packet.span, 0..<packet.count)
    packet[10] = UInt8(checksum.value >> 8)
    packet[11] = UInt8(checksum.value & 0xff)
    bytes = Array(repeating: 0, count: VirtioNet.headerByteCount)
    bytes += (0..<6).map { Self.mac[$0] } + peer + [0x08, 0]
    // From port 40000 to 7, without a checksum (RFC 768).
    bytes += packet + [0x9c, 0x40, 0, 7, 0, 16, 0, 0] + Array(repeating: 0, count: 8)
  }

  /// Lends the frame with a number in it.
  mutating func with<Result>(
    number: UInt64, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    for index in 0..<8 {
      bytes[Self.numberOffset + index] = UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * index))
    }
    // Safe: the bytes are lent for the call.
    return unsafe bytes.withUnsafeBytes { unsafe body($0) }
  }

  /// The number in an answer; nil when it is no answer to such a frame.
  static func number(of frame: UnsafeRawBufferPointer) -> UInt64? {
    guard frame.count == byteCount else { return nil }
    var number: UInt64 = 0
    // Safe: the length was checked.
    for index in 0..<8 { unsafe number = number << 8 | UInt64(frame[numberOffset + index]) }
    return number
  }
}
