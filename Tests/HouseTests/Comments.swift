import Testing

/// What the comment of a public declaration must be: there, and more than its name.
enum Comments {
  /// With fewer words nothing is said that the name does not say.
  static let wordsMin = 5

  /// Words that add nothing to a name.
  static let fillers: Set<String> = [
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "has", "have", "how", "in",
    "is", "it", "its", "many", "of", "on", "one", "or", "that", "the", "these", "this", "to",
    "was", "what", "when", "which", "with",
  ]

  /// Rooms that are behind, and how many findings each may have at most. A number only ever goes
  /// down, and a room that is not here may have none.
  static let ratchet = [:] as [String: Int]

  static func check(_ source: Source) -> [Finding] {
    guard source.isSwift, source.room != nil else { return [] }
    return Face.all(in: source).compactMap { face in
      judge(face).map { Finding(source, line: face.line, "\(face.name) \($0)") }
    }
  }

  private static func judge(_ face: Face) -> String? {
    guard let comment = face.comment else { return face.mayInherit ? nil : "has no comment" }
    let words = comment.words
    if citesManual(comment) { return nil }
    if words.count < wordsMin { return "has a comment of \(words.count) words" }
    let said = Set(words.map { $0.lowercased() }).subtracting(fillers)
    return said.isSubset(of: parts(of: face.name)) ? "has a comment that repeats its name" : nil
  }

  /// A page of the manual, as in `ioctl(2), TUNSETIFF.`, is the source of a rule in two words.
  private static func citesManual(_ comment: String) -> Bool {
    let call = comment.drop { $0 == " " }.prefix { $0.isWordCharacter }
    return !call.isEmpty && comment.contains("\(call)(2)")
  }

  /// The words that a name is made of: `frames` and `out` for `framesOut`.
  private static func parts(of name: String) -> Set<String> {
    var parts = [""]
    for character in name {
      if character.isUppercase { parts.append("") }
      parts[parts.count - 1].append(character.lowercased())
    }
    return Set(parts)
  }
}

@Suite(.timeLimit(.minutes(15))) struct CommentTests {
  @Test func `what is public says more than its name`() {
    let findings = Tree.sources.flatMap(Comments.check)
    let rooms = Dictionary(grouping: findings) { String($0.path.split(separator: "/")[1]) }
    let excess = rooms.filter { $0.value.count > Comments.ratchet[$0.key] ?? 0 }
    #expect(excess == [:])
  }

  private func lines(_ text: String) -> [Int] {
    Comments.check(Source(path: "Sources/Core/A.swift", text: text)).map(\.line)
  }

  @Test(arguments: [
    "public struct A {}", "/// What it is.\npublic let kind: Kind",
    "/// How many of the frames that are out.\npublic var framesOut: Int { 1 }",
    "// Not a comment for who reads the documentation.\npublic init() {}",
    "/// The kind of a thing at all.\n\npublic var kind: Kind", "open func perform() {}",
    "/// The symbols of one chart.\npublic enum A: UInt8 { case a, b }",
    "@inlinable public func f() {}", "public static func == (a: A, b: A) -> Bool { true }",
  ])
  func `an empty comment is caught`(text: String) {
    #expect(lines(text).count == 1)
  }

  @Test(arguments: [
    ("enum", "case a(A, B)"), ("enum", "indirect case a(A)"), ("enum", "case a, b"),
    ("protocol", "func f()"),
    ("protocol", "var a: A { get }"), ("protocol", "associatedtype A"),
  ])
  func `a part that is public with its whole is caught`(whole: String, part: String) {
    let comment = "/// Counted from the start of the loop."
    #expect(lines("\(comment)\npublic \(whole) A {\n  \(part)\n}") == [3])
    #expect(lines("\(comment)\npublic \(whole) A {\n  \(comment)\n  \(part)\n}") == [])
    #expect(lines("\(whole) A {\n  \(part)\n}") == [])
  }

  @Test(arguments: [
    "/// ioctl(2), TUNSETIFF.\npublic var a: A",
    "/// In nanoseconds of the loop's clock.\n@inlinable public var due: UInt64 { 1 }",
    "/// The ends of a way.\npublic enum A: UInt8 {\n  /// The two ways out of it.\n  case a, b\n}",
    "/// The symbols of one chart.\npublic enum A: UInt8 {\n  var a: Int { 1 }\n}",
    "package func f() {}", "let text = \"public var a: A\"", "  override public func f() {}",
    "struct A: Movable {\n  public func f() {}\n}", "public import BatonCore",
    "extension A: Equatable, Loop {\n  public var now: UInt64 { 1 }\n}",
    "func f() {\n  switch a {\n  case b: c()\n  }\n}",
  ])
  func `what says more, or inherits its comment, passes`(text: String) {
    #expect(lines(text) == [])
  }

  @Test(arguments: [
    "struct A: Hashable, Sendable", "extension A where B: Movable", "class A<B: C>",
  ])
  func `a member of what promises nothing of its own inherits no comment`(whole: String) {
    #expect(lines("\(whole) {\n  public var a: A\n}") == [2])
  }
}
