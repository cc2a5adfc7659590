/// Whether a text is one value of JSON (RFC 8259), nothing before or behind it but white space.
struct JSONSyntax {
  /// How deep values may lie inside one another; what is deeper is refused, as RFC 8259, 9 allows.
  private static let depthMax = 256

  private let bytes: [UInt8]
  private var place = 0

  private init(_ text: Substring) { bytes = Array(text.utf8) }

  /// Whether a page may hold the text as data.
  static func accepts(_ text: Substring) -> Bool {
    var syntax = JSONSyntax(text)
    return syntax.takesValue(depth: 0) && syntax.place == syntax.bytes.count
  }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  /// Goes on behind the byte if it is the next one.
  private mutating func takes(_ byte: Character) -> Bool {
    guard next == byte.asciiValue else { return false }
    place += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
      place += 1
    }
  }

  /// A value with the white space around it.
  private mutating func takesValue(depth: Int) -> Bool {
    guard depth < Self.depthMax else { return false }
    skipSpace()
    let isValue =
      switch next.map({ Character(Unicode.Scalar($0)) }) {
      case "{": takesMembers(depth)
      case "[": takesElements(depth)
      case "\"": takesString()
      case "t": takesWord("true")
      case "f": takesWord("false")
      case "n": takesWord("null")
      case _: takesNumber()
      }
    skipSpace()
    return isValue
  }

  private mutating func takesMembers(_ depth: Int) -> Bool {
    guard takes("{") else { return false }
    skipSpace()
    if takes("}") { return true }
    repeat {
      skipSpace()
      guard takesString() else { return false }
      skipSpace()
      guard takes(":"), takesValue(depth: depth + 1) else { return false }
    } while takes(",")
    return takes("}")
  }

  private mutating func takesElements(_ depth: Int) -> Bool {
    guard takes("[") else { return false }
    skipSpace()
    if takes("]") { return true }
    repeat {
      guard takesValue(depth: depth + 1) else { return false }
    } while takes(",")
    return takes("]")
  }

  private mutating func takesString() -> Bool {
    guard takes("\"") else { return false }
    while let byte = next, byte >= 0x20 {
      if takes("\"") { return true }
      let isEscape = takes("\\")
      if isEscape, takes("u") {
        for _ in 0..<4 where !takesHexDigit() { return false }
        continue
      }
      guard !isEscape || "\"\\/bfnrt".utf8.contains(next ?? 0) else { return false }
      place += 1
    }
    return false
  }

  private mutating func takesHexDigit() -> Bool {
    guard let byte = next, Character(Unicode.Scalar(byte)).isHexDigit else { return false }
    place += 1
    return true
  }

  private mutating func takesNumber() -> Bool {
    _ = takes("-")
    guard takes("0") || takesDigits() else { return false }
    if takes("."), !takesDigits() { return false }
    guard takes("e") || takes("E") else { return true }
    if !takes("+") { _ = takes("-") }
    return takesDigits()
  }

  private mutating func takesDigits() -> Bool {
    let start = place
    while let byte = next, 0x30...0x39 ~= byte { place += 1 }
    return place > start
  }

  private mutating func takesWord(_ word: StaticString) -> Bool {
    for byte in "\(word)".utf8 {
      guard next == byte else { return false }
      place += 1
    }
    return true
  }
}
