/// The data model `mini`: see ``Expression`` for what it can say.
final class MiniModel: DataModel {
  var host = ModelHost()
  private(set) var environment = Environment()
  private var loops: [[Value]] = []

  func setSystem(_ name: String, _ value: Value) { environment.setSystem(name, value) }

  func isDeclared(_ name: String) -> Bool { environment.isDeclared(name) }

  func declare(_ name: String, _ value: Value) throws(ExpressionError) {
    var parser = ExpressionParser(name)
    let path = try parser.parsePath()
    guard path.count == 1 else { throw ExpressionError("\(name) is no name of a variable") }
    guard !Environment.systemNames.contains(name) else {
      throw ExpressionError("\(name) is a system variable")
    }
    environment.declare(name, value)
  }

  func declare(_ name: String, _ code: Code) throws(ExpressionError) {
    try declare(name, try value(of: code))
  }

  func current(_ name: String) -> Value? { environment.value(of: name) }

  func value(of code: Code) throws(ExpressionError) -> Value {
    do throws(ExpressionError) {
      return try environment.evaluate(code, isActive: host.isActive)
    } catch {
      throw error.placed(code)
    }
  }

  func value(at location: Code) throws(ExpressionError) -> Value {
    do throws(ExpressionError) {
      return try environment.value(at: path(location))
    } catch {
      throw error.placed(location)
    }
  }

  func holds(_ condition: Code) throws(ExpressionError) -> Bool {
    let value = try value(of: condition)
    guard case .bool(let holds) = value else {
      throw ExpressionError("\(value.kind) is neither true nor false").placed(condition)
    }
    return holds
  }

  func line(_ code: Code) throws(ExpressionError) -> String { try value(of: code).text }

  /// An expression where it can be one; else it is just text.
  func value(ofText text: String) -> Value {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return (try? environment.evaluate(Code(words), isActive: host.isActive)) ?? .string(words)
  }

  func assign(_ location: Code, _ value: Value) throws(ExpressionError) {
    do throws(ExpressionError) {
      try environment.assign(path(location), value)
    } catch {
      throw error.placed(location)
    }
  }

  func assign(_ location: Code, _ code: Code) throws(ExpressionError) {
    try assign(location, try value(of: code))
  }

  /// Assignments, one a line or divided by semicolons; they may declare what they assign to.
  func run(_ script: Code) throws(ExpressionError) {
    for (number, line) in script.text.split(
      omittingEmptySubsequences: false, whereSeparator: \.isNewline
    )
    .enumerated() {
      let place = script.place.map { Place(file: $0.file, line: $0.line + number) }
      for text in line.split(separator: ";") where text.contains(where: { !$0.isWhitespace }) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let location = parts[0].filter { !$0.isWhitespace }
        let value = try value(of: Code(parts.count > 1 ? String(parts[1]) : "", at: place))
        if !isDeclared(location), !location.contains(".") { try declare(location, .unbound) }
        try assign(Code(location, at: place), value)
      }
    }
  }

  func beginLoop(_ array: Code) throws(ExpressionError) -> Int {
    let value = try value(of: array)
    guard case .list(let values) = value else {
      throw ExpressionError("foreach goes over a list, not over \(value.kind)").placed(array)
    }
    loops.append(values)
    return values.count
  }

  func assign(_ location: Code, element: Int) throws(ExpressionError) {
    guard let values = loops.last, values.indices.contains(element) else { return }
    try assign(location, values[element])
  }

  func endLoop() { _ = loops.popLast() }

  private func path(_ location: Code) throws(ExpressionError) -> [String] {
    var parser = ExpressionParser(location.text)
    return try parser.parsePath()
  }
}
