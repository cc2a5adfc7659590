import BatonCore
import Foundation

/// What executable content does (SCXML 4).
extension Session {
  /// Runs a block. An error ends it, and only it (SCXML 4.9).
  func run(_ block: [Content]) {
    do throws(ExpressionError) { try perform(block) } catch { fail(error) }
  }

  /// Puts an error into the internal queue (SCXML 3.12.2).
  func fail(_ error: ExpressionError, sendID: String? = nil) {
    var event = Event("error.execution", kind: .platform, data: .string(error.description))
    event.sendID = sendID
    internalQueue.append(event)
  }

  func evaluate(_ code: Code) throws(ExpressionError) -> Value {
    try environment.evaluate(code) { name in
      guard let state = document.numbers[name] else { return false }
      return interpreter.isActive(state)
    }
  }

  private func perform(_ block: [Content]) throws(ExpressionError) {
    for content in block { try perform(content) }
  }

  private func perform(_ content: Content) throws(ExpressionError) {
    switch content {
    case .raise(let name): internalQueue.append(Event(name, kind: .internal))
    case .branch(let branches): try perform(branches)
    case .each(let loop): try perform(loop)
    case .log(let label, let code):
      let text = try code.map { (code) throws(ExpressionError) in try evaluate(code).text }
      processor.report?(
        .log(session: id, [label, text ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")))
    case .assign(let location, let source): try assign(location, value(of: source))
    case .script(let assignments):
      for assignment in assignments { try perform(assignment) }
    case .send(let element): try send(element)
    case .cancel(let text): processor.cancel(try string(text), of: self)
    }
  }

  private func perform(_ branches: [Content.Branch]) throws(ExpressionError) {
    for branch in branches {
      guard let condition = branch.condition else { return try perform(branch.contents) }
      let value = try evaluate(condition)
      guard case .bool(let holds) = value else {
        throw ExpressionError("\(value.kind) is neither true nor false")
      }
      if holds { return try perform(branch.contents) }
    }
  }

  /// Goes over a copy, so that the list may change meanwhile (SCXML 4.6).
  private func perform(_ loop: Content.Loop) throws(ExpressionError) {
    let array = try evaluate(loop.array)
    guard case .list(let values) = array else {
      throw ExpressionError("foreach goes over a list, not over \(array.kind)")
    }
    for name in [loop.item, loop.index].compactMap(\.self) where !environment.isDeclared(name) {
      try declare(name)
    }
    for (place, value) in values.enumerated() {
      try assign(loop.item, value)
      if let index = loop.index { try assign(index, .int(place)) }
      try perform(loop.contents)
    }
  }

  /// A script may declare what it assigns to.
  private func perform(_ assignment: Content.Assignment) throws(ExpressionError) {
    let value = try evaluate(assignment.value)
    if !environment.isDeclared(assignment.location), !assignment.location.contains(".") {
      try declare(assignment.location)
    }
    try assign(assignment.location, value)
  }

  private func declare(_ name: String) throws(ExpressionError) {
    var parser = ExpressionParser(name)
    let path = try parser.parsePath()
    guard path.count == 1 else { throw ExpressionError("\(name) is no name of a variable") }
    environment.declare(name)
  }

  func assign(_ location: String, _ value: Value) throws(ExpressionError) {
    var parser = ExpressionParser(location)
    try environment.assign(parser.parsePath(), value)
  }

  func string(_ text: Text) throws(ExpressionError) -> String {
    switch text {
    case .fixed(let text): return text
    case .computed(let code):
      let value = try evaluate(code)
      guard case .string(let text) = value else {
        throw ExpressionError("\(value.kind) stands where text is expected: \(code.text)")
      }
      return text
    }
  }

  func value(of source: Source) throws(ExpressionError) -> Value {
    switch source {
    case .code(let code): return try evaluate(code)
    case .element(let element): return .xml(element)
    // Text is an expression where it can be one, as in `data`; else it is just text.
    case .text(let text): return (try? evaluate(Code(text))) ?? .string(text)
    case .file(let path):
      guard let text = try? String(contentsOf: file(path), encoding: .utf8) else {
        throw ExpressionError("\(path) cannot be read")
      }
      let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      return try value(of: .text(words))
    case .nothing: return .unbound
    }
  }

  /// A file beside the document; one of the W3C's tests ends in `.txml` until it is rewritten.
  func file(_ path: String) throws(ExpressionError) -> URL {
    guard let folder = document.folder else {
      throw ExpressionError("\(path): the document has no folder")
    }
    let name = path.hasPrefix("file:") ? String(path.dropFirst(5)) : path
    guard !name.contains("..") && !name.hasPrefix("/") else {
      throw ExpressionError("\(path) is not beside the document")
    }
    let file = folder.appending(path: name)
    if FileManager.default.fileExists(atPath: file.path) { return file }
    return file.deletingPathExtension().appendingPathExtension("txml")
  }
}
