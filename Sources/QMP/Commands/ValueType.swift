/// What a value of a command has to be: what arguments are checked by, and what the schema tells.
package indirect enum ValueType: Hashable, Sendable {
  case text
  /// QEMU's `StrOrNull`: a text, or nothing at all.
  case textOrNull
  /// Nothing at all.
  case null
  case bool
  case integer
  /// An integer that QEMU's visitor calls `uint64` in its errors.
  case unsigned
  /// The same in so few bits: `uint8_t` and `uint32_t` are what QEMU calls them.
  case narrow(bits: Int)
  case number
  /// Anything at all.
  case any
  /// One of these words.
  case choice([String])
  case list(ValueType)
  case object([Member])

  /// An object without members: what most commands return.
  package static let nothing = ValueType.object([])
}

/// One member of an object.
package struct Member: Hashable, Sendable {
  package var name: String
  package var type: ValueType
  package var isOptional: Bool

  /// A member that has to be there, or may be left out.
  package init(_ name: String, _ type: ValueType, isOptional: Bool = false) {
    (self.name, self.type, self.isOptional) = (name, type, isOptional)
  }
}

extension ValueType {
  /// Compares a value with this type; the errors are QEMU's.
  ///
  /// - Parameter path: How an error names the value; empty for the arguments as a whole.
  package func check(_ value: JSONValue, path: String) throws(QMPError) {
    switch (self, value) {
    case (.any, _), (.text, .text), (.textOrNull, .text), (.textOrNull, .null),
      (.null, .null), (.bool, .bool),
      (.integer, .integer), (.integer, .unsigned), (.unsigned, .integer), (.unsigned, .unsigned),
      (.number, .integer), (.number, .unsigned), (.number, .number):
      break
    case (.narrow(let bits), .integer(let number)):
      guard 0..<1 << bits ~= number else { throw .value(path, expects: "uint\(bits)_t") }
    case (.narrow(let bits), .unsigned): throw .value(path, expects: "uint\(bits)_t")
    case (.choice(let words), .text(let word)):
      guard words.contains(word) else {
        // QEMU names the member alone, and an element of a list not at all.
        let name = path.hasSuffix("]") ? "null" : path.split(separator: ".").last ?? ""
        throw QMPError("Parameter '\(name)' does not accept value '\(word)'")
      }
    case (.list(let type), .list(let elements)):
      for (index, element) in elements.enumerated() {
        try type.check(element, path: "\(path)[\(index)]")
      }
    case (.object(let members), .object(let values)):
      try Self.check(values, members, path: path.isEmpty ? "" : path + ".")
    case (.text, _), (.choice, _): throw .type(path, expected: "string")
    case (.textOrNull, _): throw .type(path, expected: "StrOrNull")
    case (.null, _): throw .type(path, expected: "null")
    case (.bool, _): throw .type(path, expected: "boolean")
    case (.unsigned, _), (.narrow, _): throw .value(path, expects: "uint64")
    case (.integer, _): throw .type(path, expected: "integer")
    case (.number, _): throw .type(path, expected: "number")
    case (.list, _): throw .type(path, expected: "array")
    case (.object, _): throw .type(path, expected: "object")
    }
  }

  private static func check(
    _ values: [String: JSONValue], _ members: [Member], path: String
  ) throws(QMPError) {
    for member in members {
      if let value = values[member.name] {
        try member.type.check(value, path: path + member.name)
      } else if !member.isOptional {
        throw .missing(path + member.name)
      }
    }
    let known = Set(members.map(\.name))
    if let other = values.keys.sorted().first(where: { !known.contains($0) }) {
      throw QMPError("Parameter '\(path + other)' is unexpected")
    }
  }
}
