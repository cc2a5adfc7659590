import Testing

/// The version stands in Sources/Core/Baton.swift; what people read repeats it.
enum Versions {
  /// The version that the software says of itself.
  static let current: String? = Tree.read("Sources/Core/Baton.swift").flatMap { source in
    source.lines.lazy.compactMap { quoted(in: $0, after: "let version: StaticString = ") }.first
  }

  /// What stands in quotes behind a mark.
  static func quoted(in line: String, after mark: String) -> String? {
    guard let range = line.range(of: mark) else { return nil }
    let parts = line[range.upperBound...].split(
      separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
    return parts.count == 3 && parts[0].isEmpty ? String(parts[1]) : nil
  }

  /// The versions in a page's lines of a manifest.
  static func asked(_ path: String) -> [String] {
    Tree.read(path)?.lines.compactMap { quoted(in: $0, after: "/baton\", from: ") } ?? []
  }
}

@Suite(.timeLimit(.minutes(15))) struct VersionTests {
  @Test(arguments: ["README.md", "docs/EMBEDDING.md"])
  func `a page asks for the version that this is`(path: String) throws {
    let current = try #require(Versions.current)
    #expect(Versions.asked(path) == [current])
  }

  @Test func `the changelog begins with the version that this is`() throws {
    let current = try #require(Versions.current)
    let heading = Tree.read("CHANGELOG.md")?.lines.first { $0.hasPrefix("## ") }
    #expect(heading == "## \(current)")
  }

  @Test func `a version is what stands in quotes`() {
    #expect(Versions.quoted(in: "let v = \"1.2\"", after: "v = ") == "1.2")
    #expect(Versions.quoted(in: "let v = 1.2", after: "v = ") == nil)
  }
}
