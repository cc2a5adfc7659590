/// Finds the JSON texts in a stream of bytes, as QEMU's lexer does: an object may be spread over
/// lines, and several may stand on one.
///
/// Strings may stand in single quotes, which QEMU takes as well; they are given on in double ones.
/// It looks at each byte once, and bounds how deep a text nests, and how many values it has, before
/// anybody parses it.
package struct MessageScanner {
  /// What was found.
  package enum Message: Hashable, Sendable {
    /// A text that can be parsed; whether it is JSON is not known yet.
    case text([UInt8])
    /// Something that is none, in QEMU's words.
    case fault(String)
  }

  /// How deep braces and brackets may nest.
  package static let nestingMax = 128
  /// How many values a client's text may have, about: braces, brackets and commas are counted. What
  /// a text costs whoever serves a guest is a matter of these, not of its bytes.
  package static let clientValuesMax = 512

  private enum Place {
    case between, inside, string, escape, word
  }

  private var bytes: [UInt8] = []
  private var place = Place.between
  /// Where the text begins that is looked at, and how far it was looked at.
  private var start = 0
  private var position = 0
  private var braces = 0
  private var brackets = 0
  private let valuesMax: Int
  private var values = 0
  /// What is wrong with the text that is looked at, which is known before its end.
  private var fault: String?
  /// The last byte of it that is no blank, outside of strings.
  private var former: UInt8 = 0
  /// Which quote ends the string that is looked at.
  private var quote = UInt8(ascii: "\"")
  /// Whether a string of the text stands in single quotes.
  private var isQuotedSingly = false
  private var found: Message?
  /// How many bytes of the stream were before those that are kept.
  private var passed = 0

  /// Nothing has come yet.
  ///
  /// - Parameter valuesMax: About how many values a text may have.
  package init(valuesMax: Int = .max) { self.valuesMax = valuesMax }

  /// How many bytes belong to a text that has no end yet.
  package var pendingCount: Int { bytes.count - start }

  /// How many bytes of the stream have come.
  package var received: Int { passed + bytes.count }

  /// Where in the stream the message ends that was found last.
  package var end: Int { passed + position }

  /// More of the stream.
  package mutating func append(_ more: some Collection<UInt8>) { bytes += more }

  /// Whether a message is there; ``take()`` gives it.
  package mutating func find() -> Bool {
    while found == nil, position < bytes.count {
      let byte = bytes[position]
      position += 1
      look(at: byte)
    }
    if found == nil { forgetPassed() }
    return found != nil
  }

  /// The message that was found.
  package mutating func take() -> Message? {
    defer {
      found = nil
      forgetPassed()
    }
    return found
  }

  /// Bytes of texts that are done are removed when they are half of all.
  private mutating func forgetPassed() {
    guard start > 0, start >= bytes.count / 2 else { return }
    bytes.removeFirst(start)
    passed += start
    position -= start
    start = 0
  }

  private mutating func look(at byte: UInt8) {
    switch place {
    case .between: begin(with: byte)
    case .inside: goOn(with: byte)
    case .string:
      if byte == UInt8(ascii: "\\") {
        place = .escape
      } else if byte == quote {
        place = .inside
        if braces + brackets == 0 { finish() }
      } else if byte < 0x20 {
        fail("JSON parse error, stray '\(Self.shown(bytes[start..<position - 1]))'")
      }
    case .escape:
      // Which JSON has not.
      if byte == UInt8(ascii: "'") { isQuotedSingly = true }
      place = .string
    case .word:
      guard Self.isDelimiter(byte) else { return }
      position -= 1
      finishWord()
    }
  }

  private mutating func begin(with byte: UInt8) {
    start = position - 1
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D: start = position
    case 0..<0x20: fail("JSON parse error, stray '\(Self.shown(bytes[start..<position]))'")
    case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "'"):
      goOn(with: byte)
    case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: ":"):
      fail("JSON parse error, expecting value")
    case _: place = .word
    }
  }

  private mutating func goOn(with byte: UInt8) {
    place = .inside
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      place = .string
      quote = byte
      if byte == UInt8(ascii: "'") { isQuotedSingly = true }
    case UInt8(ascii: "{"):
      braces += 1
      values += 1
    case UInt8(ascii: "["):
      brackets += 1
      values += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      if byte == UInt8(ascii: "}") { braces -= 1 } else { brackets -= 1 }
      if former == UInt8(ascii: ",") { fault = fault ?? "JSON parse error, expecting value" }
    case UInt8(ascii: ","): values += 1
    case 0x20, 0x09, 0x0A, 0x0D: return
    case _:
      former = byte
      return
    }
    former = byte
    // What is left of the text is passed over: it may look like a command.
    if values > valuesMax { fault = fault ?? "JSON token count limit exceeded" }
    if braces + brackets > Self.nestingMax { return fail("JSON nesting depth limit exceeded") }
    let isOpen = braces > 0 || brackets > 0
    if place == .inside, !isOpen || braces < 0 || brackets < 0 { finish() }
  }

  private mutating func finish() {
    if let fault { return fail(fault) }
    let text = bytes[start..<position]
    found = .text(isQuotedSingly ? Self.doublyQuoted(text) : Array(text))
    reset()
  }

  /// The same with double quotes round all strings.
  private static func doublyQuoted(_ text: ArraySlice<UInt8>) -> [UInt8] {
    let (single, double, escape) = (UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "\\"))
    var result: [UInt8] = []
    var end: UInt8?
    var isEscaped = false
    for byte in text {
      if isEscaped {
        // JSON knows no escaped single quote.
        if byte != single { result.append(escape) }
        result.append(byte)
        isEscaped = false
      } else if end != nil, byte == escape {
        isEscaped = true
      } else if byte == end || (end == nil && (byte == single || byte == double)) {
        end = end == nil ? byte : nil
        result.append(double)
      } else {
        if byte == double { result.append(escape) }
        result.append(byte)
      }
    }
    return result
  }

  /// A text without braces: a number or a word, which may be one that JSON has not.
  private mutating func finishWord() {
    let word = bytes[start..<position]
    if JSONValue(parsing: word) != nil { return finish() }
    fail("JSON parse error, invalid keyword '\(Self.shown(word))'")
  }

  private mutating func fail(_ text: String) {
    found = .fault(text)
    reset()
  }

  private mutating func reset() {
    place = .between
    (braces, brackets, values) = (0, 0, 0)
    isQuotedSingly = false
    (fault, former) = (nil, 0)
    start = position
  }

  private static func isDelimiter(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "'"),
      UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: ":"):
      true
    case _: false
    }
  }

  /// The most of a faulty text that is shown, in bytes.
  private static let shownMax = 64

  private static func shown(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix(shownMax), as: UTF8.self)
  }
}
