import BatonCore

/// Executable content and data as text, for drawings: nothing of a document is evaluated.
struct ContentText {
  private let namespace: String
  /// Variables that stand for guards and delays in a document of ours.
  private var ownVariables: Set<String> = []
  /// Events of the delays in a document of ours.
  private var ownEvents: Set<String> = []

  init(_ root: Element) {
    namespace = root.namespace
    var work = [root]
    while let element = work.popLast() {
      if let name = element.attributes[OwnNames.guard] {
        let plain = name.unicodeScalars.first == "!" ? String(name.dropFirst()) : name
        ownVariables.formUnion(Formula<String>(name)?.names ?? [plain])
      }
      if let name = element.attributes[OwnNames.delay] {
        ownVariables.insert(name)
        ownEvents.formUnion(element.words("event"))
      }
      work += element.children
    }
  }

  // MARK: What stands at a state or a transition

  /// The events of a transition, in order.
  func events(of element: Element) -> [String] {
    element.attributes[OwnNames.event].map { [$0] } ?? element.words("event")
  }

  /// The condition, and whether it must not hold.
  func condition(of element: Element) -> (String?, isNegated: Bool) {
    guard let name = element.attributes[OwnNames.guard] else {
      return (element.attributes["cond"].map(Self.line), false)
    }
    let formula = Formula<String>(name)
    let isCombined = formula != nil && formula?.single == nil
    let isNegated = name.unicodeScalars.first == "!" && !isCombined
    return (isNegated ? String(name.unicodeScalars.dropFirst()) : name, isNegated)
  }

  /// What an element runs, one text for each piece.
  func actions(_ element: Element) -> [String] { element.children.compactMap(action) }

  func declarations(of element: Element) -> [String] {
    if let lines = element.attributes[OwnNames.declarations] {
      return lines.split(separator: "\n").map(String.init)
    }
    let data = own("datamodel", of: element).flatMap { own("data", of: $0) }.filter {
      !ownVariables.contains($0.attributes["id"] ?? "") && $0.attributes[OwnNames.name] == nil
    }
    let scripts = element.name == "scxml" ? own("script", of: element) : []
    let texts = data.map {
      joined("data", $0.attributes["id"], value(of: $0).map { "= \($0)" })
    }
    return texts + scripts.map(script)
  }

  func invokes(of element: Element) -> [String] {
    own("invoke", of: element).map { invoke in
      let finalize = own("finalize", of: invoke).first.map { "finalize { \(block($0)) }" }
      return joined(
        "invoke", text(invoke, "type"), text(invoke, "src"),
        named("as", invoke.attributes["id"] ?? invoke.attributes["idlocation"]),
        payload(of: invoke), invoke.attributes["autoforward"] == "true" ? "autoforward" : nil,
        finalize)
    }
  }

  /// What a final state gives to the done event.
  func results(of element: Element) -> [String] {
    own("donedata", of: element).map { joined("donedata", payload(of: $0)) }
  }

  // MARK: Pieces

  private func own(_ name: String, of element: Element) -> [Element] {
    element.children.filter { $0.name == name && $0.namespace == namespace }
  }

  private func action(_ element: Element) -> String? {
    guard element.namespace == namespace else { return foreign(element) }
    switch element.name {
    case "raise": return joined("raise", element.attributes["event"])
    case "log": return log(element)
    case "assign":
      return "\(element.attributes["location"] ?? "?") = \(self.value(of: element) ?? "")"
    case "script": return script(element)
    case "send": return send(element)
    case "cancel":
      let id = text(element, "sendid")
      return ownEvents.contains(element.attributes["sendid"] ?? "") ? nil : joined("cancel", id)
    case "if": return branches(element)
    case "foreach":
      let names = [element.attributes["item"], element.attributes["index"]].compactMap { $0 }
      return "foreach \(names.joined(separator: ", ")) in \(element.attributes["array"] ?? "?") "
        + "{ \(block(element)) }"
    case _: return foreign(element)
    }
  }

