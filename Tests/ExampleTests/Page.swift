import Foundation

/// A page of docs/, taken apart for comparison with what it speaks of.
struct Page {
  /// The top of the repository.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  let lines: [String]

  init(_ text: String) { lines = text.components(separatedBy: "\n") }

  init(path: String) throws {
    self.init(try String(contentsOf: Self.root.appending(path: path), encoding: .utf8))
  }

  /// The fenced blocks of Swift, without the indent that they have in common.
  var swift: [String] {
    var blocks: [[String]] = []
    var isInside = false
    for line in lines {
      if line.hasPrefix("```") {
        isInside = line == "```swift"
        if isInside { blocks.append([]) }
      } else if isInside {
        blocks[blocks.count - 1].append(line)
      }
    }
    return blocks.map(Self.flush)
  }

  /// What stands in backquotes and reads like a declaration.
  var signatures: [String] {
    lines.flatMap { line in
      line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .compactMap { $0.offset % 2 == 1 ? String($0.element) : nil }
        .filter { span in ["func ", "init(", "var "].contains { span.hasPrefix($0) } }
    }
  }

  /// The rows of the tables below a heading: cells without their white space.
  func rows(below heading: String) -> [[String]] {
    lines.drop { $0 != "## \(heading)" }.dropFirst().prefix { !$0.hasPrefix("## ") }
      .filter { $0.hasPrefix("| ") && !$0.hasPrefix("| ---") }.dropFirst()
      .map { row in
        row.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
          .map { $0.trimmingCharacters(in: .whitespaces) }
      }
  }

  /// Lines moved to the left as far as all of them go.
  static func flush(_ lines: [String]) -> String {
    let indents = lines.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }
    return lines.map { String($0.dropFirst(indents.min() ?? 0)) }.joined(separator: "\n")
  }

  /// All Swift below a folder, with its path.
  static func sources(below folder: String) -> [(path: String, text: String)] {
    let top = root.appending(path: folder)
    let all = FileManager.default.enumerator(atPath: top.path)?.compactMap { $0 as? String } ?? []
    return all.filter { $0.hasSuffix(".swift") && !$0.contains(".build/") }.sorted().compactMap {
      path in
      let text = try? String(contentsOf: top.appending(path: path), encoding: .utf8)
      return text.map { (path, $0) }
    }
  }
}
