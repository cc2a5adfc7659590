import Testing

/// A test that hangs says so: each suite has a time limit, and each wait a deadline.
///
/// The limit of a suite ends no test that blocks its thread: for that Scripts/test.sh has a limit
/// of its own. What blocks therefore gives up by itself.
enum Waits {
  /// A program that is run under it ends, and with it what it writes.
  private static let limiter = "/usr/bin/timeout"

  /// What sleeps or turns without an end of its own, and what ends it when it stands in the same
  /// function.
  private static let endless: [(wait: [String], bounds: [String])] = [
    ([".wait()"], []),
    ([".waitUntilExit()"], [limiter]),
    ([".readToEnd()"], [limiter]),
    (["readDataToEndOfFile"], [limiter]),
    (["poll(", ", -1)"], []),
    (["oop.run()"], ["alarm("]),
    (["runOnce()"], ["eadline", "isLate", "alarm("]),
    (["while ", "poll()"], ["eadline", "roundsMax"]),
    (["event_base_dispatch("], ["alarm("]),
    (["event_base_loop(", "EVLOOP_ONCE)"], ["run(while:"]),
    (["recv("], ["DONTWAIT", "SO_RCVTIMEO"]),
    ([".awaitEnd("], ["alarm("]),
  ]

  static func check(_ source: Source) -> [Finding] {
    guard source.isSwift, isTest(source.path) || source.room == "Lab" else { return [] }
    return source.code.indices.compactMap { number in
      let line = source.code[number]
      let kind = endless.first { $0.wait.allSatisfy(line.contains) }
      guard let kind, !isBounded(source, number, kind.bounds) else { return nil }
      let wait = kind.wait.joined(separator: "…")
      return Finding(source, line: number + 1, "\(wait) has no deadline")
    } + suites(source)
  }

  private static func isTest(_ path: String) -> Bool {
    path.hasPrefix("Tests/") || path.contains("/Tests/")
  }

  /// Whether one of the bounds stands in the function that holds a line.
  private static func isBounded(_ source: Source, _ number: Int, _ bounds: [String]) -> Bool {
    let heads = source.code.indices.filter { source.code[$0].words.contains("func") }
    let start = heads.last { $0 <= number } ?? 0
    let end = heads.first { $0 > number } ?? source.code.count
    return (start..<end).contains { line in
      bounds.contains { bound in
        // The path of a program is a string.
        (bound == limiter ? source.lines : source.code)[line].contains(bound)
      }
    }
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
    "loop.run()", "loop.runOnce()", "while poll() {}", "repeat { turn() } while poll()",
    "event_base_dispatch(base)", "event_base_loop(base, EVLOOP_ONCE)", "recv(socket, &a, 1, 0)",
    "try handle.awaitEnd()", "try kernel.awaitEnd(of: pidfd)",
    "func a() { run(\"/usr/bin/timeout\") }\nfunc b() { process.waitUntilExit() }",
    "@Suite struct ATests {\n  @Test func a() {}", "struct ATests {\n  @Test func a() {}",
    "@Suite(.serialized) struct ATests { @Test func a() {}",
  ])
  func `what may hang is caught`(text: String) {
    #expect(Waits.check(Source(path: "Tests/ATests/A.swift", text: text)).count == 1)
  }

  @Test(arguments: [
    ("Sources/Lab/A.swift", 1), ("Examples/a/Tests/ATests/A.swift", 1),
    ("Sources/baton/A.swift", 0), ("Examples/a/Sources/a/A.swift", 0),
  ])
  func `the laboratory and tests of examples are held to it, who serves for ever is not`(
    path: String, count: Int
  ) {
    #expect(Waits.check(Source(path: path, text: "loop.run()")).count == count)
  }

  @Test(arguments: [
    "done.wait(timeout: .now() + 1)", "poll(&ask, 1, 100)", "// done.wait()",
    "let a = \"/usr/bin/timeout\"\nprocess.waitUntilExit()", "struct ATests {}",
    "@Suite(.timeLimit(.minutes(15))) struct ATests { @Test func a() {}",
    "@Suite(\n  .timeLimit(.minutes(15)), .serialized)\nstruct ATests { @Test func a() {}",
    "let deadline = Deadline()\nwhile poll(), !deadline.isOver() {}",
    "alarm(30)\nloop.run()", "loop.run(while: calls.isEmpty)", "explorer.run()",
    "while !isLate { loop.runOnce() }", "event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK)",
    "loop.run(while: !isSet) { _ in event_base_loop(base, EVLOOP_ONCE) }",
    "recv(socket, &a, 1, CInt(MSG_DONTWAIT.rawValue))", "tracer.expectEnd()",
  ])
  func `what ends passes`(text: String) {
    #expect(Waits.check(Source(path: "Tests/ATests/A.swift", text: text)) == [])
  }
}
