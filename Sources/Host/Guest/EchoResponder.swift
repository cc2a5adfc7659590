package import BatonNet

/// What the software guest says to a frame: ARP replies, ICMP echo replies, and UDP datagrams to
/// port 7 sent back (RFC 862).
///
/// It has no state; one frame goes in and at most one comes out.
package struct EchoResponder: Sendable {
  /// What a frame was, and how long its answer is.
  package enum Answer: Equatable, Sendable {
    /// An ARP request for our address.
    case arp(byteCount: Int)
    /// An ICMP echo request.
    case icmp(byteCount: Int)
    /// A UDP datagram to port 7, and the number its payload starts with, 0 if it is shorter.
    case udp(byteCount: Int, sequence: UInt64)
    /// Nothing that this guest answers.
    case ignored
    /// A frame for us with wrong lengths or checksums.
    case malformed
  }

  /// The guest's Ethernet address.
  package let mac: MACAddress
  /// The guest's IPv4 address, the first octet highest.
  package let ipv4: UInt32

  /// Answers for a station with these addresses.
  package init(mac: MACAddress, ipv4: UInt32) {
    self.mac = mac
    self.ipv4 = ipv4
  }

  private static let ethernetByteCount = 14
  private static let arpByteCount = 42
  private static let echoPort: UInt16 = 7

  /// Answers a frame (from its Ethernet header on) in `reply`, which must have its length at least.
  package func answer(_ frame: Span<UInt8>, into reply: inout MutableSpan<UInt8>) -> Answer {
    guard frame.count >= Self.ethernetByteCount else { return .malformed }
    let isOurs = (0..<6).allSatisfy { frame[$0] == mac[$0] }
    let isBroadcast = (0..<6).allSatisfy { frame[$0] == 0xff }
    guard isOurs || isBroadcast else { return .ignored }
    return switch frame.word(12) {
    case 0x0806: answerARP(frame, &reply)
    case 0x0800 where isOurs: answerIPv4(frame, &reply)
    case _: .ignored
    }
  }

  // MARK: ARP (RFC 826)

  private func answerARP(_ frame: Span<UInt8>, _ reply: inout MutableSpan<UInt8>) -> Answer {
    guard frame.count >= Self.arpByteCount else { return .malformed }
    guard frame.word(14) == 1, frame.word(16) == 0x0800, frame.word(18) == 0x0604 else {
      return .ignored
    }
    guard frame.word(20) == 1, frame.double(38) == ipv4 else { return .ignored }
    addressFrame(frame, &reply)
    for index in 14..<20 { reply[index] = frame[index] }
    reply.set(20, word: 2)
    for index in 0..<6 { reply[22 + index] = mac[index] }
    reply.set(28, double: ipv4)
    for index in 0..<10 { reply[32 + index] = frame[22 + index] }
    return .arp(byteCount: Self.arpByteCount)
  }

  // MARK: IPv4 (RFC 791)

  private func answerIPv4(_ frame: Span<UInt8>, _ reply: inout MutableSpan<UInt8>) -> Answer {
    guard frame.count >= 34 else { return .malformed }
    let headerByteCount = Int(frame[14] & 15) * 4
    let length = Int(frame.word(16))
    let payload = (14 + headerByteCount)..<(14 + max(length, headerByteCount))
    guard frame[14] >> 4 == 4, headerByteCount >= 20, length >= headerByteCount,
      payload.upperBound <= frame.count
    else { return .malformed }
    var checksum = InternetChecksum()
    checksum.add(frame, 14..<payload.lowerBound)
    guard checksum.value == 0 else { return .malformed }
    // A fragment, of which this guest makes nothing whole, or not our address.
    guard frame.word(20) & 0x3fff == 0, frame.double(30) == ipv4 else { return .ignored }
    return switch frame[23] {
    case 1: answerICMP(frame, payload, &reply)
    case 17: answerUDP(frame, payload, &reply)
    case _: .ignored
    }
  }

  /// Writes an Ethernet and an IPv4 header without options that lead back to the sender.
  private func writeHeaders(
    _ frame: Span<UInt8>, payloadByteCount: Int, _ reply: inout MutableSpan<UInt8>
  ) {
    addressFrame(frame, &reply)
    reply.set(14, word: 0x4500)
    reply.set(16, word: UInt16(20 + payloadByteCount))
    reply.set(18, word: frame.word(18))
    reply.set(20, word: 0x4000)
    reply.set(22, word: 0x4000 | UInt16(frame[23]))
    reply.set(24, word: 0)
    reply.set(26, double: ipv4)
    reply.set(30, double: frame.double(26))
    var checksum = InternetChecksum()
    checksum.add(reply.span, 14..<34)
    reply.set(24, word: checksum.value)
  }

  // MARK: ICMP (RFC 792)

  private func answerICMP(
    _ frame: Span<UInt8>, _ payload: Range<Int>, _ reply: inout MutableSpan<UInt8>
  ) -> Answer {
    guard payload.count >= 8 else { return .malformed }
    var checksum = InternetChecksum()
    checksum.add(frame, payload)
    guard checksum.value == 0 else { return .malformed }
    guard frame[payload.lowerBound] == 8, frame[payload.lowerBound + 1] == 0 else {
      return .ignored
    }
    writeHeaders(frame, payloadByteCount: payload.count, &reply)
    reply.copy(frame, payload, to: 34)
    reply.set(34, word: 0)
    reply.set(36, word: 0)
    checksum = InternetChecksum()
    checksum.add(reply.span, 34..<(34 + payload.count))
    reply.set(36, word: checksum.value)
    return .icmp(byteCount: 34 + payload.count)
  }

  // MARK: UDP (RFC 768)

  private func answerUDP(
    _ frame: Span<UInt8>, _ payload: Range<Int>, _ reply: inout MutableSpan<UInt8>
  ) -> Answer {
    let start = payload.lowerBound
    guard payload.count >= 8 else { return .malformed }
    let length = Int(frame.word(start + 4))
    guard length >= 8, length <= payload.count else { return .malformed }
    let datagram = start..<(start + length)
    // A checksum of zero says that the sender made none.
    guard frame.word(start + 6) == 0 || udpChecksum(frame, datagram, addressesAt: 26) == 0 else {
      return .malformed
    }
    guard frame.word(start + 2) == Self.echoPort else { return .ignored }
    writeHeaders(frame, payloadByteCount: length, &reply)
    reply.copy(frame, datagram, to: 34)
    reply.set(34, word: Self.echoPort)
    reply.set(36, word: frame.word(start))
    reply.set(40, word: 0)
    let checksum = udpChecksum(reply.span, 34..<(34 + length), addressesAt: 26)
    reply.set(40, word: checksum == 0 ? 0xffff : checksum)
    let sequence = length >= 16 ? frame.quad(start + 8) : 0
    return .udp(byteCount: 34 + length, sequence: sequence)
  }

  /// The checksum of a datagram with its pseudo header.
  private func udpChecksum(
    _ bytes: Span<UInt8>, _ datagram: Range<Int>, addressesAt addresses: Int
  ) -> UInt16 {
    var checksum = InternetChecksum()
    checksum.add(bytes, addresses..<(addresses + 8))
    checksum.add(17)
    checksum.add(UInt16(datagram.count))
    checksum.add(bytes, datagram)
    return checksum.value
  }

  /// The Ethernet header back to the sender.
  private func addressFrame(_ frame: Span<UInt8>, _ reply: inout MutableSpan<UInt8>) {
    for index in 0..<6 {
      reply[index] = frame[6 + index]
      reply[6 + index] = mac[index]
    }
    reply.set(12, word: frame.word(12))
  }
}

// Numbers in network order.
extension Span<UInt8> {
  fileprivate func word(_ offset: Int) -> UInt16 {
    UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
  }

  fileprivate func double(_ offset: Int) -> UInt32 {
    UInt32(word(offset)) << 16 | UInt32(word(offset + 2))
  }

  fileprivate func quad(_ offset: Int) -> UInt64 {
    UInt64(double(offset)) << 32 | UInt64(double(offset + 4))
  }
}

extension MutableSpan<UInt8> {
  fileprivate mutating func set(_ offset: Int, word: UInt16) {
    self[offset] = UInt8(word >> 8)
    self[offset + 1] = UInt8(word & 0xff)
  }

  fileprivate mutating func set(_ offset: Int, double: UInt32) {
    set(offset, word: UInt16(double >> 16))
    set(offset + 2, word: UInt16(double & 0xffff))
  }

  fileprivate mutating func copy(_ source: Span<UInt8>, _ range: Range<Int>, to offset: Int) {
    for index in 0..<range.count { self[offset + index] = source[range.lowerBound + index] }
  }
}
