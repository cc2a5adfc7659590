import Foundation
import Testing

/// docs/PROTOCOL.md beside the golden bytes.
@Suite(.timeLimit(.minutes(15))) struct LayoutTests {
  struct Line: CustomTestStringConvertible, Sendable {
    let kind: String
    let key: String
    let bytes: [UInt8]
    let values: [String]
    var testDescription: String { "\(kind) \(key)" }

    init?(_ text: Substring) {
      let parts = text.split(separator: "|", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard parts.count == 3, let space = parts[0].firstIndex(of: " ") else { return nil }
      kind = String(parts[0][..<space])
      key = String(parts[0][parts[0].index(after: space)...])
      let hex = Array(parts[1])
      bytes = stride(from: 0, to: hex.count, by: 2).compactMap {
        UInt8(String(hex[$0...($0 + 1)]), radix: 16)
      }
      values = parts[2].split(separator: " ").map(String.init)
    }

    /// The tables of these bytes.
    var headings: [String] {
      switch kind {
      case "record": ["Header", key.split(separator: " ").map(String.init)[1]]
      case "feature": ["HELLO"]
      case "adoption": ["ANSWERS"]
      case "owner": ["The word"]
      case "structure": [key]
      case _: ["FAILED"]
      }
    }
  }

  static func lines(_ room: String) -> [Line] {
    let text = Repository.text("Tests/\(room)/Golden/version-2.txt") ?? ""
    return text.split(separator: "\n").compactMap { Line($0) }
  }

  static let lines = lines("MigTests") + lines("NetTests")

  @Test(arguments: lines) func `the tables find in the bytes what the code finds`(
    line: Line
  ) throws {
    let walk = try LayoutWalk(line.bytes, line.headings, in: .ofTheProtocol())
    #expect(walk.misplaced == [])
    #expect(line.values.filter { !walk.values.contains($0) } == [])
  }

  @Test(arguments: [
    ("cause", "Causes"), ("field", "Fields"), ("call", "Calls"), ("kind", "Value kinds"),
    ("adoption", "Adoptions"), ("owner", "Owners"), ("feature", "Features"),
  ]) func `every number has its row`(kind: String, heading: String) throws {
    let golden = Self.lines.filter { $0.kind == kind }.map(\.key)
    #expect(!golden.isEmpty)
    let rows = try Layouts.ofTheProtocol().names(heading)
    #expect(rows.count == Set(rows).count)
    #expect(Set(rows) == Set(golden))
  }

  @Test func `every record is in the list, with who sends it`() throws {
    let text = try #require(Repository.text("docs/PROTOCOL.md"))
    let golden = Self.lines.filter { $0.kind == "record" }.map { line in
      "| " + line.key.split(separator: " ").joined(separator: " | ") + " |"
    }
    #expect(golden.count >= 12)
    for row in golden { #expect(text.contains("\n\(row)"), "\(row)") }
  }

  @Test func `a table that is wrong is seen`() throws {
    let table = "#### A\n| offset | size | field | default |\n|---|---|---|---|\n"
    let good = Layouts(table + "| 0 | 2 | one | |\n| 2 | name | two | |\n")
    let bytes: [UInt8] = [1, 0, 2, 65, 66]
    let walk = try LayoutWalk(bytes, ["A"], in: good)
    #expect(walk.values == ["one=1", "two=AB"])
    #expect(walk.misplaced == [])
    let moved = Layouts(table + "| 0 | 2 | one | |\n| 4 | name | two | |\n")
    #expect(try LayoutWalk(bytes, ["A"], in: moved).misplaced == ["two is at 2"])
    let short = Layouts(table + "| 0 | 2 | one | |\n")
    #expect(try LayoutWalk(bytes, ["A"], in: short).misplaced == ["3 bytes are left"])
  }
}
