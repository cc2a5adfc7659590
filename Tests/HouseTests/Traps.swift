import Foundation
import Testing

/// The places at which the code ends the process itself, and the list of them in
/// docs/ARCHITECTURE.md, which says of each why nothing from outside leads there.
enum Traps {
  /// What ends the process when it is reached, or when its condition does not hold.
  static let calls = [
    "fatalError", "precondition", "preconditionFailure", "assert", "assertionFailure",
  ]

  /// How often each of them stands in a file: a call, `try!`, `as!`, an `unowned` that is checked,
  /// or `!` behind a value or a type.
  static func count(_ source: Source) -> [String: Int] {
    var counts: [String: Int] = [:]
    for line in source.code {
      let characters = Array(line)
      for index in characters.indices {
        guard let trap = trap(characters, at: index) else { continue }
        counts[trap, default: 0] += 1
      }
    }
    return counts
  }

  private static func trap(_ line: [Character], at index: Int) -> String? {
    if line[index] == "!" { return forced(line, at: index) }
    guard index == 0 || !line[index - 1].isWordCharacter, line[index].isLetter else { return nil }
    let word = String(line[index...].prefix { $0.isWordCharacter })
    let rest = line[(index + word.count)...]
    if word == "unowned" { return rest.starts(with: "(unsafe)") ? nil : word }
    return rest.first == "(" && calls.contains(word) ? word : nil
  }

  /// `a!`, `a()!`, `a[0]!`, `try!`, `as!` and `A!`, but neither `!a` nor `a != b`.
  private static func forced(_ line: [Character], at index: Int) -> String? {
    guard index > 0, index + 1 == line.count || line[index + 1] != "=" else { return nil }
    let before = line[index - 1]
    guard before.isWordCharacter || ")]}>?".contains(before) else { return nil }
    let word = String(line[..<index].reversed().prefix { $0.isWordCharacter }.reversed())
    return word == "try" || word == "as" ? word + "!" : "!"
  }

  /// One file's row as it has to stand: names in order, each with its number.
  static func text(_ counts: [String: Int]) -> String {
    counts.sorted { $0.key < $1.key }.map { "`\($0.key)` \($0.value)" }.joined(separator: ", ")
  }

  /// The rows of the list: a path below Sources, what stands there, and why.
  static func rows(_ page: String) -> [(path: String, traps: String, why: String)] {
    guard let start = page.range(of: "\n## Traps\n") else { return [] }
    let section = page[start.upperBound...].components(separatedBy: "\n## ")[0]
    return section.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 3, cells[0].hasSuffix(".swift") else { return nil }
      return (cells[0], cells[1], cells[2])
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct TrapTests {
  private var rows: [(path: String, traps: String, why: String)] {
    Traps.rows(Tree.read("docs/ARCHITECTURE.md")?.lines.joined(separator: "\n") ?? "")
  }

  @Test func `every trap is on the list, as often as it stands in the code`() {
    let listed = Dictionary(rows.map { ($0.path, $0.traps) }) { first, _ in first }
    var found: [String: String] = [:]
    for source in Tree.sources where source.room != nil && source.isSwift {
      let counts = Traps.count(source)
      if !counts.isEmpty { found[String(source.path.dropFirst(8))] = Traps.text(counts) }
    }
    #expect(found.count > 10)
    for (path, traps) in found.sorted(by: { $0.key < $1.key }) {
      #expect(listed[path] == traps, "docs/ARCHITECTURE.md, Traps: | \(path) | \(traps) | why |")
    }
    #expect(Set(listed.keys).subtracting(found.keys) == [], "no such trap stands there any more")
  }

  @Test func `each says why it cannot be reached`() {
    #expect(rows.map(\.path) == rows.map(\.path).sorted())
    #expect(rows.filter { $0.why.count < 20 }.map(\.path) == [])
  }

  @Test(arguments: [
    ("precondition(a > 0)", ["precondition": 1]), ("assertionFailure()", ["assertionFailure": 1]),
    ("let a = b!", ["!": 1]), ("f(a!, b()!, c[0]!)", ["!": 3]), ("var a: B!", ["!": 1]),
    ("try! f()", ["try!": 1]), ("a as! B", ["as!": 1]), ("unowned let a: B", ["unowned": 1]),
    ("if !a, a != b { }", [:]), ("unowned(unsafe) let a: B", [:]), ("// fatalError(\"a\")", [:]),
    ("let a = \"precondition(b)!\"", [:]), ("let preconditions = 1", [:]), ("x.assert", [:]),
  ])
  func `a trap is seen, and what looks like one is none`(line: String, counts: [String: Int]) {
    #expect(Traps.count(Source(path: "Sources/Core/A.swift", text: line)) == counts)
  }

  @Test func `the list is read row by row`() {
    let page =
      "# A\n\n## Traps\n\nText.\n\n| file | traps | why |\n| --- | --- | --- |\n"
      + "| Core/A.swift | `!` 1 | so |\n\n## B\n\n| Core/C.swift | `!` 1 | so |\n"
    #expect(Traps.rows(page).map(\.path) == ["Core/A.swift"])
    #expect(Traps.rows(page).map(\.traps) == ["`!` 1"])
    #expect(Traps.text(["try!": 1, "!": 2]) == "`!` 2, `try!` 1")
  }
}
