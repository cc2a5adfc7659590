import BatonCore
import Foundation
import Testing

@testable import BatonNet

/// The structures of a network device that have travelled once stay what they are.
@Suite(.serialized, .timeLimit(.minutes(15))) struct GoldenTests {
  /// A line of Golden/version-2.txt: what it is, bytes, and what they say.
  struct Line: Equatable {
    let key: String
    let bytes: [UInt8]
    let values: [String]

    var text: String {
      let hex = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
      return "structure \(key) | \(hex) | \(values.joined(separator: " "))"
    }

    init(_ key: String, _ bytes: [UInt8]) throws {
      (self.key, self.bytes, values) = (key, bytes, try GoldenTests.values(key, bytes))
    }
  }

  private static let url = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden/version-2.txt")

  private static let tap = {
    let name = InterfaceName(bytes: Array("tap0".utf8))!
    return TapProperties(
      name: name, index: 7, flags: TunFlags(rawValue: 0x5102), queues: 2,
      settings: [.headerSize: 12, .sendBuffer: 1000, .offload: 0x1F, .mtu: 1300])
  }()

  /// One of each, as it is written today.
  private static func lines() throws -> [Line] {
    var options = NetWorld.options(pairs: 2, offloads: .csum)
    options.mtu = 1400
    let offer = NetDevice.Offer(options: options, tap: tap, lends: true)
    let head = NetDevice.StateHead(tap: tap)
    return [
      try Line("offer", bytes { offer.write(into: &$0) }),
      try Line("state-head", bytes { head.write(into: &$0) }),
      try Line("virtio-net", withExtendedLifetime(fixture()) { $0.saved() }),
    ]
  }

  private static func bytes(_ fill: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    fill(&writer)
    return writer.bytes
  }

  private static func fixture() -> VirtioFixture {
    let fixture = VirtioFixture(mtu: 0x0605)
    fixture.start([.mac])
    return fixture
  }

  /// What today's readers find, with the names of docs/PROTOCOL.md.
  private static func values(_ key: String, _ bytes: [UInt8]) throws -> [String] {
    switch key {
    case "offer":
      let offer = try NetDevice.Offer(bytes.span.bytes, subject: Name("net0"))
      return [
        "mtu=\(offer.mtu)", "ring=\(offer.queueSizeMax)", "offloads=\(offer.offloads.rawValue)",
      ] + values(offer.tap) + ["descriptors=\(offer.descriptorCount)"]
    case "state-head":
      var cursor = ByteCursor()
      let head = try NetDevice.StateHead(bytes.span.bytes, at: &cursor, subject: Name("net0"))
      return values(head.tap)
    case "virtio-net":
      // The guest's memory is the fixture's.
      return try withExtendedLifetime(fixture()) { fixture in
        let device = fixture.another()
        try device.load(from: bytes.span.bytes)
        return values(device)
      }
    case let other: throw Unknown(key: other)
    }
  }

  struct Unknown: Error {
    let key: String
  }

  private static func values(_ device: VirtioNet) -> [String] {
    [
      "status=\(device.status.rawValue)", "features=\(device.acceptedFeatures.rawValue)",
      "mac=\(device.configuration.mac)", "mtu=\(device.configuration.mtu ?? 0)",
      "pairs=\(device.configuration.maxPairs)", "active=\(device.activePairs)",
    ] + device.rings.flatMap { ["size=\($0.layout.size)", "table=\($0.layout.descriptors)"] }
  }

  private static func values(_ tap: TapProperties) -> [String] {
    [
      "interface=\(tap.name)", "index=\(tap.index)", "flags=\(tap.flags.rawValue)",
      "header=\(tap[.headerSize] ?? 0)", "sndbuf=\(tap[.sendBuffer] ?? 0)",
      "offload=\(tap[.offload] ?? 0)",
      "queues=\(tap.queues)", "interfaceMTU=\(tap[.mtu] ?? 0)",
    ]
  }

  private static func golden() throws -> [(key: String, bytes: [UInt8], text: String)] {
    try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { line in
      let parts = line.split(separator: " ")
      let hex = Array(parts[3].utf8)
      let bytes = stride(from: 0, to: hex.count, by: 2).map {
        UInt8(String(decoding: hex[$0..<($0 + 2)], as: UTF8.self), radix: 16) ?? 0
      }
      return (String(parts[1]), bytes, String(line))
    }
  }

  @Test func `what is written has golden bytes`() throws {
    for line in try Self.lines() {
      let last = ((try? Self.golden()) ?? []).last { $0.key == line.key }?.text
      if last == line.text { continue }
      if ProcessInfo.processInfo.environment["GOLDEN"] == "add" {
        let text = (try? String(contentsOf: Self.url, encoding: .utf8)) ?? ""
        try (text + line.text + "\n").write(to: Self.url, atomically: true, encoding: .utf8)
      }
      Issue.record(
        """
        \(line.key): other bytes than the golden ones. If a field was appended, add this line to \
        Golden/version-2.txt, and the field to docs/PROTOCOL.md:
        \(line.text)
        If a field moved or changed its width, the peer misreads it: append it instead.
        """)
    }
  }

  @Test func `golden bytes of every version are read, and mean what they meant`() throws {
    let lines = try Self.golden()
    #expect(lines.count >= 3)
    for line in lines {
      let found = try Self.values(line.key, line.bytes)
      let meant = line.text.split(separator: "|")[2].split(separator: " ").map(String.init)
      #expect(meant.filter { !found.contains($0) } == [], "\(line.key)")
    }
  }
}
