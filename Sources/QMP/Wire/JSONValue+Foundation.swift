import Foundation

/// Texts are read and written by Foundation's `JSONSerialization`, in time that grows with their
/// length: a client's message is read on the thread that serves the guest, and `JSONDecoder`, which
/// tries one type after the other, needed seconds for 62 KB of nested lists.
extension JSONValue {
  /// The value that this text is; nil for a text that is none. The caller bounds how deep it nests.
  package init?(parsing bytes: some Collection<UInt8>) {
    guard
      let found = try? JSONSerialization.jsonObject(
        with: Data(bytes), options: .fragmentsAllowed)
    else { return nil }
    self.init(found)
  }

  /// The value in one line, members in Foundation's order of their names: numbers in them by
  /// value, letters of either case alike.
  package var line: String {
    guard
      let data = try? JSONSerialization.data(
        withJSONObject: plain, options: [.fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes])
    else { return "null" }
    return String(decoding: data, as: UTF8.self)
  }

  private init(_ found: Any) {
    switch found {
    case let text as String: self = .text(text)
    case let list as [Any]: self = .list(list.map { JSONValue($0) })
    case let members as [String: Any]: self = .object(members.mapValues { JSONValue($0) })
    case let number as NSNumber: self = Self.number(number)
    case _: self = .null
    }
  }

  /// A truth is a number too, of the type `char`; an integer is one however it is written.
  private static func number(_ number: NSNumber) -> JSONValue {
    // Safe: the string is a constant of the number's class.
    switch unsafe String(cString: number.objCType) {
    case "c", "B": .bool(number.boolValue)
    case "i", "q", "l", "s": .integer(number.int64Value)
    case "Q", "L", "I", "S": JSONValue(number.uint64Value)
    case _:
      // One of many digits is a decimal, whose text is exact and whose `doubleValue` is not.
      if let integer = Int64("\(number)") {
        .integer(integer)
      } else {
        fraction(Double("\(number)") ?? number.doubleValue)
      }
    }
  }

  private static func fraction(_ number: Double) -> JSONValue {
    Int64(exactly: number).map { .integer($0) } ?? .number(number)
  }

  /// As Foundation has it; what is no number of JSON is nothing.
  private var plain: Any {
    switch self {
    case .null: NSNull()
    case .bool(let bool): bool
    case .integer(let integer): integer
    case .unsigned(let unsigned): unsigned
    case .number(let number): number.isFinite ? number : NSNull()
    case .text(let text): text
    case .list(let list): list.map(\.plain)
    case .object(let members): members.mapValues(\.plain)
    }
  }
}
