/// What SCXML allows once, or not beside something else, and a document has all the same (W3C
/// Recommendation of 1 September 2015, chapters 3 to 6): what counts of it, in words.
struct Surplus {
  /// One of them, for whoever wrote the document.
  struct Remark {
    let element: Element
    let text: String
    /// Whether something that stands there does nothing.
    var isLost = true
  }

  private static let content = ["content"]
  /// By element, the children of which one is possible and the first counts.
  private static let first: [String: [String]] = [
    "state": ["initial"], "initial": ["transition"], "history": ["transition"],
    "final": ["donedata"], "donedata": content, "send": content,
    "invoke": content + ["finalize"], "if": ["else"],
  ]
  /// By element, the children of which one is possible and all count.
  private static let all: [String: [String]] = [
    "scxml": ["datamodel", "script"], "state": ["datamodel"], "parallel": ["datamodel"],
  ]

  /// A part of an element.
  private enum Part: Equatable {
    case attribute(String)
    case child(String)
    /// Whatever stands inside.
    case inside

    var name: String {
      switch self {
      case .attribute(let name): "the attribute \(name)"
      case .child(let name): "the element \(name)"
      case .inside: "something inside"
      }
    }
  }

  /// By element, two parts of which one is possible: the first counts.
  private static let pairs: [String: [(Part, Part)]] = [
    "state": [(.child("initial"), .attribute("initial"))],
    "donedata": [(.child("content"), .child("param"))],
    "send": [
      (.child("content"), .child("param")), (.child("content"), .attribute("namelist")),
      (.attribute("idlocation"), .attribute("id")),
    ],
    "invoke": [
      (.attribute("src"), .child("content")), (.attribute("srcexpr"), .child("content")),
    ],
    "data": [
      (.attribute("src"), .attribute("expr")), (.attribute("src"), .inside),
      (.attribute("expr"), .inside),
    ],
    "param": [(.attribute("expr"), .attribute("location"))],
    "assign": [(.attribute("expr"), .inside)], "content": [(.attribute("expr"), .inside)],
    "script": [(.attribute("src"), .inside)],
  ]

  /// What was found, in document order.
  private(set) var remarks: [Remark] = []
  private let namespace: String
  /// The lines of data by their ids.
  private var lines: [ExactName: Int] = [:]

  init(_ root: Element) {
    namespace = root.namespace
    look(root)
  }

  private func own(_ element: Element) -> [Element] {
    element.children.filter { $0.namespace == namespace || $0.namespace.isEmpty }
  }

  private func own(_ name: String, of element: Element) -> [Element] {
    own(element).filter { $0.name == name }
  }

  private func has(_ part: Part, _ element: Element) -> Bool {
    switch part {
    case .attribute(let name): element.attributes[name] != nil
    case .child(let name): !own(name, of: element).isEmpty
    case .inside: !element.children.isEmpty || Self.hasText(element)
    }
  }

  private static func hasText(_ element: Element) -> Bool {
    !element.text.allSatisfy(\.isWhitespace)
  }

  private static func title(_ element: Element) -> String {
    element.attributes["id"].map { "\(element.name) \($0)" } ?? element.name
  }

  private mutating func look(_ element: Element) {
    for name in Self.first[element.name] ?? [] {
      count(name, of: element, "the first one counts", isLost: true)
    }
    for name in Self.all[element.name] ?? [] {
      count(name, of: element, "all of them count", isLost: false)
    }
    for (one, other) in Self.pairs[element.name] ?? []
    where has(one, element) && has(other, element) {
      let text = "\(Self.title(element)) has \(one.name) and \(other.name): the first one counts"
      remarks.append(Remark(element: element, text: text))
    }
    lookAtDefault(element)
    if element.name == "data" { lookAtData(element) }
    guard !Notes.opaque.contains(element.name) else { return }
    if Self.hasText(element) {
      let words = element.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      let quoted = words.count > 40 ? "\(words.prefix(40))…" : words
      let text = "\(Self.title(element)) has text inside, which means nothing: \(quoted)"
      remarks.append(Remark(element: element, text: text))
    }
    for child in own(element) where Vocabulary.knows(child.name) { look(child) }
  }

  private mutating func count(
    _ name: String, of element: Element, _ meaning: String, isLost: Bool
  ) {
    let children = own(name, of: element)
    guard children.count > 1 else { return }
    let text = "\(Self.title(element)) has more than one \(name): \(meaning)"
    remarks.append(Remark(element: children[1], text: text, isLost: isLost))
  }

  /// What is entered first asks nobody, and needs to be said (SCXML 3.6, 3.10).
  private mutating func lookAtDefault(_ element: Element) {
    guard element.name == "initial" || element.name == "history" else { return }
    guard let way = own("transition", of: element).first else {
      if element.name == "initial" {
        remarks.append(
          Remark(element: element, text: "initial has no transition: it means nothing"))
      }
      return
    }
    for name in ["event", "cond"] where way.attributes[name] != nil {
      let text = "the transition of \(Self.title(element)) has the attribute \(name), "
      remarks.append(Remark(element: way, text: text + "which means nothing"))
    }
  }

  private mutating func lookAtData(_ element: Element) {
    guard let id = element.attributes["id"] else { return }
    guard let line = lines[ExactName(id)] else {
      lines[ExactName(id)] = element.line
      return
    }
    let text = "two data have the id \(id), the first one on line \(line): they are one variable"
    remarks.append(Remark(element: element, text: text, isLost: false))
  }
}
