/// A declaration that users see: it says `public` or `open`, or is a case or a requirement of an
/// enum or protocol that does.
struct Face {
  let name: String
  /// The line of the declaration, counted from 1.
  let line: Int
  /// The text of its documentation comment; nil when it has none.
  let comment: String?
  /// Whether DocC may take the comment from elsewhere: from what an override overrides, or from a
  /// requirement of a protocol that the type around it conforms to. What stands above a list of
  /// cases is the comment of each of them.
  let mayInherit: Bool

  private static let keywords: Set<String> = [
    "struct", "class", "enum", "protocol", "extension", "func", "var", "let", "init", "subscript",
    "typealias", "associatedtype", "case",
  ]
  private static let modifiers: Set<String> = [
    "public", "open", "package", "internal", "fileprivate", "private", "set", "static", "final",
    "mutating", "nonmutating", "consuming", "borrowing", "override", "convenience", "required",
    "indirect", "unowned", "unsafe", "safe", "inlinable", "usableFromInline", "discardableResult",
    "frozen", "inline", "always", "never",
  ]
  /// Protocols whose requirements the compiler meets, or that have none.
  private static let markers: Set<String> = [
    "Hashable", "Equatable", "Sendable", "BitwiseCopyable", "Copyable", "Error", "CaseIterable",
    "Codable", "Decodable", "Encodable", "AnyObject", "any", "UInt8", "UInt16", "UInt32", "String",
  ]

  private static let wholes: Set<String> = ["struct", "class", "enum", "protocol", "extension"]

  static func all(in source: Source) -> [Face] {
    var reader = Reader(source: source)
    for number in source.code.indices { reader.read(number) }
    return reader.faces
  }

  /// Reads a file line by line, and knows what is around each.
  private struct Reader {
    /// A type or extension whose braces are open.
    struct Whole {
      /// How deep its members are.
      let depth: Int
      /// Those of its members that are as public as it is, though they do not say so.
      let shared: Shared
      /// True when it conforms to what has requirements.
      let conforms: Bool
    }

    /// Of a public enum the cases, of a public protocol all, of others none.
    enum Shared { case nothing, cases, everything }

    let source: Source
    var faces: [Face] = []
    var depth = 0
    var open: [Whole] = []

    mutating func read(_ number: Int) {
      let line = source.code[number]
      while let whole = open.last, whole.depth > depth { open.removeLast() }
      let words = line.words
      if let place = words.firstIndex(where: keywords.contains),
        words[..<place].allSatisfy(modifiers.contains)
      {
        declare(words, place, line, number)
      }
      depth += line.count { $0 == "{" } - line.count { $0 == "}" }
    }

    private mutating func declare(_ words: [String], _ place: Int, _ line: String, _ number: Int) {
      let around = open.last.flatMap { $0.depth == depth ? $0 : nil }
      let modifiers = words[..<place]
      let isPublic = modifiers.contains("public") || modifiers.contains("open")
      let keyword = words[place]
      let isShared =
        around?.shared == .everything || (around?.shared == .cases && keyword == "case")
      if keyword != "extension", isPublic || isShared {
        let isWitness = around?.conforms == true && keyword != "case"
        faces.append(
          Face(
            name: keyword == "init" ? keyword : words.dropFirst(place + 1).first ?? keyword,
            line: number + 1, comment: comment(above: number),
            mayInherit: isWitness || modifiers.contains("override")))
      }
      if keyword == "enum", isPublic { declareCases(line, number) }
      guard line.contains("{"), wholes.contains(keyword) else { return }
      let sharing: [String: Shared] = ["enum": .cases, "protocol": .everything]
      let shared = isPublic ? sharing[keyword] ?? .nothing : .nothing
      let conforms = keyword != "protocol" && !promises(of: line).isSubset(of: markers)
      open.append(Whole(depth: depth + 1, shared: shared, conforms: conforms))
    }

    /// Cases in the line of their enum have no line above them for a comment.
    private mutating func declareCases(_ line: String, _ number: Int) {
      let body = line.drop { $0 != "{" }.dropFirst()
      guard let name = String(body).words.dropFirst().first, String(body).words.first == "case"
      else { return }
      faces.append(Face(name: name, line: number + 1, comment: nil, mayInherit: false))
    }

    /// What stands between the colon and the brace, without parameters in angle brackets.
    private func promises(of line: String) -> Set<String> {
      var angles = 0
      let flat = line.filter { character in
        angles += character == "<" ? 1 : character == ">" ? -1 : 0
        return angles == 0
      }
      guard let colon = flat.firstIndex(of: ":") else { return [] }
      let before = String(flat[..<colon]).words
      return before.contains("where")
        ? [] : Set(String(flat[colon...]).words.prefix { $0 != "where" })
    }

    /// The documentation comment above a declaration and its attributes.
    private func comment(above number: Int) -> String? {
      var lines = source.lines[..<number].map { $0.drop { $0 == " " } }
      while let last = lines.last, last.hasPrefix("@") { lines.removeLast() }
      let comment = lines.reversed().prefix { $0.hasPrefix("///") }
      guard !comment.isEmpty else { return nil }
      return comment.reversed().map { $0.dropFirst(3) }.joined()
    }
  }
}
