import Testing

/// The table of QEMU's patches in docs/ARCHITECTURE.md: what it names is there.
enum Series {
  /// One row: the numbers of its patches, and the names in its columns.
  struct Row: Equatable {
    var patches: [Int]
    var places: [String]
    var tests: [String]
  }

  static func rows(of text: String) -> [Row] {
    let lines = text.split(separator: "\n").map(String.init)
    guard let start = lines.firstIndex(of: "## The series, patch by patch") else { return [] }
    let table = lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }.filter { $0.hasPrefix("|") }
    return table.dropFirst(2).map { line in
      let cells = line.split(separator: "|").map(String.init)
      return Row(
        patches: numbers(cells.first ?? ""), places: names(cells.dropFirst(2).first ?? ""),
        tests: names(cells.last ?? ""))
    }
  }

  private static func numbers(_ cell: String) -> [Int] {
    cell.split { !$0.isNumber }.compactMap { Int($0) }
  }

  /// What stands between backticks, without what follows a name's own last word.
  private static func names(_ cell: String) -> [String] {
    let parts = cell.split(separator: "`", omittingEmptySubsequences: false)
    return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
  }

  /// What a row names that no source declares or mentions.
  static func missing(from row: Row, code: [Source]) -> [String] {
    let places = row.places.filter { place in
      let word = place.split { !$0.isLetter && $0 != "-" }.last.map(String.init) ?? place
      return !code.contains { $0.room != nil && $0.lines.contains { $0.contains(word) } }
        && !place.hasPrefix("Scripts/")
    }
    let tests = row.tests.filter { test in
      !code.contains { $0.room == nil && $0.lines.contains { $0.contains(" \(test)") } }
    }
    return places + tests
  }
}

@Suite(.timeLimit(.minutes(15))) struct SeriesTests {
  @Test func `the table has each patch once, and tests that are there`() throws {
    let rows = Series.rows(of: try #require(Repository.text("docs/ARCHITECTURE.md")))
    #expect(rows.flatMap(\.patches) == Array(1...19))
    #expect(rows.allSatisfy { !$0.tests.isEmpty })
    for row in rows { #expect(Series.missing(from: row, code: Tree.code) == []) }
  }

  @Test func `what is not there is found`() {
    let text = """
      ## The series, patch by patch
      | patch | what | here | tests |
      | --- | --- | --- | --- |
      | 8, 9 | a | `Kernel.noSuchCall` | `NoSuchTests`, `SeriesTests` |
      """
    let rows = Series.rows(of: text)
    #expect(rows.map(\.patches) == [[8, 9]])
    let code = Tree.code.filter { !$0.path.hasSuffix("Series.swift") }
    #expect(
      Series.missing(from: rows[0], code: code) == [
        "Kernel.noSuchCall", "NoSuchTests", "SeriesTests",
      ])
  }
}
