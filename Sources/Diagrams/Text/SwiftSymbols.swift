/// Names of one kind as the cases of an enum of Swift.
struct SwiftSymbols: Sendable {
  private let type: String
  private let names: [String]
  private let words: [String]
  private let places: [String: Int]

  /// - Parameter areUnique: Whether a name that comes again means the same.
  init(_ type: String, _ all: [String], areUnique: Bool = true) {
    var seen: Set<String> = []
    names = areUnique ? all.filter { seen.insert($0).inserted } : all
    self.type = type
    var used: Set<String> = []
    words = names.map { used.insertFree(Self.word($0, isType: false)) }
    places = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
  }

  var isEmpty: Bool { names.isEmpty }

  /// The names as they were, one for each case.
  var all: [String] { names }

  /// The patterns of a switch.
  var cases: [String] { words.map { ".\($0)" } }

  func use(_ name: String) -> String { places[name].map(use) ?? "" }

  func use(_ place: Int) -> String { ".\(words[place])" }

  /// The enum; nothing for what the chart has none of, but the events.
  var declaration: [String] {
    guard !isEmpty else { return type == "Event" ? ["typealias Event = NoSymbol", ""] : [] }
    let isSaid = words == names
    let kinds =
      [names.count > 256 ? "UInt16" : "UInt8", "Symbol"] + (type == "Event" ? ["Message"] : [])
    let all = kinds + (isSaid ? [] : ["CustomStringConvertible"])
    var lines = ["enum \(type): \(all.joined(separator: ", ")) {"]
    lines += words.map { "  case \($0)" }
    if !isSaid {
      lines += ["", "  var description: String {", "    switch self {"]
      lines += zip(words, names).map { "    case .\($0): \(SwiftText.literal($1))" }
      lines += ["    }", "  }"]
    }
    return lines + ["}", ""]
  }

  /// A name as a word of Swift, in camel case.
  static func word(_ name: String, isType: Bool) -> String {
    var word = ""
    var isStart = isType
    for scalar in name.unicodeScalars {
      guard scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) else {
        isStart = isType || !word.isEmpty
        continue
      }
      word += isStart ? scalar.properties.uppercaseMapping : String(scalar)
      isStart = false
    }
    let start = isType ? "Chart" : "case"
    if word.first.map({ $0.isNumber }) ?? true { word = start + word }
    return reserved.contains(word) ? word + "Case" : word
  }

  /// Words that no case may have: those of the language, and what a symbol has already.
  private static let reserved: Set = [
    "associatedtype", "class", "deinit", "enum", "extension", "fileprivate", "func", "import",
    "init", "inout", "internal", "let", "operator", "private", "precedencegroup",
    "protocol", "public", "rethrows", "static", "struct", "subscript", "typealias", "var", "break",
    "case", "catch", "continue", "default", "defer", "do", "else", "fallthrough", "for", "guard",
    "if", "in", "repeat", "return", "throw", "switch", "where", "while", "Any", "as", "await",
    "false", "is", "nil", "self", "Self", "super", "throws", "true", "try", "none", "some",
    "allCases", "description", "hash", "hashValue", "rawValue", "kind", "name", "index", "Type",
    "Protocol", "AllCases", "RawValue", "Kind",
  ]
}
