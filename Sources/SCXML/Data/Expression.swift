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

/// An expression as it stands in a document. One that cannot be read is an error when it is
/// evaluated, not when the document is loaded (SCXML 5.9.4).
struct Code: Hashable, Sendable {
  let text: String
  let parsed: Result<Expression, ExpressionError>

  init(_ text: String) {
    self.text = text
    var parser = ExpressionParser(text)
    parsed = Result { () throws(ExpressionError) in try parser.parse() }
  }
}

/// Why an expression has no value; becomes the event `error.execution`.
struct ExpressionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, as the data of the event says it.
  let description: String

  init(_ description: String) { self.description = description }
}
