/// A value of a data model as it leaves it, with an event or to whoever asks; two are equal when
/// kind and content are. Those of `ecmascript` are what JSON can say of them (SCXML B.2).
public enum Value: Hashable, Sendable {
  /// Declared without a value, or a field that an event does not have; `undefined`.
  case unbound
  /// ECMAScript's and JSON's `null`; the data model `mini` has none of its own.
  case null
  /// What conditions must give: nothing else is taken for true or false.
  case bool(Bool)
  /// A whole number of 64 bits; what does not fit is an error of the expression.
  case int(Int)
  /// A number that is not whole, or too large for 64 bits; `mini` only compares it.
  case number(Double)
  /// Text, which is compared by characters.
  case string(String)
  /// Values in order, what `foreach` goes over.
  case list([Value])
  /// Values by name, such as `_event` and the parameters of an event.
  case record([String: Value])
  /// An element of a document, such as an `scxml` to be invoked.
  case xml(Element)
}

extension Value: CustomStringConvertible {
  /// The value as it is written in a document; what cannot be written, as one would expect it.
  public var description: String {
    switch self {
    case .unbound: "unbound"
    case .null: "null"
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let value): "'\(value)'"
    case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .record(let fields):
      "{" + fields.keys.sorted().map { "\($0): \(fields[$0] ?? .unbound)" }.joined(separator: ", ")
        + "}"
    case .xml(let element): "<\(element.name)>"
    }
  }

  /// The text that a log or an attribute shows: strings without quotes.
  var text: String {
    if case .string(let value) = self { value } else { description }
  }

  /// What the value is called in errors.
  var kind: String {
    switch self {
    case .unbound: "an unbound value"
    case .null: "null"
    case .bool: "a boolean"
    case .int: "a number"
    case .number: "a number that is not whole"
    case .string: "a string"
    case .list: "a list"
    case .record: "a record"
    case .xml: "XML"
    }
  }
}
