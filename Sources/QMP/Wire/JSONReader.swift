/// Reads one JSON text (RFC 8259), in time that grows with its length alone: a client's message is
/// read on the thread that serves the guest.
struct JSONReader {
  /// Why a text is none.
  private enum Fault: Error {
    case noJSON
  }

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The value that these bytes are; nil for those that are none, and for one that nests deeper
  /// than `depthMax`.
  static func value(of bytes: [UInt8], depthMax: Int) -> JSONValue? {
    var reader = JSONReader(bytes)
    reader.depth = depthMax
    return try? reader.whole()
  }

  private mutating func whole() throws(Fault) -> JSONValue {
    let value = try value()
    skipBlanks()
    guard position == bytes.count else { throw .noJSON }
    return value
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  /// Whether this byte came next, which is passed then.
  private mutating func pass(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func value() throws(Fault) -> JSONValue {
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"):
      return .object(try nested { (reader) throws(Fault) in try reader.members() })
    case UInt8(ascii: "["):
      return .list(try nested { (reader) throws(Fault) in try reader.elements() })
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case _: return try number()
    }
  }

  private mutating func nested<Content>(
    _ body: (inout JSONReader) throws(Fault) -> Content
  ) throws(Fault) -> Content {
    guard depth > 0 else { throw .noJSON }
    depth -= 1
    position += 1
    let content = try body(&self)
    depth += 1
    return content
  }

  private mutating func word(
    _ word: StaticString, _ value: JSONValue
  ) throws(Fault) -> JSONValue {
    for byte in "\(word)".utf8 where !pass(byte) { throw .noJSON }
    return value
  }

  // MARK: Lists and objects

  private mutating func elements() throws(Fault) -> [JSONValue] {
    skipBlanks()
    if pass(UInt8(ascii: "]")) { return [] }
    var elements: [JSONValue] = []
    repeat {
      elements.append(try value())
      skipBlanks()
    } while pass(UInt8(ascii: ","))
    guard pass(UInt8(ascii: "]")) else { throw .noJSON }
    return elements
  }

  private mutating func members() throws(Fault) -> [String: JSONValue] {
    skipBlanks()
    if pass(UInt8(ascii: "}")) { return [:] }
    var members: [String: JSONValue] = [:]
    repeat {
      skipBlanks()
      let name = try text()
      skipBlanks()
      guard pass(UInt8(ascii: ":")) else { throw .noJSON }
      members[name] = try value()
      skipBlanks()
    } while pass(UInt8(ascii: ","))
    guard pass(UInt8(ascii: "}")) else { throw .noJSON }
    return members
  }

  // MARK: Numbers

  private mutating func digits() throws(Fault) {
    let start = position
    while let byte = next, 0x30...0x39 ~= byte { position += 1 }
    guard position > start else { throw .noJSON }
  }

  /// An integer where it is one that fits, however it is written.
  private mutating func number() throws(Fault) -> JSONValue {
    let start = position
    _ = pass(UInt8(ascii: "-"))
    if !pass(UInt8(ascii: "0")) { try digits() }
    var isInteger = true
    if pass(UInt8(ascii: ".")) {
      isInteger = false
      try digits()
    }
    if pass(UInt8(ascii: "e")) || pass(UInt8(ascii: "E")) {
      isInteger = false
      if !pass(UInt8(ascii: "+")) { _ = pass(UInt8(ascii: "-")) }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger {
      if let integer = Int64(text) { return .integer(integer) }
      if let unsigned = UInt64(text) { return .unsigned(unsigned) }
    }
    guard let number = Double(text), number.isFinite else { throw .noJSON }
    return Int64(exactly: number).map { .integer($0) } ?? .number(number)
  }

  // MARK: Strings

  private mutating func text() throws(Fault) -> String {
    guard pass(UInt8(ascii: "\"")) else { throw .noJSON }
    var content: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else { throw .noJSON }
        return text
      case UInt8(ascii: "\\"): content += try escaped()
      case 0..<0x20: throw .noJSON
      case _: content.append(byte)
      }
    }
    throw .noJSON
  }

  private mutating func escaped() throws(Fault) -> [UInt8] {
    guard let byte = next else { throw .noJSON }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return Array(String(Character(try scalar())).utf8)
    case _: throw .noJSON
    }
  }

  /// A scalar by its number; one beyond 16 bits is two surrogates (UTF-16).
  private mutating func scalar() throws(Fault) -> Unicode.Scalar {
    var number = try unit()
    if 0xD800..<0xDC00 ~= number {
      guard pass(UInt8(ascii: "\\")), pass(UInt8(ascii: "u")) else { throw .noJSON }
      let low = try unit()
      guard 0xDC00..<0xE000 ~= low else { throw .noJSON }
      number = 0x10000 + (number - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(number) else { throw .noJSON }
    return scalar
  }

  private mutating func unit() throws(Fault) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw .noJSON
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }
}
