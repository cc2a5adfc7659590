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
  /// What says in a manifest's words which version is wanted.
  static let pages =
    ["README.md", "docs/EMBEDDING.md", "Examples/README.md"]
    + Tree.code.map(\.path).filter { $0.hasPrefix("Examples/") && $0.hasSuffix("/Package.swift") }

  @Test(arguments: pages)
  func `a page asks for the version that this is`(path: String) throws {
    let current = try #require(Versions.current)
    #expect(Versions.asked(path) == [current])
  }

  @Test func `the manifests of the examples are among the pages`() {
    #expect(Self.pages.count > 5)
  }

  @Test func `the newest release of the changelog is the version that this is`() throws {
    let current = try #require(Versions.current)
    let headings = Tree.read("CHANGELOG.md")?.lines.filter { $0.hasPrefix("## ") } ?? []
    #expect(headings.first { $0 != "## Unreleased" } == "## \(current)")
  }

  @Test func `a version is what stands in quotes`() {
    #expect(Versions.quoted(in: "let v = \"1.2\"", after: "v = ") == "1.2")
    #expect(Versions.quoted(in: "let v = 1.2", after: "v = ") == nil)
  }
}
