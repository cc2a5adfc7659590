import Foundation

/// Reads what a state or transition does.
struct ContentReader {
  let file: String
  /// Folder of files that the document names; nil when it may name none.
  let folder: URL?
  /// The data model that expressions are read for.
  let model: ModelName

  func blocks(_ elements: [Element]) throws(LoadError) -> [[Content]] {
    var blocks: [[Content]] = []
    for element in elements { blocks.append(try contents(of: element)) }
    return blocks
  }

  func contents(of element: Element) throws(LoadError) -> [Content] {
    var contents: [Content] = []
    for child in element.children {
      if let content = try runnable(child) { contents.append(content) }
    }
    return contents
  }

  /// What cannot run is an error when it is reached, not one of the document.
  private func runnable(_ element: Element) throws(LoadError) -> Content? {
    do throws(LoadError) { return try content(element) } catch {
      // A script that cannot be read makes the document one that must be rejected (SCXML 5.8).
      guard element.name != "script" else { throw error }
      return .refused(ExpressionError(error.problem, at: Place(file: error.file, line: error.line)))
    }
  }

  func scripts(of root: Element) throws(LoadError) -> [Content] {
    var scripts: [Content] = []
    for element in root.children("script") { scripts.append(try script(element)) }
    return scripts
  }

  func data(of element: Element) throws(LoadError) -> [DataElement] {
    var found: [DataElement] = []
    for element in element.children("datamodel").flatMap({ $0.children("data") }) {
      guard let id = element.attributes["id"] else { continue }
      let place = place(of: element)
      let path = element.attributes["src"]
      let source = path.map { Source.file($0, place) } ?? source(of: element)
      found.append(DataElement(id: id, place: place, source: source))
    }
    return found
  }

  func invokes(of element: Element) throws(LoadError) -> [InvokeElement] {
    var found: [InvokeElement] = []
    for element in element.children("invoke") {
      var invoke = InvokeElement()
      invoke.type = text(element, "type")
      invoke.source = text(element, "src")
      invoke.id = element.attributes["id"]
      invoke.idLocation = code(element, "idlocation")
      invoke.place = place(of: element)
      invoke.forwards = element.attributes["autoforward"] == "true"
      invoke.payload = payload(of: element)
      if let finalize = element.children("finalize").first {
        invoke.finalize = try contents(of: finalize)
      }
      found.append(invoke)
    }
    return found
  }

  func result(of element: Element) throws(LoadError) -> EventPayload {
    guard let data = element.children("donedata").first else { return EventPayload() }
    return payload(of: data)
  }

  // MARK: One element

  private func content(_ element: Element) throws(LoadError) -> Content? {
    switch element.name {
    case "raise": return .raise(try required("event", of: element))
    case "if": return .branch(try branches(element))
    case "foreach":
      return .each(
        Content.Loop(
          array: try requiredCode("array", of: element),
          item: try requiredCode("item", of: element), index: code(element, "index"),
          contents: try contents(of: element)))
    case "log":
      return .log(label: element.attributes["label"] ?? "", code(element, "expr"))
    case "assign":
      return .assign(try requiredCode("location", of: element), source(of: element))
    case "script": return try script(element)
    case "send": return .send(try send(element))
    case "cancel":
      guard let id = text(element, "sendid") else {
        throw error(element, "cancel has neither sendid nor sendidexpr")
      }
      return .cancel(id)
    case _: return nil
    }
  }

  private func send(_ element: Element) throws(LoadError) -> SendElement {
    var send = SendElement()
    send.event = text(element, "event")
    send.target = text(element, "target")
    send.type = text(element, "type")
    send.delay = text(element, "delay")
    send.id = element.attributes["id"]
    send.idLocation = code(element, "idlocation")
    send.place = place(of: element)
    send.payload = payload(of: element)
    return send
  }

  /// `if` holds its first branch itself; `elseif` and `else` divide what stands inside.
  private func branches(_ element: Element) throws(LoadError) -> [Content.Branch] {
    var branches: [Content.Branch] = []
    var condition: Code? = try requiredCode("cond", of: element)
    var contents: [Content] = []
    for child in element.children {
      switch child.name {
      case "elseif", "else":
        branches.append(Content.Branch(condition: condition, contents: contents))
        condition = child.name == "else" ? nil : try requiredCode("cond", of: child)
        contents = []
      case _: if let content = try runnable(child) { contents.append(content) }
      }
    }
    return branches + [Content.Branch(condition: condition, contents: contents)]
  }

  /// What stands inside, or a file that is read now (SCXML 5.8).
  private func script(_ element: Element) throws(LoadError) -> Content {
    guard let path = element.attributes["src"] else {
      return .script(Code(element.text, at: place(of: element), in: .foreign("script")))
    }
    do throws(ExpressionError) {
      let url = try Document.file(path, in: folder)
      guard let text = Document.text(of: url) else {
        throw ExpressionError("the script \(path) cannot be read")
      }
      return .script(Code(text, at: Place(file: url.path, line: 1), in: .foreign("script")))
    } catch {
      throw self.error(element, error.reason)
    }
  }

  private func payload(of element: Element) -> EventPayload {
    var payload = EventPayload(
      namelist: element.words("namelist").map {
        Code($0, "namelist", at: place(of: element), in: model)
      })
    for child in element.children("param") {
      guard let name = child.attributes["name"] else { continue }
      let value = code(child, "expr") ?? code(child, "location")
      payload.parameters.append(
        Parameter(
          name: name, value: value ?? code("", "expr", child),
          isLocation: child.attributes["expr"] == nil))
    }
    if let content = element.children("content").first {
      // What is invoked is a document: text around it means nothing.
      let isDocument = element.name == "invoke" && content.attributes["expr"] == nil
      let root = isDocument ? content.children("scxml").first : nil
      payload.content = root.map { .element($0) } ?? source(of: content)
    }
    return payload
  }

  /// `expr`, or what stands inside: an element, or all of it as text (SCXML 5.6).
  private func source(of element: Element) -> Source {
    if let code = code(element, "expr") { return .code(code) }
    if let text = element.mixed { return .text(text) }
    if let child = element.children.first { return .element(child) }
    let text = element.text
    return text.allSatisfy(\.isWhitespace) ? .nothing : .text(text)
  }

  /// An attribute or the one with `expr` behind its name.
  private func text(_ element: Element, _ name: String) -> Text? {
    if let value = element.attributes[name] { return .fixed(value) }
    return code(element, name + "expr").map { .computed($0) }
  }

  /// The expression in an attribute.
  func code(_ element: Element, _ name: String) -> Code? {
    element.attributes[name].map { code($0, name, element) }
  }

  private func code(_ text: String, _ name: String, _ element: Element) -> Code {
    Code(text, name, at: place(of: element), in: model)
  }

  private func requiredCode(_ name: String, of element: Element) throws(LoadError) -> Code {
    code(try required(name, of: element), name, element)
  }

  private func place(of element: Element) -> Place { Place(file: file, line: element.line) }

  private func required(_ name: String, of element: Element) throws(LoadError) -> String {
    guard let value = element.attributes[name] else {
      throw error(element, "\(element.name) has no \(name)")
    }
    return value
  }

  private func error(_ element: Element, _ problem: String) -> LoadError {
    LoadError(file: file, line: element.line, problem: problem)
  }
}
