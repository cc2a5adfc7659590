/// The variables of a session, and what expressions mean with them.
struct Environment {
  /// Variables that only the processor sets (SCXML 5.10).
  static let systemNames: Set = ["_event", "_sessionid", "_name", "_ioprocessors", "_x"]

  /// The longest string and the longest list that `+` makes.
  static let countMax = 1 << 20

  /// All variables by name; declared ones without a value are unbound.
  private(set) var values: [ExactName: Value] = [:]

  /// Sets a system variable (SCXML 5.10), which no assignment of a document may.
  mutating func setSystem(_ name: String, _ value: Value) { values[ExactName(name)] = value }

  /// Declares a variable, or gives a declared one a value.
  mutating func declare(_ name: String, _ value: Value = .unbound) {
    values[ExactName(name)] = value
  }

  func isDeclared(_ name: String) -> Bool { value(of: name) != nil }

  /// The value of a variable; nil when it is not declared.
  func value(of name: String) -> Value? { values[ExactName(name)] }

  /// Gives a variable, or a field of one, another value (SCXML 5.4).
  mutating func assign(_ path: [String], _ value: Value) throws(ExpressionError) {
    guard let root = path.first, let old = self.value(of: root) else {
      throw ExpressionError("\(path.joined(separator: ".")) is not declared")
    }
    guard !Self.systemNames.contains(root) else {
      throw ExpressionError("\(root) is a system variable")
    }
    values[ExactName(root)] = try Self.replaced(old, path.dropFirst(), value)
  }

  private static func replaced(
    _ old: Value, _ path: ArraySlice<String>, _ value: Value
  ) throws(ExpressionError) -> Value {
    guard let name = path.first else { return value }
    guard case .record(var fields) = old else {
      throw ExpressionError("\(old.kind) has no field \(name)")
    }
    fields[name] = try replaced(fields[name] ?? .unbound, path.dropFirst(), value)
    return .record(fields)
  }

  /// The value of a path.
  func value(at path: [String]) throws(ExpressionError) -> Value {
    guard let root = path.first, var value = self.value(of: root) else {
      throw ExpressionError("\(path.joined(separator: ".")) is not declared")
    }
    for name in path.dropFirst() {
      guard case .record(let fields) = value, let field = fields[name] else {
        throw ExpressionError("\(path.joined(separator: ".")): \(value.kind) has no field \(name)")
      }
      value = field
    }
    return value
  }

  /// The value of an expression.
  ///
  /// - Parameter isActive: Whether the state of this id is active.
  func evaluate(
    _ code: Code, isActive: (String) -> Bool
  ) throws(ExpressionError) -> Value {
    try evaluate((code.parsed ?? Code.parse(code.text)).get(), isActive)
  }

  private func evaluate(
    _ expression: Expression, _ isActive: (String) -> Bool
  ) throws(ExpressionError) -> Value {
    switch expression {
    case .literal(let value): return value
    case .list(let parts):
      var values: [Value] = []
      for part in parts { values.append(try evaluate(part, isActive)) }
      return .list(values)
    case .path(let path): return try value(at: path)
    case .not(let part): return .bool(!(try truth(part, isActive)))
    case .binary(.or, let left, let right):
      if try truth(left, isActive) { return .bool(true) }
      return .bool(try truth(right, isActive))
    case .binary(.and, let left, let right):
      guard try truth(left, isActive) else { return .bool(false) }
      return .bool(try truth(right, isActive))
    case .binary(let sign, let left, let right):
      return try Self.combine(sign, evaluate(left, isActive), evaluate(right, isActive))
    case .isActive(let part):
      guard case .string(let id) = try evaluate(part, isActive) else {
        throw ExpressionError("In() takes the id of a state")
      }
      return .bool(isActive(id))
    case .isBound(let path): return .bool(((try? value(at: path)) ?? .unbound) != .unbound)
    case .exists(let path): return .bool((try? value(at: path)) != nil)
    case .startsWith(let text, let start):
      guard case .string(let text) = try evaluate(text, isActive),
        case .string(let start) = try evaluate(start, isActive)
      else { throw ExpressionError("startsWith() takes two strings") }
      return .bool(text.hasPrefix(start))
    }
  }

  private func truth(
    _ expression: Expression, _ isActive: (String) -> Bool
  ) throws(ExpressionError) -> Bool {
    let value = try evaluate(expression, isActive)
    guard case .bool(let truth) = value else {
      throw ExpressionError("\(value.kind) is neither true nor false")
    }
    return truth
  }

  private static func combine(
    _ sign: Expression.Operator, _ left: Value, _ right: Value
  ) throws(ExpressionError) -> Value {
    switch (sign, left, right) {
    case (.equal, _, _): return .bool(left == right)
    case (.notEqual, _, _): return .bool(left != right)
    case (.less, .int(let a), .int(let b)): return .bool(a < b)
    case (.lessOrEqual, .int(let a), .int(let b)): return .bool(a <= b)
    case (.greater, .int(let a), .int(let b)): return .bool(a > b)
    case (.greaterOrEqual, .int(let a), .int(let b)): return .bool(a >= b)
    case (.plus, .int(let a), .int(let b)): return .int(try exact(a.addingReportingOverflow(b)))
    case (.minus, .int(let a), .int(let b)):
      return .int(try exact(a.subtractingReportingOverflow(b)))
    case (.plus, .string(let a), .string(let b)):
      try bounded(a.utf8.count + b.utf8.count)
      return .string(a + b)
    case (.plus, .list(let a), .list(let b)):
      try bounded(a.count + b.count)
      return .list(a + b)
    case (_, _, _):
      throw ExpressionError("\(left.kind) \(sign.rawValue) \(right.kind) means nothing")
    }
  }

  private static func bounded(_ count: Int) throws(ExpressionError) {
    guard count <= countMax else {
      throw ExpressionError("the value is too long: \(count), \(countMax) are possible")
    }
  }

  private static func exact(
    _ result: (partialValue: Int, overflow: Bool)
  ) throws(ExpressionError) -> Int {
    guard !result.overflow else { throw ExpressionError("the number is too large") }
    return result.partialValue
  }
}
