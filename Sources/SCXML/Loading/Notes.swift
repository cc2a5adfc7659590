/// What of a document loads and does not run: the data model, elements of others, parts without
/// what they need. Each kind is said once, with its first place and how often there is more.
struct Notes {
  /// Elements of SCXML, and the attributes without which they do nothing.
  private static let required: [String: [String]] = [
    "scxml": [], "state": [], "parallel": [], "transition": [], "initial": [], "final": [],
    "onentry": [], "onexit": [], "history": [], "raise": ["event"], "if": ["cond"],
    "elseif": ["cond"], "else": [], "foreach": ["array", "item"], "log": [], "datamodel": [],
    "data": ["id"], "assign": ["location"], "donedata": [], "content": [], "param": ["name"],
    "script": [], "send": [], "cancel": [], "invoke": [], "finalize": [],
  ]
  /// Elements whose content is not looked at: it is data.
  static let opaque: Set = ["data", "assign", "content", "script"]

  /// What was found, in document order.
  private(set) var lines: [String] = []
  private let file: String
  private let namespace: String
  private var counts: [String: Int] = [:]
  private var order: [(text: String, line: Int)] = []

  init(_ file: String, _ root: Element, _ model: ModelName) {
    self.file = file
    namespace = root.namespace
    if let refusal = model.refusal { note(refusal, root) }
    look(root)
    for remark in Surplus(root).remarks where remark.isLost { note(remark.text, remark.element) }
    lines = order.map { text, line in
      let others = counts[text, default: 1] - 1
      return "\(Place(file: file, line: line)): \(text)"
        + (others > 0 ? " (and \(others) more)" : "")
    }
  }

  private mutating func note(_ text: String, _ element: Element) {
    counts[text, default: 0] += 1
    if counts[text] == 1 { order.append((text, element.line)) }
  }

  private mutating func look(_ element: Element) {
    let isOwn = element.namespace == namespace || element.namespace.isEmpty
    guard isOwn, let needed = Self.required[element.name] else {
      let space = isOwn ? "" : " of \(element.namespace)"
      note("the element \(element.name)\(space) does not run", element)
      return
    }
    for name in needed where element.attributes[name] == nil {
      let isLeftOut = element.name == "data" || element.name == "param"
      let what = isLeftOut ? "it is left out" : "it is error.execution when it is reached"
      note("\(element.name) has no \(name): \(what)", element)
    }
    if element.name == "history", element.children("transition").isEmpty {
      note("history has no transition: it means what is initial in its parent", element)
    }
    if element.name == "invoke" || element.name == "send", let type = element.attributes["type"] {
      let types = element.name == "send" ? Session.sendTypes : Session.invokeTypes
      if !types.contains(type) {
        note("\(element.name) of type \(type) is error.execution when it is reached", element)
      }
    }
    if Self.opaque.contains(element.name) { return }
    for child in element.children { look(child) }
  }
}
