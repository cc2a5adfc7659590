import Testing

/// A test that hangs says so: each suite has a time limit, and each wait a deadline.
///
/// The limit of a suite ends no test that blocks its thread: for that Scripts/test.sh has a limit
/// of its own. What blocks therefore gives up by itself.
enum Waits {
  /// Waits of Foundation and C that have no end of their own.
  private static let endless = [
    ".wait()", ".waitUntilExit()", ".readToEnd()", "readDataToEndOfFile",
  ]
  /// A program that is run under it ends, and with it what it writes.
  private static let limiter = "/usr/bin/timeout"

  static func check(_ source: Source) -> [Finding] {
    guard source.isSwift, source.path.hasPrefix("Tests/") else { return [] }
    let isLimited = source.lines.contains { $0.contains(limiter) }
    return source.code.enumerated().compactMap { number, line in
      wait(in: line, isLimited: isLimited).map { Finding(source, line: number + 1, $0) }
    } + suites(source)
  }

  private static func wait(in line: String, isLimited: Bool) -> String? {
    if let found = endless.first(where: line.contains), found == ".wait()" || !isLimited {
      return "\(found) has no deadline"
    }
    if line.contains("poll("), line.contains(", -1)") { return "poll has no deadline" }
    if line.contains("while "), line.contains("runOnce()") { return "the rounds have no deadline" }
    return nil
  }

  /// Types with tests, which end in `Tests`, without `.timeLimit` in the lines before their name.
  private static func suites(_ source: Source) -> [Finding] {
    guard source.code.contains(where: { $0.contains("@Test") }) else { return [] }
    return source.code.indices.compactMap { index in
      let words = source.code[index].words
      guard let kind = words.firstIndex(where: ["struct", "class", "enum", "actor"].contains),
        kind + 1 < words.count, words[kind + 1].hasSuffix("Tests")
      else { return nil }
      let head = source.code[max(0, index - 4)...index]
      guard !head.contains(where: { $0.contains(".timeLimit(") }) else { return nil }
      return Finding(source, line: index + 1, "\(words[kind + 1]) has no time limit")
    }
  }
}

@Suite(.timeLimit(.minutes(15))) struct WaitsTests {
  @Test func `every suite has a limit, and every wait a deadline`() {
    #expect(Tree.code.flatMap(Waits.check) == [])
  }

  @Test(arguments: [
    "done.wait()", "process.waitUntilExit()", "_ = poll(&ask, 1, -1)",
    "while calls.isEmpty { loop.runOnce() }", "let a = try pipe.readToEnd() ?? Data()",
    "@Suite struct ATests {\n  @Test func a() {}", "struct ATests {\n  @Test func a() {}",
    "@Suite(.serialized) struct ATests { @Test func a() {}",
  ])
  func `what may hang is caught`(text: String) {
    #expect(Waits.check(Source(path: "Tests/ATests/A.swift", text: text)).count == 1)
  }

  @Test(arguments: [
    "done.wait(timeout: .now() + 1)", "poll(&ask, 1, 100)", "// done.wait()",
    "let a = \"/usr/bin/timeout\"\nprocess.waitUntilExit()", "struct ATests {}",
    "@Suite(.timeLimit(.minutes(15))) struct ATests { @Test func a() {}",
    "@Suite(\n  .timeLimit(.minutes(15)), .serialized)\nstruct ATests { @Test func a() {}",
    "while poll() {}",
  ])
  func `what ends passes`(text: String) {
    #expect(Waits.check(Source(path: "Tests/ATests/A.swift", text: text)) == [])
  }
}
