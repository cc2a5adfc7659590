/// Writes a JSON text in one line, members in the order of their names.
struct JSONWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ value: JSONValue) {
    switch value {
    case .null: write("null")
    case .bool(let bool): write(bool ? "true" : "false")
    case .integer(let integer): write("\(integer)")
    case .unsigned(let unsigned): write("\(unsigned)")
    case .number(let number): write(number)
    case .text(let text): quote(text)
    case .list(let list):
      write(list, between: UInt8(ascii: "["), UInt8(ascii: "]")) { writer, element in
        writer.write(element)
      }
    case .object(let members):
      write(
        members.count < 2 ? Array(members) : members.sorted { $0.key < $1.key },
        between: UInt8(ascii: "{"), UInt8(ascii: "}")
      ) { writer, member in
        writer.quote(member.key)
        writer.bytes.append(UInt8(ascii: ":"))
        writer.write(member.value)
      }
    }
  }

  private mutating func write(_ text: String) { bytes += text.utf8 }

  /// What is no number of JSON is nothing.
  private mutating func write(_ number: Double) {
    guard number.isFinite else { return write("null") }
    let text = "\(number)"
    write(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
  }

  private mutating func write<Part>(
    _ parts: [Part], between start: UInt8, _ end: UInt8,
    _ body: (inout JSONWriter, Part) -> Void
  ) {
    bytes.append(start)
    var isFirst = true
    for part in parts {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      body(&self, part)
    }
    bytes.append(end)
  }

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x08: write("\\b")
      case 0x09: write("\\t")
      case 0x0A: write("\\n")
      case 0x0C: write("\\f")
      case 0x0D: write("\\r")
      case 0..<0x20:
        write(byte < 0x10 ? "\\u000" : "\\u00")
        write(String(byte, radix: 16))
      case _: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
