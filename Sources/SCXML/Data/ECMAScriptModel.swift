#if ECMAScript
  import BatonDuktape
  import Foundation

  /// The data model `ecmascript` (SCXML B.2): the variables are global ones of an engine, and
  /// values leave it as JSON.
  final class ECMAScriptModel: DataModel {
    /// Elements of XML that scripts may hold at the same time.
    private static let elementsMax = 10_000

    private let context = ScriptEngine.Context()
    private let budget: ScriptBudget
    private let engine: ScriptEngine?
    /// Elements that scripts hold as objects, by their numbers.
    private var elements: [Element] = []
    private var numbers: [Element: Int] = [:]

    var host: ModelHost {
      get { context.host }
      set { context.host = newValue }
    }

    init(_ budget: ScriptBudget) {
      self.budget = budget
      engine = ScriptEngine(budget.account, budget.limits, context)
    }

    // MARK: Variables

    func setSystem(_ name: String, _ value: Value) throws(ExpressionError) {
      try take(value)
      try ask(CDUKTAPE_SYSTEM, name)
    }

    func isDeclared(_ name: String) -> Bool {
      (try? ask(CDUKTAPE_IS_DECLARED, name).isTrue) ?? false
    }

    func declare(_ name: String, _ value: Value) throws(ExpressionError) {
      try take(value)
      try ask(CDUKTAPE_DECLARE, name)
    }

    func declare(_ name: String, _ code: Code) throws(ExpressionError) {
      try evaluate(code)
      do throws(ExpressionError) { try ask(CDUKTAPE_DECLARE, name) } catch {
        throw error.placed(code)
      }
    }

    func current(_ name: String) -> Value? {
      guard isDeclared(name) else { return nil }
      return try? value(of: Code(name, in: .ecmascript))
    }

    // MARK: Values

    func value(of code: Code) throws(ExpressionError) -> Value {
      try evaluate(code)
      do throws(ExpressionError) { return try given() } catch { throw error.placed(code) }
    }

    func value(at location: Code) throws(ExpressionError) -> Value { try value(of: location) }

    func holds(_ condition: Code) throws(ExpressionError) -> Bool {
      try evaluate(condition)
      return try ask(CDUKTAPE_TRUTH).isTrue
    }

    func line(_ code: Code) throws(ExpressionError) -> String {
      try evaluate(code)
      do throws(ExpressionError) {
        let text = try ask(CDUKTAPE_TEXT).text ?? "\"\""
        return try value(ofJSON: text).text
      } catch {
        throw error.placed(code)
      }
    }

    /// XML, JSON, or else text with its spaces made one (SCXML B.2.1). Beyond that, what begins as
    /// an object or an array is one if it can be: documents write them as they do in scripts.
    func value(ofText text: String) -> Value {
      let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if words.first == "<", let root = try? ElementReader.read(Data(text.utf8), file: "text") {
        return .xml(root)
      }
      if let value = try? Value(json: Data(text.utf8)) { return value }
      if words.first == "{" || words.first == "[" {
        if let value = try? value(of: Code(text, in: .ecmascript)) { return value }
      }
      return .string(words)
    }

    // MARK: Doing

    func assign(_ location: Code, _ value: Value) throws(ExpressionError) {
      try take(value)
      try assignCurrent(location)
    }

    func assign(_ location: Code, _ code: Code) throws(ExpressionError) {
      try evaluate(code)
      try assignCurrent(location)
    }

    func run(_ script: Code) throws(ExpressionError) {
      do throws(ExpressionError) { try ask(CDUKTAPE_SCRIPT, script.text, at: script.place) } catch {
        throw error.placed(script)
      }
    }

    func beginLoop(_ array: Code) throws(ExpressionError) -> Int {
      try evaluate(array)
      do throws(ExpressionError) { return try ask(CDUKTAPE_BEGIN_LOOP).count } catch {
        throw error.placed(array)
      }
    }

    func assign(_ location: Code, element: Int) throws(ExpressionError) {
      try ask(CDUKTAPE_ITEM, count: element)
      try assignCurrent(location)
    }

    func endLoop() { _ = try? ask(CDUKTAPE_END_LOOP) }

    // MARK: The engine

    @discardableResult
    private func ask(
      _ operation: cduktape_operation, _ text: String = "", at place: Place? = nil, count: Int = 0
    ) throws(ExpressionError) -> ScriptEngine.Answer {
      guard let engine else {
        throw ExpressionError("there is no memory left for the scripts of another session")
      }
      if let refusal = budget.refusal { throw ExpressionError(refusal) }
      return try engine.ask(operation, text, at: place, count: count, spent: &budget.spent)
    }

    /// The engine's current value becomes that of an expression.
    private func evaluate(_ code: Code) throws(ExpressionError) {
      do throws(ExpressionError) { try ask(CDUKTAPE_EVALUATE, code.text, at: code.place) } catch {
        throw error.placed(code)
      }
    }

    private func assignCurrent(_ location: Code) throws(ExpressionError) {
      do throws(ExpressionError) {
        try ask(CDUKTAPE_ASSIGN, location.text, at: location.place)
      } catch {
        throw error.placed(location)
      }
    }

    /// The engine's current value becomes this one.
    private func take(_ value: Value) throws(ExpressionError) {
      let text = try value.json(unbound: "{\"\\u0000\":0}", xml: reference)
      try ask(CDUKTAPE_IMPORT, text, count: 1)
    }

    /// The engine's current value.
    private func given() throws(ExpressionError) -> Value {
      guard let text = try ask(CDUKTAPE_EXPORT).text else { return .unbound }
      return try value(ofJSON: text)
    }

    private func value(ofJSON text: String) throws(ExpressionError) -> Value {
      let value: Value
      do { value = try Value(json: Data(text.utf8)) } catch {
        throw ExpressionError(
          "a value cannot leave the data model: it holds text that is no Unicode")
      }
      return elements.isEmpty ? value : resolved(value)
    }

    // MARK: XML

    private func reference(_ element: Element) throws(ExpressionError) -> String {
      let number = numbers[element] ?? elements.count
      if number == elements.count {
        guard number < Self.elementsMax else {
          throw ExpressionError("scripts hold \(Self.elementsMax) elements of XML already")
        }
        elements.append(element)
        numbers[element] = number
      }
      return "{\"\\u0000\":1,\"xml\":\(number),\"tree\":\(Self.tree(element))}"
    }

    /// See `cduktape_ask`.
    private static func tree(_ element: Element) -> String {
      let attributes = element.attributes.map { "\(Value.quoted($0)):\(Value.quoted($1))" }
      let nodes = element.nodes.map { node in
        switch node {
        case .element(let child): tree(child)
        case .text(let text): Value.quoted(text)
        }
      }
      return "[\(Value.quoted(element.name)),{\(attributes.sorted().joined(separator: ","))},"
        + "[\(nodes.joined(separator: ","))]]"
    }

    /// Puts elements where scripts had objects for them.
    private func resolved(_ value: Value) -> Value {
      switch value {
      case .record(let fields):
        if fields["\0"] == .int(1), case .int(let number)? = fields["xml"],
          elements.indices.contains(number)
        {
          return .xml(elements[number])
        }
        return .record(fields.mapValues(resolved))
      case .list(let values): return .list(values.map(resolved))
      case .unbound, .null, .bool, .int, .number, .string, .xml: return value
      }
    }
  }
#endif
