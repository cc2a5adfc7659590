import Testing

/// What the C headers promise: prefixed functions, and no face of glibc that others do not see.
enum Headers {
  static let prefix = "clinux_"

  static func check(_ source: Source) -> [Finding] {
    guard source.path.hasPrefix("Sources/CLinux/include/"), source.path.hasSuffix(".h") else {
      return []
    }
    let features = source.code.enumerated().compactMap { number, line in
      line.contains("_GNU_SOURCE")
        ? Finding(source, line: number + 1, "_GNU_SOURCE belongs in the .c file") : nil
    }
    let names = functions(in: source).filter { !$0.name.hasPrefix(prefix) }.map {
      Finding(source, line: $0.line, "\($0.name) lacks the prefix \(prefix)")
    }
    return features + names
  }

  /// Functions at the top level: a name directly before a parenthesis, outside all brackets.
  static func functions(in source: Source) -> [(name: String, line: Int)] {
    var result: [(name: String, line: Int)] = []
    var depth = 0
    var isMacro = false
    for (number, line) in source.code.enumerated() {
      let continues = isMacro
      isMacro = (continues || line.drop { $0 == " " }.first == "#") && line.last == "\\"
      if continues || line.drop(while: { $0 == " " }).first == "#" { continue }
      var word = ""
      for character in line {
        if character == "(", depth == 0, !word.isEmpty, !isAttribute(word) {
          result.append((word, number + 1))
        }
        if "({".contains(character) { depth += 1 }
        if ")}".contains(character) { depth -= 1 }
        word = character.isWordCharacter ? word + String(character) : ""
      }
    }
    return result
  }

  private static func isAttribute(_ word: String) -> Bool {
    ["__attribute__", "_Static_assert", "static_assert", "_Alignas"].contains(word)
  }
}

@Suite(.timeLimit(.minutes(15))) struct HeaderTests {
  @Test func `headers promise prefixed functions only`() {
    #expect(Tree.sources.flatMap(Headers.check) == [])
  }

  private func lines(_ text: String) -> [Int] {
    Headers.check(Source(path: "Sources/CLinux/include/A.h", text: text)).map(\.line)
  }

  @Test(arguments: [
    "int tap_open(int fd);", "#define _GNU_SOURCE", "static inline int f(void) { return 1; }",
    "/* a */ const char *name(int clinux_number);", "extern \"C\" int f(int);",
  ])
  func `a stranger in a header is caught`(line: String) {
    #expect(lines("\n\(line)") == [2])
  }

  @Test(arguments: [
    "int clinux_tap_open(int fd);", "typedef int (*clinux_call)(void *context);",
    "static inline int clinux_f(int a) { return g(a); }", "// int f(int);",
    "#define CLINUX_MIN(a, b) \\\n  min(a, b)", "struct clinux_a { int (*call)(int); };",
    "int clinux_a(int fd) __attribute__((nonnull));",
  ])
  func `what is prefixed passes`(line: String) {
    #expect(lines(line) == [])
  }
}
