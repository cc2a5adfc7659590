import Testing

/// Words that the house does without, each with what to write instead.
///
/// This file spells them all, so the checks of text pass it over.
struct Ban: Sendable {
  /// Where a word is banned.
  enum Scope {
    case everywhere
    case allCode
    case sources
    /// Charts, and what routes their effects.
    case charts
    case mig
  }

  let word: String
  let instead: String
  let scope: Scope
  /// True when comments and strings are looked at as well.
  var inText = false
  /// Files that may use the word.
  var except: [String] = []

  static let all: [Ban] = [
    Ban(word: "TODO", instead: "finish it, or file an issue", scope: .everywhere, inText: true),
    Ban(word: "FIXME", instead: "fix it", scope: .everywhere, inText: true),
    Ban(
      word: "XXX", instead: "a sentence on what is wrong", scope: .everywhere, inText: true),
    Ban(word: "/home" + "/", instead: "a relative path", scope: .everywhere, inText: true),
    Ban(word: "/wo" + "rk/", instead: "a relative path", scope: .everywhere, inText: true),
    Ban(word: "/fa" + "rm", instead: "a relative path", scope: .everywhere, inText: true),
    Ban(word: "/ro" + "ot/", instead: "a relative path", scope: .everywhere, inText: true),
    Ban(word: "default:", instead: "every case by name", scope: .charts, except: readers),
    Ban(word: "case _:", instead: "every case by name", scope: .charts, except: readers),
    Ban(word: "Descriptor?", instead: "a state that owns it", scope: .mig),
    Ban(word: "Optional<Descriptor>", instead: "a state that owns it", scope: .mig),
    Ban(
      word: "@unchecked Sendable", instead: "confinement", scope: .allCode, except: doors),
    Ban(
      word: "nonisolated(unsafe)", instead: "confinement", scope: .allCode, except: doors),
    Ban(
      word: "errno", instead: "the funnel for system calls", scope: .sources,
      except: ["Sources/CLinux/error.c"]),
    Ban(word: "try!", instead: "a typed error", scope: .sources),
    Ban(word: "as!", instead: "a type that needs no cast", scope: .sources),
    Ban(word: "sleep(", instead: "an event to wait for", scope: .allCode, except: clocks),
    Ban(word: "usleep(", instead: "an event to wait for", scope: .allCode),
    Ban(word: "nanosleep(", instead: "an event to wait for", scope: .allCode),
  ]

  /// The only files where a value may be shared without the compiler's consent.
  private static let doors = [
    "Sources/Core/Chart/Table.swift", "Sources/Core/System/Locked.swift",
    "Sources/Testing/Explorer/Lent.swift", "Sources/Testing/Explorer/Pipeline.swift",
  ]
  /// What waits for a time by a clock of its user, and such a clock.
  private static let clocks = [
    "Sources/Async/AsyncMachine.swift", "Tests/AsyncTests/ManualClock.swift",
  ]
  /// Aspects of what routes effects that route none: they tell error numbers apart.
  private static let readers = ["Sources/Net/Tap/Tap+Frames.swift"]
  /// What performs the effects of charts, or plays them: a case that is new must be routed.
  private static let routers: Set = [
    "Tap", "OutgoingMigration", "IncomingMigration", "GuestRunner", "HandoverModel", "Duel",
  ]
  private static let speller = "Tests/HouseTests/Words.swift"

  func check(_ source: Source) -> [Finding] {
    guard applies(to: source), !except.contains(source.path) else { return [] }
    return (inText ? source.lines : source.code).enumerated().compactMap { number, line in
      guard occurs(in: line), !line.hasPrefix("#include") else { return nil }
      return Finding(source, line: number + 1, "\(word): write \(instead)")
    }
  }

  private func applies(to source: Source) -> Bool {
    switch scope {
    case .everywhere: source.path != Ban.speller
    case .allCode: source.isSwift || source.room != nil
    case .sources: source.room != nil
    case .charts:
      source.room != nil && source.subject.hasSuffix("Chart")
        || Ban.routers.contains(source.subject)
    case .mig: source.room == "Mig"
    }
  }

  /// A word is whole: `usleep` does not hold `sleep`, nor `clinux_errno` the number of an error.
  func occurs(in line: String) -> Bool {
    let line = Array(line.utf8)
    let wanted = Array(word.utf8)
    guard line.count >= wanted.count else { return false }
    return (0...(line.count - wanted.count)).contains { start in
      let end = start + wanted.count
      return line[start] == wanted[0] && line[start..<end].elementsEqual(wanted)
        && !(start > 0 && isWord(line[start - 1]) && isWord(wanted[0]))
        && !(end < line.count && isWord(line[end]) && isWord(wanted[wanted.count - 1]))
    }
  }

  private func isWord(_ byte: UInt8) -> Bool {
    Character(UnicodeScalar(byte)).isWordCharacter
  }
}

@Suite(.timeLimit(.minutes(15))) struct BanTests {
  @Test(arguments: Ban.all.indices)
  func `nothing says it`(index: Int) {
    let ban = Ban.all[index]
    #expect((Tree.code + Tree.papers).flatMap(ban.check) == [])
  }

  /// A file in which the word is banned.
  private func place(_ ban: Ban) -> String {
    switch ban.scope {
    case .everywhere: "docs/A.md"
    case .allCode: "Tests/CoreTests/A.swift"
    case .sources: "Sources/Net/A.swift"
    case .charts: "Sources/Net/TapChart+Guards.swift"
    case .mig: "Sources/Mig/A.swift"
    }
  }

  @Test(arguments: Ban.all.indices)
  func `the word is caught`(index: Int) {
    let ban = Ban.all[index]
    let source = Source(path: place(ban), text: "a\n  \(ban.word) b\n")
    #expect(ban.check(source).map(\.line) == [2])
  }

  @Test(arguments: Ban.all.indices)
  func `the word in a string or comment is caught only where text counts`(index: Int) {
    let ban = Ban.all[index]
    let source = Source(path: place(ban), text: "\"\(ban.word) \" // \(ban.word) b")
    #expect(ban.check(source).isEmpty == !ban.inText)
  }

  @Test(arguments: [
    ("sleep(", "usleep(1)"), ("errno", "clinux_errno()"), ("XXX", "baton-XXXXXX"),
    ("default:", "isdefault: 1"), ("try!", "retry!"), ("Descriptor?", "Descriptors?"),
  ])
  func `part of a longer word passes`(word: String, line: String) throws {
    let ban = try #require(Ban.all.first { $0.word == word })
    #expect(!ban.occurs(in: line))
  }

  @Test func `a file that may say it is passed over`() throws {
    let ban = try #require(Ban.all.first { $0.word == "errno" })
    #expect(ban.check(Source(path: "Sources/CLinux/error.c", text: "return errno;")) == [])
    #expect(ban.check(Source(path: "Sources/CLinux/tap.c", text: "#include <errno.h>")) == [])
    #expect(ban.check(Source(path: "Sources/CLinux/tap.c", text: "return errno;")).count == 1)
  }

  @Test func `a chart may not swallow cases, others may`() throws {
    let ban = try #require(Ban.all.first { $0.word == "default:" })
    #expect(
      ban.check(Source(path: "Sources/Mig/SourceChart.swift", text: " default: a")).count == 1)
    #expect(ban.check(Source(path: "Sources/Mig/Wire.swift", text: " default: a")) == [])
    for path in ["Sources/Net/Tap/Tap+Calls.swift", "Tests/MigTests/Replay/Duel.swift"] {
      #expect(ban.check(Source(path: path, text: " default: a")).count == 1)
    }
  }
}
