import Testing

/// Names of types and files.
enum Names {
  /// A type that is declared or extended.
  struct Declaration: Equatable {
    /// The name as written, with its outer types.
    let name: String
    let line: Int
  }

  /// Words that a name does without, and what to say instead.
  static let banned: [String: String] = {
    var result: [String: String] = [:]
    for word in ["Manager", "Managers"] { result[word] = "what it owns or decides" }
    for word in ["Helper", "Helpers"] { result[word] = "what it does" }
    for word in ["Util", "Utils", "Utility", "Utilities"] { result[word] = "the thing it works on" }
    return result
  }()

  /// The file is named for one of the types in it.
  static func checkFile(_ source: Source) -> [Finding] {
    guard source.room != nil, source.isSwift, source.name != "main" else { return [] }
    // A room that has nothing yet has a file with nothing but a comment.
    guard source.code.contains(where: { $0.contains { $0 != " " } }) else { return [] }
    let subject = source.subject
    let names = declarations(in: source).flatMap { $0.name.split(separator: ".") }
    guard !names.contains(where: { $0 == subject }) else { return [] }
    return [Finding(source, line: 1, "holds no type named \(subject)")]
  }

  /// Names say what a thing is.
  static func checkWords(_ source: Source) -> [Finding] {
    let file = Declaration(name: source.subject, line: 1)
    return ([file] + declarations(in: source)).flatMap { declaration in
      words(of: declaration.name).compactMap { word in
        banned[word].map {
          Finding(source, line: declaration.line, "\(declaration.name): name it for \($0)")
        }
      }
    }
  }

  static func declarations(in source: Source) -> [Declaration] {
    guard source.isSwift else { return [] }
    return source.code.enumerated().compactMap { number, line in
      declared(by: line).map { Declaration(name: $0, line: number + 1) }
    }
  }

  private static func declared(by line: String) -> String? {
    let keywords: Set = [
      "struct", "class", "enum", "actor", "protocol", "typealias", "extension",
    ]
    let members: Set = ["func", "var", "let", "subscript", "override", "final"]
    let parts = line.split(whereSeparator: { !($0.isWordCharacter || $0 == ".") })
    guard
      let keyword = parts.firstIndex(where: { keywords.contains(String($0)) }),
      keyword + 1 < parts.count, !members.contains(String(parts[keyword + 1])),
      parts[..<keyword].allSatisfy({ $0.first?.isLowercase == true || $0 == "Sendable" })
    else { return nil }
    return String(parts[keyword + 1])
  }

  /// The words of a camel-case name: `TapManager` has two.
  static func words(of name: String) -> [String] {
    var result: [String] = []
    for character in name {
      if character.isUppercase || result.isEmpty { result.append("") }
      result[result.count - 1].append(character)
    }
    return result.map { $0.filter(\.isLetter) }
  }
}

@Suite(.timeLimit(.minutes(15))) struct NameTests {
  @Test func `a file is named for a type in it`() {
    #expect(Tree.sources.flatMap(Names.checkFile) == [])
  }

  @Test func `names say what a thing is`() {
    #expect(Tree.code.flatMap(Names.checkWords) == [])
  }

  @Test(arguments: [
    "struct Tap {}", "public final class Tap: Watcher {", "extension Tap {", "enum Tap<A>: B {",
    "indirect enum Tap {", "package protocol Tap: ~Copyable {", "typealias Tap = Int",
    "extension Net.Tap: Sendable {}", "@safe public struct Tap: ~Copyable {",
    "  nonisolated(unsafe) struct Tap {}",
  ])
  func `the type of the file's name is found`(line: String) {
    #expect(Names.checkFile(Source(path: "Sources/Net/Tap.swift", text: line)) == [])
    #expect(Names.checkFile(Source(path: "Sources/Net/Tap+Open.swift", text: line)) == [])
  }

  @Test(arguments: [
    "struct Taps {}", "class func Tap() {}", "func tap() {}", "// struct Tap {}", "let a: Tap",
  ])
  func `a file named for nothing in it is caught`(line: String) {
    let text = line.hasPrefix("//") ? "\(line)\nlet b = 1" : line
    #expect(Names.checkFile(Source(path: "Sources/Net/Tap.swift", text: text)).count == 1)
  }

  @Test(arguments: ["struct TapManager {}", "enum Helpers {}", "final class StringUtil: A {"])
  func `a type that says nothing is caught`(line: String) {
    #expect(Names.checkWords(Source(path: "Tests/A/Tap.swift", text: line)).count == 1)
  }

  @Test func `a file that says nothing is caught`() {
    #expect(Names.checkWords(Source(path: "Sources/Net/TapUtils.swift", text: "")).count == 1)
  }

  @Test(arguments: ["struct Utilisation {}", "let manager = 1", "struct Helped {}"])
  func `a name that only resembles passes`(line: String) {
    #expect(Names.checkWords(Source(path: "Sources/Net/Tap.swift", text: line)) == [])
  }
}
