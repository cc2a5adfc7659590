/// Variables and what goes along with events (SCXML 5).
extension Session {
  /// Declares all data; with early binding all of it has its value at once (SCXML 5.3.3).
  func initializeData() {
    for state in document.states.indices {
      for data in document.states[state].data where !environment.isDeclared(data.id) {
        environment.declare(data.id)
      }
    }
    for state in document.states.indices where !document.bindsLate || state == 0 {
      bound.insert(state)
      setData(of: state)
    }
  }

  func setData(of state: Int) {
    for data in document.states[state].data {
      if presets[data.id] != nil, state == 0 {
        environment.declare(data.id, presets[data.id] ?? .unbound)
        continue
      }
      do throws(ExpressionError) {
        environment.declare(data.id, try value(of: data.source))
      } catch {
        environment.declare(data.id)
        fail(error)
      }
    }
  }

  /// What goes along with an event: content, or a record of names and parameters.
  func data(_ payload: EventPayload) throws(ExpressionError) -> Value {
    if let content = payload.content { return try value(of: content) }
    guard !payload.isEmpty else { return .unbound }
    return .record(try fields(payload))
  }

  func fields(_ payload: EventPayload) throws(ExpressionError) -> [String: Value] {
    var fields: [String: Value] = [:]
    for name in payload.namelist {
      var parser = ExpressionParser(name)
      fields[name] = try environment.value(at: parser.parsePath())
    }
    for parameter in payload.parameters { fields[parameter.name] = try evaluate(parameter.value) }
    return fields
  }
}
