/// One file of the repository, as the checks look at it.
struct Source: Sendable {
  /// Where it is, from the top of the repository.
  let path: String
  /// Its lines as they stand.
  let lines: [String]
  /// The same lines with comments and the contents of string literals turned to spaces.
  let code: [String]

  init(path: String, text: String) {
    self.path = path
    self.lines = Source.lines(of: text)
    self.code = Source.lines(of: Mask.code(text, isC: path.hasSuffix(".c") || path.hasSuffix(".h")))
  }

  /// The file's name without folders and without `.swift`.
  var name: String {
    let file = path.split(separator: "/").last ?? ""
    return String(file.hasSuffix(".swift") ? file.dropLast(6) : file)
  }

  /// The part of the name before the first `+`: the type that the file is named for.
  var subject: String { String(name.prefix { $0 != "+" }) }

  /// The folder below `Sources`, nil for a file that is not in a room.
  var room: String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
  }

  var isSwift: Bool { path.hasSuffix(".swift") }

  private static func lines(of text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}

/// What a check found, and where.
struct Finding: Equatable, CustomStringConvertible, Sendable {
  let path: String
  /// Counted from 1.
  let line: Int
  let what: String

  var description: String { "\(path):\(line): \(what)" }

  init(_ source: Source, line: Int, _ what: String) {
    self.path = source.path
    self.line = line
    self.what = what
  }
}

extension String {
  /// The identifiers, keywords and numbers of a line of code, in order.
  var words: [String] {
    split(whereSeparator: { !$0.isWordCharacter }).map(String.init)
  }
}

extension Character {
  /// True for what an identifier is made of.
  var isWordCharacter: Bool { isLetter || isNumber || self == "_" }
}
