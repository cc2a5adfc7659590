/// Variables and what goes along with events (SCXML 5).
extension Session {
  /// Declares all data; with early binding all of it has its value at once (SCXML 5.3.3).
  func initializeData() {
    for state in document.states.indices {
      for data in document.states[state].data where !model.isDeclared(data.id) {
        do throws(ExpressionError) { try model.declare(data.id, .unbound) } catch {
          fail(error.placed(data.place))
        }
      }
    }
    for state in document.states.indices where !document.bindsLate || state == 0 {
      bound.insert(state)
      setData(of: state)
    }
  }

  func setData(of state: Int) {
    for data in document.states[state].data {
      do throws(ExpressionError) {
        if let preset = presets[ExactName(data.id)], state == 0 {
          try model.declare(data.id, preset)
        } else if case .code(let code) = data.source {
          try model.declare(data.id, code)
        } else {
          try model.declare(data.id, try value(of: data.source))
        }
      } catch {
        fail(error.placed(data.place))
      }
    }
  }

  /// What goes along with an event: content, or a record of names and parameters.
  ///
  /// - Parameter sendID: The id of the `send` whose it is, of which errors speak (SCXML 5.10.1).
  func data(_ payload: EventPayload, sendID: String? = nil) throws(ExpressionError) -> Value {
    if let content = payload.content { return try value(of: content) }
    let fields = try fields(payload, sendID: sendID)
    return fields.isEmpty ? .unbound : .record(fields)
  }

  /// Names and parameters with their values. A parameter without a value is an error of its own and
  /// left out, and the others stay (SCXML 5.7); a name without one is an error of the element.
  func fields(
    _ payload: EventPayload, sendID: String? = nil
  ) throws(ExpressionError) -> [String: Value] {
    var fields: [String: Value] = [:]
    for name in payload.namelist { fields[name.text] = try model.value(at: name) }
    for parameter in payload.parameters {
      do throws(ExpressionError) {
        fields[parameter.name] = try model.value(of: parameter.value)
      } catch {
        fail(error, sendID: sendID)
      }
    }
    return fields
  }
}
