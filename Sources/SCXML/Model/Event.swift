/// An event of a session (SCXML 5.10.1).
public struct Event: Hashable, Sendable {
  /// Where an event comes from.
  public enum Kind: String, Sendable {
    /// Raised by the document, or sent to `#_internal`.
    case `internal`
    /// From the processor itself, such as errors and done events.
    case platform
    /// From another session, or from whoever runs this one.
    case external
  }

  /// The event I/O processor of SCXML (SCXML C.1).
  static let processor = "http://www.w3.org/TR/scxml/#SCXMLEventProcessor"

  /// Its name, tokens with dots between them.
  public var name: String
  /// Where it comes from; `_event.type`.
  public var kind: Kind
  /// The id that its sender gave it.
  public var sendID: String?
  /// Where an answer can be sent to.
  public var origin: String?
  /// The URI of the event processor that `origin` belongs to; nil when nobody can be answered.
  public var originType: String?
  /// The invocation that it comes from.
  public var invokeID: String?
  /// What goes along with it.
  public var data: Value

  /// An event without sender, as whoever runs a session sends it.
  ///
  /// - Parameters:
  ///   - name: Tokens with dots between them, such as `error.execution` (SCXML 3.12.1).
  ///   - kind: What `_event.type` says (SCXML 5.10.1).
  ///   - data: What `_event.data` is; unbound when nothing goes along.
  public init(_ name: String, kind: Kind = .external, data: Value = .unbound) {
    self.name = name
    self.kind = kind
    self.data = data
  }

  /// Bytes that it takes in a queue, about.
  var weight: Int { 64 + name.utf8.count + data.weight }

  /// The value of `_event`. A field without a value exists, and is unbound.
  var record: Value {
    func text(_ value: String?) -> Value { value.map { .string($0) } ?? .unbound }
    return .record([
      "name": .string(name), "type": .string(kind.rawValue), "sendid": text(sendID),
      "origin": text(origin), "origintype": text(originType), "invokeid": text(invokeID),
      "data": data,
    ])
  }
}
