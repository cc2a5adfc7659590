import Testing

/// Turns comments and the contents of string literals into spaces, so that checks see code only.
///
/// Lines stay where they are. Knows nested comments, escapes, raw and multi-line strings,
/// interpolations and raw identifiers; regular expression literals it does not know.
struct Mask {
  private let input: [UInt8]
  private var output: [UInt8] = []
  private var index = 0
  private let isC: Bool

  /// The text with comments and string contents blanked.
  static func code(_ text: String, isC: Bool = false) -> String {
    var mask = Mask(input: Array(text.utf8), isC: isC)
    mask.scan(blanking: false)
    return String(decoding: mask.output, as: UTF8.self)
  }

  private init(input: [UInt8], isC: Bool) {
    self.input = input
    self.isC = isC
    output.reserveCapacity(input.count)
  }

  private func sees(_ text: StaticString, ahead: Int = 0) -> Bool {
    let start = index + ahead
    guard start + text.utf8CodeUnitCount <= input.count else { return false }
    return text.withUTF8Buffer { wanted in
      wanted.indices.allSatisfy { input[start + $0] == wanted[$0] }
    }
  }

  /// Moves on by `count` bytes, which show up as they are or as spaces.
  private mutating func take(_ count: Int = 1, blank: Bool) {
    for _ in 0..<count where index < input.count {
      let byte = input[index]
      output.append(blank && byte != UInt8(ascii: "\n") ? UInt8(ascii: " ") : byte)
      index += 1
    }
  }

  /// Scans code up to its end, or inside an interpolation up to the closing parenthesis.
  private mutating func scan(blanking: Bool) {
    var depth = 0
    while index < input.count {
      if sees("//") {
        while index < input.count, !sees("\n") { take(blank: true) }
      } else if sees("/*") {
        takeComment()
      } else if let hashes = opensString() {
        takeString(hashes: hashes, blanking: blanking)
      } else if sees("`") || (isC && sees("'")) {
        takeQuoted(by: input[index])
      } else {
        if sees("(") { depth += 1 }
        if sees(")") { depth -= 1 }
        take(blank: blanking)
        if blanking, depth == 0 { return }
      }
    }
  }

  private mutating func takeComment() {
    var depth = 0
    repeat {
      let opens = sees("/*")
      let closes = sees("*/")
      depth += opens ? 1 : closes ? -1 : 0
      take(opens || closes ? 2 : 1, blank: true)
    } while depth > 0 && index < input.count
  }

  /// The number of `#` before a quote that starts here, nil when no string starts here.
  private func opensString() -> Int? {
    var hashes = 0
    while sees("#", ahead: hashes) { hashes += 1 }
    return sees("\"", ahead: hashes) ? hashes : nil
  }

  private func seesHashes(_ count: Int, ahead: Int) -> Bool {
    (0..<count).allSatisfy { sees("#", ahead: ahead + $0) }
  }

  private mutating func takeString(hashes: Int, blanking: Bool) {
    take(hashes, blank: blanking)
    let quotes = !isC && sees("\"\"\"") ? 3 : 1
    take(quotes, blank: blanking)
    while index < input.count {
      if sees("\\"), seesHashes(hashes, ahead: 1) {
        take(1 + hashes, blank: true)
        if !isC, sees("(") { scan(blanking: true) } else { take(blank: true) }
      } else if closes(quotes: quotes, hashes: hashes) {
        return take(quotes + hashes, blank: blanking)
      } else if quotes == 1, sees("\n") {
        return  // Unterminated: the damage ends with the line.
      } else {
        take(blank: true)
      }
    }
  }

  private func closes(quotes: Int, hashes: Int) -> Bool {
    (quotes == 3 ? sees("\"\"\"") : sees("\"")) && seesHashes(hashes, ahead: quotes)
  }

  private mutating func takeQuoted(by quote: UInt8) {
    take(blank: false)
    while index < input.count, input[index] != quote, !sees("\n") {
      take(sees("\\") ? 2 : 1, blank: true)
    }
    if !sees("\n") { take(blank: false) }
  }
}

@Suite(.timeLimit(.minutes(15))) struct MaskTests {
  @Test(arguments: [
    (#"let a = "func" // init"#, #"let a = "    "        "#),
    (#"a /* x /* y */ z */ b"#, "a                   b"),
    (#"f("a \(g("b", c)) d") + e"#, #"f("                ") + e"#),
    (##"f(#"a "b" \n"#) + e"##, ##"f(#"        "#) + e"##),
    (#"f("a \" b") + e"#, #"f("      ") + e"#),
    ("@Test func `init is func`() {}", "@Test func `            `() {}"),
    ("\"\"\"\nfunc\n\"\"\"; e", "\"\"\"\n    \n\"\"\"; e"),
    ("let a = \"open\nfunc f()", "let a = \"    \nfunc f()"),
  ])
  func `comments and strings become spaces`(text: String, code: String) {
    #expect(Mask.code(text) == code)
  }

  @Test func `a quote in a C character is no string`() {
    #expect(Mask.code(#"f('"', errno)"#, isC: true) == #"f(' ', errno)"#)
  }
}
