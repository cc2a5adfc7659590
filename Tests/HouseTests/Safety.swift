import Testing

/// Unsafe code says why it is safe.
enum Safety {
  /// A comment with this mark stands at most so many lines above a run of unsafe lines.
  static let mark = "// Safe:"
  static let reach = 5

  static func check(_ source: Source) -> [Finding] {
    guard source.room != nil, source.isSwift else { return [] }
    let unsafe = source.code.map(isUnsafe)
    return unsafe.indices.compactMap { index in
      guard unsafe[index], index == 0 || !unsafe[index - 1] else { return nil }
      let above = source.lines[max(0, index - reach)...index]
      guard !above.contains(where: { $0.contains(mark) }) else { return nil }
      return Finding(source, line: index + 1, "unsafe without \(mark) within \(reach) lines above")
    }
  }

  /// True for an unsafe expression; `@unsafe`, `unowned(unsafe)` and their kind are declarations.
  static func isUnsafe(_ line: String) -> Bool {
    var rest = line[...]
    while let found = rest.firstRange(of: "unsafe") {
      let before = line[..<found.lowerBound].last
      let after = line[found.upperBound...].first
      rest = line[found.upperBound...]
      if before == "@" || (before == "(" && after == ")") { continue }
      if before?.isWordCharacter == true || after?.isWordCharacter == true { continue }
      return true
    }
    return false
  }
}

@Suite(.timeLimit(.minutes(15))) struct SafetyTests {
  @Test func `unsafe code says why it is safe`() {
    #expect(Tree.sources.flatMap(Safety.check) == [])
  }

  private func lines(_ text: String) -> [Int] {
    Safety.check(Source(path: "Sources/Core/A.swift", text: text)).map(\.line)
  }

  @Test func `an unsafe line without a reason is caught`() {
    #expect(lines("let a = unsafe b") == [1])
    #expect(lines("\n\n  unsafe a()\n  unsafe b()") == [3])
  }

  @Test func `the reason reaches five lines down and over a run`() {
    #expect(lines("// Safe: we own it.\n\n\n\n\nunsafe a()\nunsafe b()") == [])
    #expect(lines("// Safe: we own it.\n\n\n\n\n\nunsafe a()") == [7])
    #expect(lines("unsafe a()  // Safe: we own it.") == [])
  }

  @Test func `a new run needs a reason in reach of itself`() {
    #expect(lines("// Safe: we own it.\nunsafe a()\n\n\n\n\nunsafe b()") == [7])
  }

  @Test(arguments: [
    "@unsafe func a() {}", "unowned(unsafe) let a: B", "// unsafe", "let a = \"unsafe \"",
    "let unsafely = 1",
  ])
  func `a declaration, a comment and a string are no unsafe expression`(line: String) {
    #expect(lines(line) == [])
  }
}
