import Testing

/// Limits of length. A file or function over its limit is made smaller, or stands in the ratchet.
enum Sizes {
  static let fileLines = 400
  static let lineColumns = 100
  /// Rows of a table, which are arms that fit on their line, are not counted: a `switch` with an
  /// arm for each of many cases is shorter in one piece than in several that list the others.
  static let functionLines = 40

  /// Exceptions, at most five: a finding's place (a path, or a path and a function) and the length
  /// it may not exceed. A length here only ever goes down.
  static let ratchet: [String: Int] = [:]

  /// Something that is longer than its limit.
  struct Excess: Equatable, CustomStringConvertible {
    let place: String
    let line: Int
    let length: Int
    let limit: Int
    var description: String { "\(place) (line \(line)): \(length), the limit is \(limit)" }
  }

  static func check(_ source: Source) -> [Excess] {
    files(source) + columns(source) + functions(source)
  }

  private static func files(_ source: Source) -> [Excess] {
    let count = source.lines.last == "" ? source.lines.count - 1 : source.lines.count
    guard count > fileLines else { return [] }
    return [Excess(place: source.path, line: 1, length: count, limit: fileLines)]
  }

  private static func columns(_ source: Source) -> [Excess] {
    source.lines.enumerated().compactMap { number, line in
      guard line.utf8.count > lineColumns, line.count > lineColumns else { return nil }
      let place = "\(source.path) columns"
      return Excess(place: place, line: number + 1, length: line.count, limit: lineColumns)
    }
  }

  private static func functions(_ source: Source) -> [Excess] {
    guard source.isSwift else { return [] }
    return Functions.all(in: source.code).compactMap { function in
      let lines = source.code[(function.line - 1)..<(function.line - 1 + function.lines)]
      let length = lines.count { !isRow($0) }
      guard length > functionLines else { return nil }
      return Excess(
        place: "\(source.path) \(name(of: function, in: source))", line: function.line,
        length: length, limit: functionLines)
    }
  }

  /// Whether a line of code is an arm as a whole: `case .a: b()`.
  private static func isRow(_ line: String) -> Bool {
    let words = line.drop { $0 == " " }
    return words.hasPrefix("case ") && words.contains(": ") && words.last { $0 != " " } != ":"
  }

  /// The name; a raw one is blank in the code, so it is read from the line as it stands.
  private static func name(of function: Functions.Function, in source: Source) -> String {
    guard function.name == "`" else { return function.name }
    let parts = source.lines[function.line - 1].split(separator: "`")
    return parts.count > 1 ? String(parts[1]) : function.name
  }

  /// What the ratchet does not allow, and what it allows for nothing.
  static func judge(_ found: [Excess], ratchet: [String: Int]) -> [String] {
    let tooLong = found.filter { $0.length > ratchet[$0.place] ?? 0 }.map(\.description)
    let slack = ratchet.filter { entry in
      !found.contains { $0.place == entry.key && $0.length == entry.value }
    }
    return tooLong + slack.keys.sorted().map { "\($0): lower or remove its entry in the ratchet" }
  }
}

@Suite(.timeLimit(.minutes(15))) struct SizeTests {
  @Test func `files, lines and functions are short`() {
    #expect(Sizes.judge(Tree.code.flatMap(Sizes.check), ratchet: Sizes.ratchet) == [])
  }

  @Test func `the ratchet has at most five entries`() {
    #expect(Sizes.ratchet.count <= 5)
  }

  private func found(_ text: String) -> [Int] {
    Sizes.check(Source(path: "Sources/Core/A.swift", text: text)).map(\.length)
  }

  @Test func `a long file is caught and one at the limit is not`() {
    #expect(found(String(repeating: "\n", count: 401)) == [401])
    #expect(found(String(repeating: "\n", count: 400)) == [])
  }

  @Test func `a long line is caught and one at the limit is not`() {
    #expect(found(String(repeating: "é", count: 101)) == [101])
    #expect(found(String(repeating: "é", count: 100)) == [])
  }

  @Test(arguments: ["func f() {", "init(a: Int) throws(E) {", "deinit {", "static func < (a: A) {"])
  func `a long function is caught and one at the limit is not`(head: String) {
    let body = String(repeating: "  a()\n", count: 38)
    #expect(found("\(head)\n\(body)  b()\n}") == [41])
    #expect(found("\(head)\n\(body)}") == [])
  }

  @Test func `rows of a table are not counted, other arms are`() {
    let table = "func f() {\n" + String(repeating: "  case .a: b()\n", count: 90)
    #expect(found(table + String(repeating: "  c()\n", count: 38) + "}") == [])
    #expect(found(table + String(repeating: "  case .a:\n", count: 39) + "}") == [41])
  }

  @Test func `a long function is called by its name`() {
    let body = String(repeating: "\n", count: 40)
    let text = "@Test func `stays long`() {\(body)}\nfunc too() {\(body)}"
    let places = Sizes.check(Source(path: "Tests/A.swift", text: text)).map(\.place)
    #expect(places == ["Tests/A.swift stays long", "Tests/A.swift too"])
  }

  @Test func `the ratchet allows its length, no more and no less`() {
    let long = Sizes.Excess(place: "A.swift f", line: 1, length: 50, limit: 40)
    #expect(Sizes.judge([long], ratchet: [:]).count == 1)
    #expect(Sizes.judge([long], ratchet: ["A.swift f": 50]) == [])
    #expect(Sizes.judge([long], ratchet: ["A.swift f": 49]).count == 2)
    #expect(Sizes.judge([long], ratchet: ["A.swift f": 51]).count == 1)
    #expect(Sizes.judge([], ratchet: ["A.swift f": 50]).count == 1)
  }
}
