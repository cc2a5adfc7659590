/// Reads an expression; see ``Expression`` for the grammar.
struct ExpressionParser {
  private enum Token: Hashable {
    case number(Int)
    case text(String)
    case name(String)
    case sign(String)
    case end
  }

  /// How deep brackets and negations may nest.
  private static let depthMax = 64

  private let source: [Character]
  private var place = 0
  private var token = Token.end
  private var depth = 0

  init(_ text: String) { source = Array(text) }

  /// Reads the whole text; what is left behind an expression is an error.
  mutating func parse() throws(ExpressionError) -> Expression {
    try advance()
    let expression = try any()
    guard token == .end else { throw unexpected() }
    return expression
  }

  // MARK: Grammar

  private mutating func any() throws(ExpressionError) -> Expression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthMax else {
      throw ExpressionError("nested deeper than \(Self.depthMax)")
    }
    return try chain(
      .or,
      of: { (parser) throws(ExpressionError) in
        try parser.chain(.and, of: { (parser) throws(ExpressionError) in try parser.negation() })
      })
  }

  private mutating func chain(
    _ sign: Expression.Operator,
    of part: (inout ExpressionParser) throws(ExpressionError) -> Expression
  ) throws(ExpressionError) -> Expression {
    var left = try part(&self)
    while try take(sign.rawValue) { left = .binary(sign, left, try part(&self)) }
    return left
  }

  private mutating func negation() throws(ExpressionError) -> Expression {
    var count = 0
    while try take("!") { count += 1 }
    var expression = try comparison()
    for _ in 0..<min(count, Self.depthMax) { expression = .not(expression) }
    return expression
  }

  private mutating func comparison() throws(ExpressionError) -> Expression {
    let left = try sum()
    let signs: [Expression.Operator] = [
      .equal, .notEqual, .lessOrEqual, .greaterOrEqual, .less, .greater,
    ]
    for sign in signs {
      if try take(sign.rawValue) { return .binary(sign, left, try sum()) }
    }
    return left
  }

  private mutating func sum() throws(ExpressionError) -> Expression {
    var left = try primary()
    while true {  // Ends with the last sign: each turn reads one.
      if try take("+") {
        left = .binary(.plus, left, try primary())
      } else if try take("-") {
        left = .binary(.minus, left, try primary())
      } else {
        return left
      }
    }
  }

  private mutating func primary() throws(ExpressionError) -> Expression {
    switch token {
    case .number(let value):
      try advance()
      return .literal(.int(value))
    case .text(let value):
      try advance()
      return .literal(.string(value))
    case .sign("-"):
      try advance()
      guard case .number(let value) = token else { throw unexpected() }
      try advance()
      return .literal(.int(-value))
    case .sign("("):
      try advance()
      let inside = try any()
      try expect(")")
      return inside
    case .sign("["): return .list(try list())
    case .name("true"), .name("false"):
      let value = token == .name("true")
      try advance()
      return .literal(.bool(value))
    case .name(let name): return try named(name)
    case .sign, .end: throw unexpected()
    }
  }

  private mutating func list() throws(ExpressionError) -> [Expression] {
    try expect("[")
    var values: [Expression] = []
    if try take("]") { return values }
    repeat { values.append(try any()) } while try take(",")
    try expect("]")
    return values
  }

  private mutating func named(_ name: String) throws(ExpressionError) -> Expression {
    guard peek == "(" else { return .path(try path()) }
    try advance()
    try expect("(")
    let result: Expression
    switch name {
    case "In": result = .isActive(try any())
    case "isBound": result = .isBound(try path())
    case "exists": result = .exists(try path())
    case "startsWith":
      let text = try any()
      try expect(",")
      result = .startsWith(text, try any())
    case _: throw ExpressionError("there is no function \(name)")
    }
    try expect(")")
    return result
  }

  /// A path on its own, such as the location of an assignment.
  mutating func parsePath() throws(ExpressionError) -> [String] {
    try advance()
    let path = try path()
    guard token == .end else { throw unexpected() }
    return path
  }

  private mutating func path() throws(ExpressionError) -> [String] {
    guard case .name(let first) = token else { throw unexpected() }
    try advance()
    var names = [first]
    while try take(".") {
      guard case .name(let next) = token else { throw unexpected() }
      names.append(next)
      try advance()
    }
    return names
  }

  // MARK: Tokens

  private func unexpected() -> ExpressionError {
    let found: String
    switch token {
    case .number(let value): found = "\(value)"
    case .text(let value): found = "'\(value)'"
    case .name(let value), .sign(let value): found = value
    case .end: found = "the end"
    }
    return ExpressionError("\(found) is not expected in \"\(String(source))\"")
  }

  private mutating func take(_ sign: String) throws(ExpressionError) -> Bool {
    guard token == .sign(sign) else { return false }
    try advance()
    return true
  }

  private mutating func expect(_ sign: String) throws(ExpressionError) {
    guard try take(sign) else { throw unexpected() }
  }

  /// The next character that is no space.
  private var peek: Character? { source[place...].first { !$0.isWhitespace } }

  private mutating func advance() throws(ExpressionError) {
    while place < source.count, source[place].isWhitespace { place += 1 }
    guard place < source.count else {
      token = .end
      return
    }
    let first = source[place]
    if first.isNumber {
      token = .number(try number())
    } else if first.isLetter || first == "_" {
      token = .name(run { $0.isLetter || $0.isNumber || $0 == "_" })
    } else if first == "'" || first == "\"" {
      token = .text(try quoted(first))
    } else {
      token = .sign(try sign())
    }
  }

  private mutating func number() throws(ExpressionError) -> Int {
    let digits = run(while: \.isNumber)
    guard let value = Int(digits) else { throw ExpressionError("\(digits) is no number") }
    return value
  }

  private mutating func quoted(_ mark: Character) throws(ExpressionError) -> String {
    place += 1
    let text = run { $0 != mark }
    guard place < source.count else { throw ExpressionError("a string does not end") }
    place += 1
    return text
  }

  private mutating func sign() throws(ExpressionError) -> String {
    for length in [2, 1] where place + length <= source.count {
      let text = String(source[place..<(place + length)])
      let isKnown =
        Expression.Operator(rawValue: text) != nil
        || ["!", "(", ")", "[", "]", ",", "."].contains(text)
      guard isKnown else { continue }
      place += length
      return text
    }
    throw ExpressionError("\(source[place]) is not expected in \"\(String(source))\"")
  }

  private mutating func run(while belongs: (Character) -> Bool) -> String {
    let text = source[place...].prefix(while: belongs)
    place += text.count
    return String(text)
  }
}
