public import Foundation

/// Values as JSON (RFC 8259), in which they cross into the data model `ecmascript` and out of it.
extension Value {
  /// Reads a JSON text; whole numbers of 64 bits become ``int(_:)``, others ``number(_:)``.
  ///
  /// - Throws: What JSON it is not (RFC 8259).
  public init(json: Data) throws {
    self = try JSONDecoder().decode(Value.self, from: json)
  }

  /// The text in ASCII.
  ///
  /// - Parameters:
  ///   - unbound: What stands for a value that is unbound, which JSON has no word for.
  ///   - xml: What stands for an element.
  func json(unbound: String, xml: (Element) throws(ExpressionError) -> String)
    throws(ExpressionError)
    -> String
  {
    switch self {
    case .unbound: return unbound
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .int(let value): return "\(value)"
    case .number(let value): return value.isFinite ? "\(value)" : "null"
    case .string(let value): return Self.quoted(value)
    case .list(let values):
      var parts: [String] = []
      for value in values { parts.append(try value.json(unbound: unbound, xml: xml)) }
      return "[" + parts.joined(separator: ",") + "]"
    case .record(let fields):
      var parts: [String] = []
      for name in fields.keys.sorted() {
        let value = try fields[name, default: .unbound].json(unbound: unbound, xml: xml)
        parts.append(Self.quoted(name) + ":" + value)
      }
      return "{" + parts.joined(separator: ",") + "}"
    case .xml(let element): return try xml(element)
    }
  }

  /// A JSON string in ASCII, so that it is the same in UTF-8 and in what engines make of it.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22: result += "\\\""
      case 0x5c: result += "\\\\"
      case 0x20...0x7e: result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      case _:
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return result + "\""
  }

  /// Bytes that it takes, about.
  var weight: Int {
    switch self {
    case .unbound, .null, .bool, .int, .number: 16
    case .string(let text): 16 + text.utf8.count
    case .list(let values): values.reduce(16) { $0 + $1.weight }
    case .record(let fields): fields.reduce(16) { $0 + $1.key.utf8.count + $1.value.weight }
    case .xml: 1024
    }
  }
}

extension Value: Decodable {
  /// Reads what a decoder of JSON has; whole numbers of 64 bits become ``int(_:)``, others
  /// ``number(_:)`` (RFC 8259, 6).
  public init(from decoder: any Decoder) throws {
    let box = try decoder.singleValueContainer()
    if let text = try? box.decode(String.self) {
      self = .string(text)
    } else if let number = try? box.decode(Int.self) {
      self = .int(number)
    } else if let number = try? box.decode(Double.self) {
      self = .number(number)
    } else if let truth = try? box.decode(Bool.self) {
      self = .bool(truth)
    } else if box.decodeNil() {
      self = .null
    } else if let list = try? box.decode([Value].self) {
      self = .list(list)
    } else {
      self = .record(try box.decode([String: Value].self))
    }
  }
}
