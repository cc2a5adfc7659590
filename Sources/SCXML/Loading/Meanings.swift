import BatonCore

/// What a document says in words that SCXML knows, and that nevertheless does not run here: delays
/// that are none, data models and types of others, documents inside that have mistakes.
struct Meanings {
  private let root: Element
  private var found: [Finding] = []

  init(_ root: Element) { self.root = root }

  /// What was found, in document order.
  static func findings(_ root: Element) -> [Finding] {
    var meanings = Meanings(root)
    if let name = root.attributes["datamodel"], let refusal = ModelName(name).refusal {
      meanings.tell(root, refusal, name, among: ["ecmascript", "mini", "null", "xpath"])
    }
    meanings.look(root)
    return meanings.found
  }

  private mutating func warn(_ element: Element, _ text: String) {
    found.append(Finding(line: element.line, kind: .warning, text: text))
  }

  private mutating func look(_ element: Element) {
    switch element.name {
    case "send":
      lookAtDelay(element)
      lookAtType(element, Session.sendTypes)
    case "invoke":
      lookAtType(element, Session.invokeTypes)
      lookInside(element)
    case _: break
    }
    guard !Notes.opaque.contains(element.name) else { return }
    for child in element.children where child.namespace == root.namespace { look(child) }
  }

  private mutating func lookAtDelay(_ element: Element) {
    guard let delay = element.attributes["delay"] else { return }
    do throws(ExpressionError) { _ = try Session.nanoseconds(delay) } catch {
      warn(element, "send is error.execution when it is reached: \(error.reason)")
    }
  }

  private mutating func lookAtType(_ element: Element, _ known: Set<String>) {
    guard let type = element.attributes["type"], !known.contains(type) else { return }
    let names = known.sorted().joined(separator: ", ")
    let text = "\(element.name) of type \(type) is error.execution when it is reached: there "
    tell(element, text + "are \(names)", type, among: known.sorted())
  }

  /// Another platform may know a name that this one does not; one that is nearly a known one is
  /// misspelt.
  private mutating func tell(
    _ element: Element, _ text: String, _ name: String, among known: [String]
  ) {
    let hint = known.contains(name) ? "" : Vocabulary.hint(name, among: known)
    let kind = hint.isEmpty ? Finding.Kind.note : .warning
    found.append(Finding(line: element.line, kind: kind, text: text + hint))
  }

  /// A document that is to run while the state is active.
  private mutating func lookInside(_ element: Element) {
    let contents = element.children("content").filter { $0.namespace == root.namespace }
    guard let content = contents.first, content.attributes["expr"] == nil,
      element.attributes["src"] == nil, element.attributes["srcexpr"] == nil,
      let inner = content.children("scxml").first
    else { return }
    var reader = OutlineReader(inner)
    reader.read()
    for finding in reader.reading.all {
      // The document around it runs all the same.
      let kind = finding.kind == .mistake ? Finding.Kind.warning : finding.kind
      found.append(
        Finding(line: finding.line, kind: kind, text: "in the document inside: \(finding.text)"))
    }
    if reader.reading.outline.states.isEmpty {
      warn(inner, "in the document inside: scxml holds no state")
    }
  }
}
