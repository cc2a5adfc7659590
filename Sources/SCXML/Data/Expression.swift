/// An expression of the data model, parsed.
///
///     or     = and { "||" and }
///     and    = not { "&&" not }
///     not    = "!" not | compare
///     compare = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=") sum ]
///     sum    = primary { ("+" | "-") primary }
///     primary = number | 'text' | true | false | "[" [ or { "," or } ] "]" | "(" or ")"
///             | In('state') | isBound(path) | exists(path) | startsWith(or, or) | path
///     path   = name { "." name }
indirect enum Expression: Hashable, Sendable {
  /// An operator between two values.
  enum Operator: String, Sendable, CaseIterable {
    case or = "||"
    case and = "&&"
    case equal = "=="
    case notEqual = "!="
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"
    case plus = "+"
    case minus = "-"
  }

  case literal(Value)
  case list([Expression])
  case path([String])
  case not(Expression)
  case binary(Operator, Expression, Expression)
  case isActive(Expression)
  case isBound([String])
  case exists([String])
  case startsWith(Expression, Expression)
}

/// Text of a data model as it stands in a document: an expression, a location or a script. One that
/// cannot be read is an error when it is evaluated, not when the document is loaded (SCXML 5.9.4).
struct Code: Hashable, Sendable {
  let text: String
  /// The attribute that it is the value of; empty for what stands inside an element.
  let attribute: String
  /// Where it begins; nil when nobody knows.
  let place: Place?
  /// The text as an expression of `mini`, where that is the document's data model.
  let parsed: Result<Expression, ExpressionError>?

  init(
    _ text: String, _ attribute: String = "", at place: Place? = nil, in model: ModelName = .mini
  ) {
    self.text = text
    self.attribute = attribute
    self.place = place
    parsed = model == .mini ? Self.parse(text) : nil
  }

  /// Whether it could be the name of a variable.
  var isName: Bool {
    text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }
      && text.first?.isNumber == false
  }

  static func parse(_ text: String) -> Result<Expression, ExpressionError> {
    var parser = ExpressionParser(text)
    return Result { () throws(ExpressionError) in try parser.parse() }
  }
}

/// Why an expression has no value; becomes the event `error.execution`.
struct ExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// How much of an expression an error quotes.
  private static let quotedMax = 120

  /// What is wrong.
  let reason: String
  /// Where; nil when it is not known yet.
  let place: Place?

  init(_ reason: String, at place: Place? = nil) {
    self.reason = reason
    self.place = place
  }

  /// The data of the event: `file:line: cond "x.y": what is wrong`.
  var description: String { place.map { "\($0): \(reason)" } ?? reason }

  /// The same error with the expression in which it came up, and its place unless a better one is
  /// known.
  func placed(_ code: Code) -> ExpressionError {
    guard !code.attribute.isEmpty else { return placed(code.place) }
    let text =
      code.text.count > Self.quotedMax ? code.text.prefix(Self.quotedMax) + "…" : code.text[...]
    return ExpressionError("\(code.attribute) \"\(text)\": \(reason)", at: place ?? code.place)
  }

  /// The same error with a place, unless it has one.
  func placed(_ other: Place?) -> ExpressionError { ExpressionError(reason, at: place ?? other) }
}
