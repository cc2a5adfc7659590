import Testing

@testable import BatonCore
@testable import BatonMig
@testable import BatonNet

/// docs/EMBEDDING.md beside the examples, the declarations and the numbers that it speaks of.
@Suite(.timeLimit(.minutes(15))) struct EmbeddingTests {
  private static let page = (try? Page(path: "docs/EMBEDDING.md")) ?? Page("")

  @Test func `every piece of Swift stands in an example`() {
    let pieces = Self.page.swift
    #expect(pieces.count >= 8)
    let examples = Page.sources(below: "Examples").map(\.text)
    for piece in pieces {
      #expect(examples.contains { Self.holds($0, piece) }, "no example has:\n\(piece)")
    }
  }

  @Test func `a piece that no example has is caught`() {
    #expect(Self.holds("  // a\n    b()\n    c()\n", "b()\nc()"))
    #expect(Self.holds("//   .package(a)\n", ".package(a)"))
    #expect(!Self.holds("  b()\n  d()\n", "b()\nc()"))
  }

  @Test func `every signature is one that is declared`() {
    let wanted = Self.page.signatures
    #expect(wanted.count >= 30)
    let declared = Page.sources(below: "Sources").map { Self.oneLine($0.text) }
    for signature in wanted {
      let text = Self.oneLine(signature)
      #expect(declared.contains { $0.contains(text) }, "not declared: \(signature)")
    }
  }

  private static let limits: [String: Int] = [
    "GuestMemory.regionCountMax": GuestMemory.regionCountMax,
    "devices of one guest": Arrivals.devicesMax,
    "properties, or state, of one device": Int(RecordHeader.lengthMax),
    "descriptors of one device": Int(RecordHeader.descriptorsMax),
    "Kernel.descriptorsPerMessageMax": Kernel.descriptorsPerMessageMax,
    "Name.limit": Name.limit,
    "SocketPath.countMax": SocketPath.countMax,
    "InterfaceName.countMax": InterfaceName.countMax,
    "TapOptions.queuesMax": TapOptions.queuesMax,
    "headerSize of TapOptions": Int(TapOptions.headerSizeMax),
    "queueSizeMax of NetDevice.Options": Int(SplitRing.sizeMax),
    "VirtioNet.frameByteCountMax": VirtioNet.frameByteCountMax,
    "frames for one readiness of a queue": Tap.batch,
    "Mailbox.worksPerRoundMax": Mailbox.worksPerRoundMax,
    "places at a target": Lobby.placesMax,
    "the time of such a place": Int(Visitor.limitMillis),
    "MigrationParameters.patienceMillis": Int(MigrationParameters().patienceMillis),
    "MigrationParameters.switchMillis": Int(MigrationParameters().switchMillis),
    "Limits.states": Limits.states,
    "Limits.effects": Limits.effects,
    "Limits.delays": Limits.delays,
    "Limits.deferred": Limits.deferred,
  ]

  @Test func `every limit has the number that the page says`() {
    var said: [String: Int] = [:]
    for row in Self.page.rows(below: "Limits") {
      let name = row[0].filter { $0 != "`" }
      said[name] = row[1].split(separator: " ").first.flatMap { Int($0) }
    }
    #expect(said == Self.limits)
    #expect(VirtioNet.maxPairsLimit == TapOptions.queuesMax)
  }

  /// Whether a file has these lines in a row, at any indent, or in a comment.
  private static func holds(_ file: String, _ piece: String) -> Bool {
    let wanted = piece.components(separatedBy: "\n")
    let lines = file.components(separatedBy: "\n")
    guard lines.count >= wanted.count else { return false }
    return (0...(lines.count - wanted.count)).contains { start in
      let part = Array(lines[start..<(start + wanted.count)])
      return [part, part.map(uncommented)].contains { Page.flush($0) == piece }
    }
  }

  private static func uncommented(_ line: String) -> String {
    line.hasPrefix("//") ? String(line.dropFirst(2)) : line
  }

  /// A declaration with single spaces, and none inside of its parentheses' ends.
  private static func oneLine(_ text: String) -> String {
    text.split { $0.isWhitespace }.joined(separator: " ")
      .replacing("( ", with: "(").replacing(" )", with: ")")
  }
}
