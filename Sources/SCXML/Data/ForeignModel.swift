/// A data model that is none of ours: the document runs as far as it goes without expressions, and
/// each of them is an error that says so.
final class ForeignModel: DataModel {
  var host = ModelHost()
  private let refusal: String
  private var values: [String: Value] = [:]

  init(_ refusal: String) { self.refusal = refusal }

  func setSystem(_ name: String, _ value: Value) { values[name] = value }
  func isDeclared(_ name: String) -> Bool { values[name] != nil }
  func declare(_ name: String, _ value: Value) { values[name] = value }
  func declare(_ name: String, _ code: Code) throws(ExpressionError) { throw refused(code) }
  func current(_ name: String) -> Value? { values[name] }

  func value(of code: Code) throws(ExpressionError) -> Value { throw refused(code) }
  func value(at location: Code) throws(ExpressionError) -> Value { throw refused(location) }
  func holds(_ condition: Code) throws(ExpressionError) -> Bool { throw refused(condition) }
  func line(_ code: Code) throws(ExpressionError) -> String { throw refused(code) }
  func value(ofText text: String) -> Value { .string(text) }

  func assign(_ location: Code, _ value: Value) throws(ExpressionError) { throw refused(location) }
  func assign(_ location: Code, _ code: Code) throws(ExpressionError) { throw refused(code) }
  func run(_ script: Code) throws(ExpressionError) { throw refused(script) }

  func beginLoop(_ array: Code) throws(ExpressionError) -> Int { throw refused(array) }
  func assign(_ location: Code, element: Int) throws(ExpressionError) { throw refused(location) }
  func endLoop() {}

  private func refused(_ code: Code) -> ExpressionError { ExpressionError(refusal).placed(code) }
}
