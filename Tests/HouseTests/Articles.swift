import Foundation
import Testing

/// The articles of the documentation: their code is compiled somewhere, as it stands there.
enum Articles {
  static func check(_ article: Source, against code: [Source]) -> [Finding] {
    blocks(of: article).compactMap { block in
      guard !code.contains(where: { contains($0, block.lines) }) else { return nil }
      return Finding(article, line: block.start, "this code is compiled nowhere")
    }
  }

  /// The fenced blocks of Swift, without indentation; `start` is the line of the fence.
  private static func blocks(of article: Source) -> [(start: Int, lines: [String])] {
    var blocks: [(start: Int, lines: [String])] = []
    var isOpen = false
    for (number, line) in article.lines.enumerated() {
      if line.hasPrefix("```") {
        isOpen = line == "```swift"
        if isOpen { blocks.append((number + 1, [])) }
      } else if isOpen {
        blocks[blocks.count - 1].lines.append(unindented(line))
      }
    }
    return blocks
  }

  /// The names of the words in a table, by the code in its first column, and the examples in its
  /// last one.
  static func words(of article: Source, under title: String) -> [(names: [String], code: String)] {
    var isInside = false
    var rows: [(names: [String], code: String)] = []
    for line in article.lines {
      if line.hasPrefix("## ") { isInside = line == "## \(title)" }
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard isInside, cells.count == 3, cells[0] != "word", cells[0] != "---" else { continue }
      let names = cells[0].split(separator: "`").filter { !$0.hasPrefix(", ") }.map(String.init)
      rows.append((names, code(cells[2])))
    }
    return rows
  }

  private static func code(_ cell: String) -> String {
    [("<code>", ""), ("</code>", ""), ("`", ""), ("&amp;", "&"), ("&#124;", "|")].reduce(cell) {
      $0.replacing($1.0, with: $1.1)
    }
  }

  private static func contains(_ source: Source, _ block: [String]) -> Bool {
    let lines = source.lines.map(unindented)
    guard !block.isEmpty, lines.count >= block.count else { return false }
    return (0...lines.count - block.count).contains { start in
      lines[start] == block[0] && lines[start..<start + block.count].elementsEqual(block)
    }
  }

  private static func unindented(_ line: String) -> String { String(line.drop { $0 == " " }) }
}

@Suite(.timeLimit(.minutes(15))) struct ArticleTests {
  private static let articles = Tree.papers.filter { $0.path.contains(".docc/") }

  @Test func `the code of every article is compiled`() {
    let code = Tree.code.filter { $0.path.contains("/Guide/") || $0.path.hasPrefix("Examples/") }
    #expect(Self.articles.flatMap { Articles.check($0, against: code) } == [])
  }

  @Test func `every word of a definition is listed with an example that is compiled`() throws {
    let page = try #require(Tree.read("docs/CHARTS.md"))
    let rows = Articles.words(of: page, under: "The words of a chart in Swift")
    let code = Tree.code.filter { $0.path.contains("CoreTests/Guide/") }.flatMap(\.lines)
    for row in rows {
      #expect(code.contains { $0.contains(row.code) }, "compiled nowhere: \(row.code)")
    }
    let builder = try #require(Tree.read("Sources/Core/Chart/Chart+Builder.swift"))
    let start = "  public static func "
    let words = Set(
      builder.lines.filter { $0.hasPrefix(start) }.map {
        String($0.dropFirst(start.count).prefix { $0 != "(" })
      })
    #expect(words.count >= 14)
    #expect(words.subtracting(rows.flatMap(\.names)) == [])
  }

  @Test(arguments: ["EmbedTheHandover", "WriteAChart", "TestAChart", "WatchARun", "RunADocument"])
  func `there is an article`(name: String) {
    #expect(Self.articles.contains { $0.path.hasSuffix("/\(name).md") })
  }

  @Test(arguments: [
    ("let a = 1", true), ("let b = 2", false), ("  let a = 1\n  let c = 3", true),
    ("let a = 1\nlet b = 2", false),
  ])
  func `code that is compiled nowhere is caught`(text: String, isFound: Bool) {
    let article = Source(path: "Sources/Core/A.docc/A.md", text: "# A\n\n```swift\n\(text)\n```\n")
    let code = Source(path: "Tests/A.swift", text: "func f() {\n  let a = 1\n  let c = 3\n}\n")
    #expect(Articles.check(article, against: [code]).isEmpty == isFound)
  }
}