  /// An action of ours is a `log` with a label; any other is shown as one.
  private func log(_ element: Element) -> String {
    let expression = element.attributes["expr"]
    guard element.attributes["label"] == "action", let expression else {
      return joined("log", element.attributes["label"], expression.map(Self.line))
    }
    if let name = element.attributes[OwnNames.action] { return name }
    // By scalars: what follows a quote may be a mark that joins it.
    let scalars = expression.unicodeScalars
    guard scalars.count > 1, scalars.first == "'", scalars.last == "'" else {
      return "log action \(Self.line(expression))"
    }
    return String(scalars.dropFirst().dropLast())
  }

  private func send(_ element: Element) -> String? {
    if let id = element.attributes["id"], ownEvents.contains(id) { return nil }
    return joined(
      "send", text(element, "event"), named("to", text(element, "target")),
      named("by", text(element, "type")), named("after", text(element, "delay")),
      named("as", element.attributes["id"] ?? element.attributes["idlocation"]),
      payload(of: element))
  }

  private func branches(_ element: Element) -> String {
    var text = "if \(Self.line(element.attributes["cond"] ?? "?")) { "
    var pieces: [String] = []
    for child in element.children {
      switch child.name {
      case "elseif", "else":
        let condition = Self.line(child.attributes["cond"] ?? "?")
        text += pieces.joined(separator: "; ")
        text += child.name == "else" ? " } else { " : " } else if \(condition) { "
        pieces = []
      case _: if let piece = action(child) { pieces.append(piece) }
      }
    }
    return text + pieces.joined(separator: "; ") + " }"
  }

  private func block(_ element: Element) -> String { actions(element).joined(separator: "; ") }

  private func script(_ element: Element) -> String {
    joined("script", element.attributes["src"], Self.line(element.text))
  }

  private func payload(of element: Element) -> String? {
    let parameters = own("param", of: element).map { parameter in
      let value = parameter.attributes["expr"] ?? parameter.attributes["location"] ?? ""
      return "\(parameter.attributes["name"] ?? "?") = \(Self.line(value))"
    }
    let content = own("content", of: element).compactMap { value(of: $0) }
    let all = element.words("namelist") + parameters + content
    return all.isEmpty ? nil : "with " + all.joined(separator: ", ")
  }

  /// `expr`, `src` or what stands inside.
  private func value(of element: Element) -> String? {
    if let file = element.attributes["src"] { return "file \(file)" }
    if let code = element.attributes["expr"] { return Self.line(code) }
    let all = inside(element)
    return all.isEmpty ? nil : all.joined(separator: " ")
  }

  /// The text and the elements inside, one text for each piece.
  private func inside(_ element: Element) -> [String] {
    element.nodes.map { node in
      switch node {
      case .element(let child): foreign(child)
      case .text(let text): Self.line(text)
      }
    }.filter { !$0.isEmpty }
  }

  /// An element that is not SCXML's, with its attributes.
  private func foreign(_ element: Element) -> String {
    let attributes = element.attributes.sorted { $0.key < $1.key }.map { key, value in
      "\(key.split(separator: "}").last ?? "")=\(Self.line(value))"
    }
    let head = ([element.name] + attributes).joined(separator: " ")
    let inside = inside(element)
    return inside.isEmpty ? "<\(head)>" : "<\(head)>\(inside.joined(separator: " "))</>"
  }

  /// An attribute, or the one with `expr` behind its name.
  private func text(_ element: Element, _ name: String) -> String? {
    element.attributes[name] ?? element.attributes[name + "expr"].map { "(\(Self.line($0)))" }
  }

  private func named(_ word: String, _ text: String?) -> String? { text.map { "\(word) \($0)" } }

  /// What there is of the pieces, with spaces between.
  private func joined(_ pieces: String?...) -> String {
    pieces.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Text on one line.
  private static func line(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
