/// Other sessions that live as long as a state (SCXML 6.4).
extension Session {
  /// The types of what can be invoked (SCXML 6.4.1).
  static let invokeTypes: Set = [
    "scxml", "http://www.w3.org/TR/scxml", "http://www.w3.org/TR/scxml/",
  ]

  func invoke(_ state: Int) {
    for element in document.states[state].invokes {
      do throws(ExpressionError) { try invoke(element, state) } catch {
        fail(error.placed(element.place))
      }
    }
  }

  private func invoke(_ element: InvokeElement, _ state: Int) throws(ExpressionError) {
    let type =
      try element.type.map { (text) throws(ExpressionError) in try string(text) } ?? "scxml"
    guard Self.invokeTypes.contains(type) else {
      throw ExpressionError("\(type) cannot be invoked: scxml can")
    }
    let name = element.id ?? "\(document.states[state].id).invoke\(processor.next())"
    if let location = element.idLocation { try model.assign(location, .string(name)) }
    var presets: [ExactName: Value] = [:]
    for (key, value) in try fields(element.payload) { presets[ExactName(key)] = value }
    let session = Session(
      try invoked(element), id: "session\(processor.next())", in: processor,
      parent: Parent(session: self, invokeID: name))
    session.presets = presets
    guard processor.add(session) else {
      throw ExpressionError("there are \(Processor.sessionsMax) sessions already")
    }
    invocations.append(
      Invocation(id: name, state: state, element: element, session: session))
  }

  /// The document that is to run: a file's, or what `content` says.
  private func invoked(_ element: InvokeElement) throws(ExpressionError) -> Document {
    do {
      if let source = element.source {
        return try Document(
          contentsOf: Document.file(string(source), in: document.folder),
          conformance: document.conformance)
      }
      guard let content = element.payload.content else {
        throw ExpressionError("invoke names neither a file nor a content")
      }
      let value = try value(of: content)
      guard case .xml(let root) = value else {
        throw ExpressionError("\(value.kind) cannot be invoked")
      }
      return try Document(
        root, file: document.file, folder: document.folder,
        conformance: document.conformance)
    } catch {
      throw ExpressionError("\(error)")
    }
  }

  /// What an external event means for the invocations before it is handled (appendix D).
  func hear(_ event: Event) {
    for invocation in invocations {
      if event.invokeID.map(ExactName.init) == ExactName(invocation.id) {
        finalize(invocation, event)
      }
      if invocation.element.forwards, !invocation.session.isEnded {
        invocation.session.send(event)
      }
    }
  }

  /// Runs `finalize`; an empty one takes what came into the locations of the parameters.
  private func finalize(_ invocation: Invocation, _ event: Event) {
    guard let block = invocation.element.finalize else { return }
    guard block.isEmpty else { return run(block) }
    guard case .record(let fields) = event.data else { return }
    let parameters = invocation.element.payload.parameters.filter(\.isLocation)
    let names = invocation.element.payload.namelist.map { ($0.text, $0) }
    for (name, location) in parameters.map({ ($0.name, $0.value) }) + names {
      guard let value = fields[name] else { continue }
      do throws(ExpressionError) { try model.assign(location, value) } catch { fail(error) }
    }
  }
}
