import BatonCore

/// What executable content does (SCXML 4).
extension Session {
  /// Runs a block. An error ends it, and only it (SCXML 4.9).
  func run(_ block: [Content]) {
    do throws(ExpressionError) { try perform(block) } catch { fail(error) }
  }

  private func perform(_ block: [Content]) throws(ExpressionError) {
    for content in block {
      guard processor.countContent() else {
        throw ExpressionError("a macrostep executes more than \(Processor.contentsMax) elements")
      }
      try perform(content)
    }
  }

  private func perform(_ content: Content) throws(ExpressionError) {
    switch content {
    case .raise(let name): queue(Event(name, kind: .internal))
    case .branch(let branches): try perform(branches)
    case .each(let loop): try perform(loop)
    case .log(let label, let code):
      let text = try code.map { (code) throws(ExpressionError) in try model.line(code) }
      log([label, text ?? ""].filter { !$0.isEmpty }.joined(separator: ": "))
    case .assign(let location, .code(let code)): try model.assign(location, code)
    case .assign(let location, let source): try model.assign(location, value(of: source))
    case .script(let code): try model.run(code)
    case .refused(let error): throw error
    case .send(let element): try send(element)
    case .cancel(let text): processor.cancel(try string(text), of: self)
    }
  }

  private func perform(_ branches: [Content.Branch]) throws(ExpressionError) {
    for branch in branches {
      guard let condition = branch.condition else { return try perform(branch.contents) }
      if try model.holds(condition) { return try perform(branch.contents) }
    }
  }

  /// Goes over a copy, so that the list may change meanwhile (SCXML 4.6).
  private func perform(_ loop: Content.Loop) throws(ExpressionError) {
    let count = try model.beginLoop(loop.array)
    defer { model.endLoop() }
    for code in [loop.item, loop.index].compactMap(\.self) where code.isName {
      if !model.isDeclared(code.text) { try model.declare(code.text, .unbound) }
    }
    for place in 0..<count {
      try model.assign(loop.item, element: place)
      if let index = loop.index { try model.assign(index, .int(place)) }
      try perform(loop.contents)
    }
  }

  func string(_ text: Text) throws(ExpressionError) -> String {
    switch text {
    case .fixed(let text): return text
    case .computed(let code):
      let value = try model.value(of: code)
      switch value {
      case .string(let text): return text
      // What ECMAScript would make of them where a string is wanted.
      case .int, .number, .bool: if document.model == .ecmascript { return value.description }
      case .unbound, .null, .list, .record, .xml: break
      }
      throw ExpressionError("\(value.kind) stands where text is expected").placed(code)
    }
  }

  func value(of source: Source) throws(ExpressionError) -> Value {
    switch source {
    case .code(let code): return try model.value(of: code)
    case .element(let element): return .xml(element)
    case .text(let text): return model.value(ofText: text)
    case .file(let path, let place):
      do throws(ExpressionError) {
        guard let text = Document.text(of: try Document.file(path, in: document.folder)) else {
          throw ExpressionError("\(path) cannot be read")
        }
        return model.value(ofText: text)
      } catch {
        throw error.placed(place)
      }
    case .nothing: return .unbound
    }
  }
}
