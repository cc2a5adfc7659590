/// Reads what a state or transition does.
struct ContentReader {
  let file: String

  func blocks(_ elements: [Element]) throws(LoadError) -> [[Content]] {
    var blocks: [[Content]] = []
    for element in elements { blocks.append(try contents(of: element)) }
    return blocks
  }

  func contents(of element: Element) throws(LoadError) -> [Content] {
    var contents: [Content] = []
    for child in element.children {
      if let content = try content(child) { contents.append(content) }
    }
    return contents
  }

  func scripts(of root: Element) throws(LoadError) -> [Content] {
    var scripts: [Content] = []
    for element in root.children("script") { scripts.append(try script(element)) }
    return scripts
  }

  func data(of element: Element) throws(LoadError) -> [DataElement] {
    var found: [DataElement] = []
    for element in element.children("datamodel").flatMap({ $0.children("data") }) {
      let id = try required("id", of: element)
      if let path = element.attributes["src"] {
        found.append(DataElement(id: id, source: .file(path)))
      } else {
        found.append(DataElement(id: id, source: source(of: element)))
      }
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
      invoke.idLocation = element.attributes["idlocation"]
      invoke.forwards = element.attributes["autoforward"] == "true"
      invoke.payload = try payload(of: element)
      if let finalize = element.children("finalize").first {
        invoke.finalize = try contents(of: finalize)
      }
      found.append(invoke)
    }
    return found
  }

  func result(of element: Element) throws(LoadError) -> EventPayload {
    guard let data = element.children("donedata").first else { return EventPayload() }
    return try payload(of: data)
  }

  // MARK: One element

  private func content(_ element: Element) throws(LoadError) -> Content? {
    switch element.name {
    case "raise": return .raise(try required("event", of: element))
    case "if": return .branch(try branches(element))
    case "foreach":
      return .each(
        Content.Loop(
          array: Code(try required("array", of: element)),
          item: try required("item", of: element), index: element.attributes["index"],
          contents: try contents(of: element)))
    case "log":
      return .log(
        label: element.attributes["label"] ?? "", element.attributes["expr"].map(Code.init))
    case "assign":
      return .assign(location: try required("location", of: element), source(of: element))
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
    send.idLocation = element.attributes["idlocation"]
    send.payload = try payload(of: element)
    return send
  }

  /// `if` holds its first branch itself; `elseif` and `else` divide what stands inside.
  private func branches(_ element: Element) throws(LoadError) -> [Content.Branch] {
    var branches: [Content.Branch] = []
    var condition: Code? = Code(try required("cond", of: element))
    var contents: [Content] = []
    for child in element.children {
      switch child.name {
      case "elseif", "else":
        branches.append(Content.Branch(condition: condition, contents: contents))
        condition = child.name == "else" ? nil : Code(try required("cond", of: child))
        contents = []
      case _: if let content = try content(child) { contents.append(content) }
      }
    }
    return branches + [Content.Branch(condition: condition, contents: contents)]
  }

  /// Assignments, one a line or divided by semicolons.
  private func script(_ element: Element) throws(LoadError) -> Content {
    guard element.attributes["src"] == nil else {
      throw error(element, "a script of its own file is not supported")
    }
    let lines = element.text.split { $0 == ";" || $0.isNewline }
    let assignments = lines.compactMap { line -> Content.Assignment? in
      guard line.contains(where: { !$0.isWhitespace }) else { return nil }
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let location = parts[0].filter { !$0.isWhitespace }
      return Content.Assignment(
        location: location, value: Code(parts.count > 1 ? String(parts[1]) : ""))
    }
    return .script(assignments)
  }

  private func payload(of element: Element) throws(LoadError) -> EventPayload {
    var payload = EventPayload(namelist: element.words("namelist"))
    for child in element.children("param") {
      let location = child.attributes["location"]
      let value = child.attributes["expr"] ?? location ?? ""
      payload.parameters.append(
        Parameter(
          name: try required("name", of: child), value: Code(value),
          isLocation: child.attributes["expr"] == nil))
    }
    if let content = element.children("content").first { payload.content = source(of: content) }
    return payload
  }

  /// `expr`, or what stands inside.
  private func source(of element: Element) -> Source {
    if let code = element.attributes["expr"] { return .code(Code(code)) }
    if let child = element.children.first { return .element(child) }
    let words = element.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.isEmpty ? .nothing : .text(words)
  }

  /// An attribute or the one with `expr` behind its name.
  private func text(_ element: Element, _ name: String) -> Text? {
    if let value = element.attributes[name] { return .fixed(value) }
    return element.attributes[name + "expr"].map { .computed(Code($0)) }
  }

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
