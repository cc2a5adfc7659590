import Testing

/// Who may import whom: docs/ARCHITECTURE.md as a table.
enum Floors {
  /// What a room may import.
  struct Rule: Sendable {
    /// The modules of this package.
    let ours: Set<String>
    /// The modules of others, nil where the room is free to choose.
    let others: Set<String>?
  }

  /// The room's folder below Sources, and its rule.
  static let rules: [String: Rule] = {
    let core: Set = ["BatonCLibevent", "BatonCLinux"]
    let middle: Set = ["BatonCore"]
    let below: Set = [
      "BatonCore", "BatonMig", "BatonNet", "BatonVhostUser", "BatonDiagrams", "BatonSCXML",
      "BatonTesting", "BatonProof", "BatonTraces", "BatonQMP", "BatonRelay", "BatonHost",
    ]
    return [
      "CLibevent": Rule(ours: [], others: []),
      "CLinux": Rule(ours: [], others: []),
      "Core": Rule(ours: core, others: ["Synchronization"]),
      "Mig": Rule(ours: middle, others: ["Synchronization"]),
      "Net": Rule(ours: middle, others: ["Synchronization"]),
      "Diagrams": Rule(ours: ["BatonCore"], others: []),
      "CDuktape": Rule(ours: [], others: []),
      "SCXML": Rule(ours: ["BatonCore", "BatonDuktape"], others: nil),
      "Testing": Rule(ours: ["BatonCore"], others: nil),
      "Command": Rule(
        ours: ["BatonCore", "BatonDiagrams", "BatonTraces", "BatonSCXML", "BatonTesting"],
        others: nil),
      "Traces": Rule(ours: [], others: nil),
      "Async": Rule(ours: ["BatonCore"], others: []),
      "QMP": Rule(ours: ["BatonCore"], others: nil),
      "Relay": Rule(ours: ["BatonCore", "BatonQMP"], others: nil),
      "VhostUser": Rule(ours: ["BatonCore", "BatonNet"], others: ["Synchronization"]),
      "Proof": Rule(
        ours: [
          "BatonCore", "BatonMig", "BatonNet", "BatonVhostUser", "BatonTesting", "BatonRelay",
        ],
        others: nil),
      "Host": Rule(
        ours: [
          "BatonCore", "BatonMig", "BatonNet", "BatonVhostUser", "BatonTraces", "BatonQMP",
          "BatonRelay",
        ],
        others: nil),
      "Lab": Rule(ours: below.union(["BatonCLinux"]), others: nil),
      "CBaton": Rule(ours: [], others: []),
      "Embed": Rule(ours: below.union(["CBaton"]), others: nil),
      "baton": Rule(ours: below.union(["BatonLab", "BatonCommand"]), others: nil),
    ]
  }()

  static func check(_ source: Source) -> [Finding] {
    guard let room = source.room else { return [] }
    guard let rule = rules[room] else {
      return [Finding(source, line: 1, "the room \(room) is on no floor")]
    }
    return source.code.enumerated().compactMap { number, line in
      guard let module = imported(by: line), !allows(rule, module) else { return nil }
      return Finding(source, line: number + 1, "\(room) may not import \(module)")
    }
  }

  private static func allows(_ rule: Rule, _ module: String) -> Bool {
    if module.hasPrefix("Baton") || module == "CBaton" { return rule.ours.contains(module) }
    return rule.others?.contains(module) ?? true
  }

  /// The module that a line of code imports, nil when it imports none.
  static func imported(by line: String) -> String? {
    let modifiers: Set = [
      "public", "package", "internal", "fileprivate", "private", "preconcurrency", "testable",
      "_exported", "_implementationOnly", "_spiOnly", "unsafe",
    ]
    let kinds: Set = [
      "struct", "class", "enum", "protocol", "func", "var", "let", "typealias", "actor",
    ]
    let words = line.words.drop { modifiers.contains($0) }
    guard words.first == "import" else { return nil }
    return words.dropFirst().drop { kinds.contains($0) }.first
  }
}

@Suite(.timeLimit(.minutes(15))) struct FloorTests {
  @Test func `imports point down`() {
    #expect(Tree.sources.flatMap(Floors.check) == [])
  }

  @Test(arguments: [
    ("import BatonNet", "Mig"), ("public import BatonMig", "Net"), ("import Foundation", "Core"),
    ("import Glibc", "Core"), ("@preconcurrency import Dispatch", "Net"),
    ("import struct BatonHost.Guest", "Diagrams"), ("  private import BatonMig", "Core"),
    ("import BatonHost", "Host"), ("import BatonCLibevent", "Mig"), ("let a = 1", "Cellar"),
    ("import BatonMig", "Testing"), ("import BatonCLinux", "Net"), ("import BatonCLinux", "Host"),
    ("import BatonCLinux", "baton"), ("import BatonLab", "Host"), ("import BatonProof", "Testing"),
    ("@_exported public import FoundationEssentials", "Mig"),
  ])
  func `an import that points elsewhere is caught`(line: String, room: String) {
    let source = Source(path: "Sources/\(room)/A.swift", text: line)
    #expect(Floors.check(source).count == 1)
  }

  @Test(arguments: [
    ("public import BatonCore", "Mig"), ("import Synchronization", "Core"),
    ("// import Foundation", "Core"), ("import Foundation", "baton"), ("import BatonHost", "baton"),
    ("import BatonCLibevent", "Core"), ("let text = \"import Glibc\"", "Net"),
  ])
  func `an import that points down passes`(line: String, room: String) {
    let source = Source(path: "Sources/\(room)/A.swift", text: line)
    #expect(Floors.check(source) == [])
  }
}
