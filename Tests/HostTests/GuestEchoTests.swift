import BatonNet
import Testing

@testable import BatonHost

/// What the software guest says to a single frame.
@Suite(.timeLimit(.minutes(15))) struct GuestEchoTests {
  private let responder = EchoResponder(mac: GuestWorld.mac, ipv4: GuestWorld.ipv4)

  /// The answer, and the bytes that it says there are.
  private func answer(_ frame: [UInt8]) -> (EchoResponder.Answer, [UInt8]) {
    var reply = [UInt8](repeating: 0xee, count: max(64, frame.count))
    var span = reply.mutableSpan
    let answer = responder.answer(frame.span, into: &span)
    switch answer {
    case .arp(let count), .icmp(let count), .udp(let count, _):
      return (answer, Array(reply[..<count]))
    case .ignored, .malformed: return (answer, [])
    }
  }

  /// The example of RFC 1071, a header of a real packet, and the edges.
  private static let sums: [(bytes: [UInt8], checksum: UInt16)] = [
    ([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7], 0x220d),
    (
      [
        0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0x00, 0x00, 0xc0, 0xa8, 0x00,
        0x01, 0xc0, 0xa8, 0x00, 0xc7,
      ], 0xb861
    ),
    ([], 0xffff), ([0xff, 0xff], 0), ([0x12], 0xedff), ([0, 0, 1], 0xfeff),
  ]

  @Test func `the checksum is that of RFC 1071`() {
    for (bytes, expected) in Self.sums {
      var checksum = InternetChecksum()
      checksum.add(bytes.span, 0..<bytes.count)
      #expect(checksum.value == expected)
      #expect(Frames.checksum(bytes) == expected)
    }
  }

  @Test func `a long sum folds more than once`() {
    let bytes = [UInt8](repeating: 0xff, count: 60_000) + [0, 1]
    var checksum = InternetChecksum()
    checksum.add(bytes.span, 0..<bytes.count)
    #expect(checksum.value == 0xfffe)
  }

  @Test(arguments: [MACAddress(bits: .max), GuestWorld.mac])
  func `answers an ARP request`(to: MACAddress) {
    let (kind, reply) = answer(Frames.arp(to: to))
    let body =
      [0, 1, 8, 0, 6, 4, 0, 2] + Frames.octets(GuestWorld.mac) + Frames.words(GuestWorld.ipv4)
      + Frames.octets(GuestWorld.peerMAC) + Frames.words(GuestWorld.peerIPv4)
    #expect(kind == .arp(byteCount: 42))
    #expect(
      reply
        == Frames.ethernet(
          to: GuestWorld.peerMAC, from: GuestWorld.mac, type: 0x0806, body))
  }

  @Test(arguments: [0, 1, 56, 1472]) func `answers an ICMP echo`(count: Int) {
    let rest = [0xab, 0xcd, 0, 7] + (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let request = Frames.ethernet(
      type: 0x0800, Frames.ipv4(protocol: 1, ttl: 3, Frames.icmp(type: 8, rest)))
    let (kind, reply) = answer(request)
    #expect(kind == .icmp(byteCount: 42 + count))
    #expect(
      reply
        == Frames.ethernet(
          to: GuestWorld.peerMAC, from: GuestWorld.mac, type: 0x0800,
          Frames.ipv4(
            protocol: 1, from: GuestWorld.ipv4, to: GuestWorld.peerIPv4,
            Frames.icmp(type: 0, rest))))
  }

  @Test(arguments: [0, 1, 24, 1464]) func `sends a UDP datagram back`(extra: Int) {
    let number: UInt64 = 0x0102_0304_0506_0708
    let (kind, reply) = answer(Frames.probe(number, extra: extra))
    #expect(kind == .udp(byteCount: 50 + extra, sequence: number))
    #expect(reply == Frames.echo(number, extra: extra))
  }

  @Test func `a checksum that comes out as zero is sent as ones`() {
    // The payload is the complement of the rest's sum, so that the whole sums to ones.
    let bare = Frames.udp(
      from: 7, to: 40_000, addresses: [GuestWorld.ipv4, GuestWorld.peerIPv4], [0, 0])
    let payload = Array(bare[6..<8])
    let (_, reply) = answer(
      Frames.ethernet(
        type: 0x0800, Frames.ipv4(protocol: 17, Frames.udp(from: 40_000, to: 7, payload))))
    #expect(reply[40..<42] == [0xff, 0xff])
  }

  @Test func `no checksum in a datagram is taken as it is, and options are left out`() {
    var datagram = Frames.udp(from: 9, to: 7, Frames.sequence(5))
    datagram.replaceSubrange(6..<8, with: [0, 0])
    let (kind, reply) = answer(
      Frames.ethernet(
        type: 0x0800, Frames.ipv4(protocol: 17, options: [1, 1, 1, 0], datagram)))
    #expect(kind == .udp(byteCount: 50, sequence: 5))
    #expect(reply[14] == 0x45)
    #expect(Frames.checksum(Array(reply[14..<34])) == 0)
  }

  @Test func `padding after the packet is not sent back`() {
    let (kind, reply) = answer(Frames.probe(3, extra: 0) + [9, 9, 9])
    #expect(kind == .udp(byteCount: 50, sequence: 3))
    #expect(reply == Frames.echo(3, extra: 0))
  }

  @Test func `a short datagram has no sequence number`() {
    let (kind, _) = answer(
      Frames.ethernet(
        type: 0x0800, Frames.ipv4(protocol: 17, Frames.udp(from: 9, to: 7, [1, 2, 3]))))
    #expect(kind == .udp(byteCount: 45, sequence: 0))
  }

  struct Odd: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let frame: [UInt8]
    let answer: EchoResponder.Answer

    init(_ testDescription: String, _ answer: EchoResponder.Answer, _ frame: [UInt8]) {
      (self.testDescription, self.answer, self.frame) = (testDescription, answer, frame)
    }

    /// A probe with a byte changed.
    init(
      _ testDescription: String, _ answer: EchoResponder.Answer, at offset: Int, _ value: UInt8
    ) {
      var frame = Frames.probe(1)
      frame[offset] = value
      self.init(testDescription, answer, frame)
    }
  }

  @Test(arguments: [
    Odd("nothing", .malformed, []),
    Odd("13 bytes", .malformed, Array(Frames.probe(1)[..<13])),
    Odd("an Ethernet header", .malformed, Array(Frames.probe(1)[..<14])),
    Odd("half an IPv4 header", .malformed, Array(Frames.probe(1)[..<30])),
    Odd("a packet cut short", .malformed, Array(Frames.probe(1).dropLast())),
    Odd("a frame for another", .ignored, at: 5, 0x43),
    Odd("IPv6", .ignored, Frames.ethernet(type: 0x86dd, Array(repeating: 0, count: 60))),
    Odd(
      "a broadcast datagram", .ignored,
      Frames.ethernet(to: MACAddress(bits: .max), type: 0x0800, Array(Frames.probe(1)[14...]))),
    Odd("another version", .malformed, at: 14, 0x55),
    Odd("a header of 16 bytes", .malformed, at: 14, 0x44),
    Odd("a header longer than the packet", .malformed, at: 14, 0x4f),
    Odd("a length below the header's", .malformed, at: 17, 19),
    Odd("a wrong header checksum", .malformed, at: 22, 63),
    Odd("a wrong UDP checksum", .malformed, at: 60, 0xff),
    Odd(
      "another address", .ignored,
      Frames.ethernet(
        type: 0x0800,
        Frames.ipv4(protocol: 17, to: 0x0a00_0103, Frames.udp(from: 1, to: 7, [])))),
    Odd(
      "the first of several fragments", .ignored,
      Frames.ethernet(
        type: 0x0800,
        Frames.ipv4(protocol: 17, fragment: 0x2000, Frames.udp(from: 1, to: 7, [])))),
    Odd(
      "a later fragment", .ignored,
      Frames.ethernet(
        type: 0x0800,
        Frames.ipv4(protocol: 17, fragment: 0x0001, Frames.udp(from: 1, to: 7, [])))),
    Odd(
      "TCP", .ignored,
      Frames.ethernet(type: 0x0800, Frames.ipv4(protocol: 6, Array(repeating: 0, count: 20)))),
    Odd(
      "another port", .ignored,
      Frames.ethernet(type: 0x0800, Frames.ipv4(protocol: 17, Frames.udp(from: 1, to: 8, [])))),
    Odd(
      "UDP of 7 bytes", .malformed,
      Frames.ethernet(type: 0x0800, Frames.ipv4(protocol: 17, Array(repeating: 0, count: 7)))),
    Odd(
      "a UDP length of 7", .malformed,
      Frames.ethernet(type: 0x0800, Frames.ipv4(protocol: 17, [0, 1, 0, 7, 0, 7, 0, 0]))),
    Odd(
      "a UDP length beyond the packet", .malformed,
      Frames.ethernet(type: 0x0800, Frames.ipv4(protocol: 17, [0, 1, 0, 7, 0, 9, 0, 0]))),
    Odd(
      "ICMP of 7 bytes", .malformed,
      Frames.ethernet(type: 0x0800, Frames.ipv4(protocol: 1, Array(repeating: 0, count: 7)))),
    Odd(
      "an ICMP echo reply", .ignored,
      Frames.ethernet(
        type: 0x0800, Frames.ipv4(protocol: 1, Frames.icmp(type: 0, [0, 0, 0, 0])))),
    Odd(
      "a wrong ICMP checksum", .malformed,
      Frames.ethernet(
        type: 0x0800, Frames.ipv4(protocol: 1, [8, 0, 0, 0, 1, 2, 3, 4]))),
    Odd("an ARP reply", .ignored, Frames.arp(operation: 2)),
    Odd("ARP for another", .ignored, Frames.arp(for: 0x0a00_0103)),
    Odd("a short ARP request", .malformed, Array(Frames.arp().dropLast())),
  ]) func `does not answer`(_ odd: Odd) {
    #expect(answer(odd.frame).0 == odd.answer)
  }

  @Test func `every frame with a wrong byte is answered without a trap`() {
    let frames = [
      Frames.probe(1), Frames.arp(),
      Frames.ethernet(
        type: 0x0800, Frames.ipv4(protocol: 1, Frames.icmp(type: 8, [1, 2, 3, 4, 5]))),
    ]
    for frame in frames {
      for offset in frame.indices {
        for value in stride(from: UInt8.min, through: 250, by: 5) where value != frame[offset] {
          var wrong = frame
          wrong[offset] = value
          let (_, reply) = answer(wrong)
          // Nothing that is sent has a wrong IPv4 header.
          #expect(
            reply.isEmpty || reply[13] == 6 || Frames.checksum(Array(reply[14..<34])) == 0)
        }
      }
    }
  }
}
