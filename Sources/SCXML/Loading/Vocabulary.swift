import BatonCore

/// The words of SCXML (W3C Recommendation of 1 September 2015, chapters 3 to 6), and which of a
/// document's are none of them.
struct Vocabulary {
  private static let namespace = "http://www.w3.org/2005/07/scxml"
  private static let content = [
    "raise", "if", "foreach", "log", "assign", "script", "send", "cancel",
  ]

  /// By element, what may stand in it.
  private static let children: [String: [String]] = [
    "scxml": ["state", "parallel", "final", "datamodel", "script"],
    "state": [
      "onentry", "onexit", "transition", "initial", "state", "parallel", "final", "history",
      "datamodel", "invoke",
    ],
    "parallel": [
      "onentry", "onexit", "transition", "state", "parallel", "history", "datamodel", "invoke",
    ],
    "final": ["onentry", "onexit", "donedata"],
    "initial": ["transition"], "history": ["transition"],
    "transition": content, "onentry": content, "onexit": content, "finalize": content,
    "foreach": content, "if": content + ["elseif", "else"], "elseif": [], "else": [],
    "donedata": ["content", "param"], "send": ["content", "param"],
    "invoke": ["content", "param", "finalize"], "datamodel": ["data"],
    "raise": [], "log": [], "cancel": [], "param": [],
  ]

  /// By element, its attributes.
  private static let attributes: [String: [String]] = [
    "scxml": ["initial", "name", "version", "datamodel", "binding"],
    "state": ["id", "initial"], "parallel": ["id"], "final": ["id"], "history": ["id", "type"],
    "transition": ["event", "cond", "target", "type"],
    "initial": [], "onentry": [], "onexit": [], "datamodel": [], "donedata": [], "finalize": [],
    "raise": ["event"], "if": ["cond"], "elseif": ["cond"], "else": [],
    "foreach": ["array", "item", "index"], "log": ["label", "expr"],
    "data": ["id", "src", "expr"], "assign": ["location", "expr"], "content": ["expr"],
    "param": ["name", "expr", "location"], "script": ["src"],
    "send": [
      "event", "eventexpr", "target", "targetexpr", "type", "typeexpr", "id", "idlocation",
      "delay", "delayexpr", "namelist",
    ],
    "cancel": ["sendid", "sendidexpr"],
    "invoke": [
      "type", "typeexpr", "src", "srcexpr", "id", "idlocation", "namelist", "autoforward",
    ],
  ]

  /// By element, the attributes that it must have.
  private static let required: [String: [String]] = [
    "raise": ["event"], "if": ["cond"], "elseif": ["cond"], "foreach": ["array", "item"],
    "data": ["id"], "assign": ["location"], "param": ["name"], "scxml": ["version"],
  ]

  private let root: Element

  init(_ root: Element) { self.root = root }

  func findings() -> [Finding] {
    var found: [Finding] = []
    if root.namespace != Self.namespace {
      let name = root.namespace.isEmpty ? "none" : root.namespace
      found.append(warning(root, "the namespace is \(name) and not \(Self.namespace)"))
    }
    add(root, to: &found)
    found += Surplus(root).remarks.map { warning($0.element, $0.text) }
    return found
  }

  /// Whether there is an element of this name.
  static func knows(_ name: String) -> Bool { attributes[name] != nil }

  private func warning(_ element: Element, _ text: String) -> Finding {
    Finding(line: element.line, kind: .warning, text: text)
  }

  private func add(_ element: Element, to found: inout [Finding]) {
    let known = Self.attributes[element.name] ?? []
    for name in element.attributes.keys.sorted() where !name.hasPrefix("{") {
      guard !known.contains(name) else { continue }
      let hint = Self.hint(name, among: known)
      found.append(warning(element, "\(element.name) has no attribute \(name)\(hint)"))
    }
    found += missing(element)
    // What stands in data, content, assign and script is anybody's.
    guard let possible = Self.children[element.name] else { return }
    for child in element.children where child.namespace == root.namespace {
      guard Self.attributes[child.name] != nil else {
        let all = possible + Self.attributes.keys.sorted()
        let hint = Self.hint(child.name, among: all)
        found.append(warning(child, "there is no element \(child.name)\(hint)"))
        continue
      }
      if !possible.contains(child.name) {
        found.append(warning(child, "\(child.name) does not belong into \(element.name)"))
      }
      add(child, to: &found)
    }
  }

  private func missing(_ element: Element) -> [Finding] {
    var found = (Self.required[element.name] ?? []).filter { element.attributes[$0] == nil }
      .map { warning(element, "\(element.name) has no \($0)") }
    for name in ["event", "target", "type", "delay", "sendid", "src"]
    where element.attributes[name] != nil && element.attributes[name + "expr"] != nil {
      found.append(warning(element, "\(element.name) has \(name) and \(name)expr"))
    }
    if element.name == "cancel", element.attributes["sendid"] == nil,
      element.attributes["sendidexpr"] == nil
    {
      found.append(warning(element, "cancel has neither sendid nor sendidexpr"))
    }
    if element.name == "transition",
      !["event", "cond", "target"].contains(where: { element.attributes[$0] != nil }),
      element.attributes.isEmpty || element.attributes.keys.allSatisfy({ $0 == "type" })
    {
      found.append(warning(element, "transition has neither event nor cond nor target"))
    }
    for (name, values) in (Self.values[element.name] ?? [:]).sorted(by: { $0.key < $1.key }) {
      guard let value = element.attributes[name], !values.contains(value) else { continue }
      let known = values.joined(separator: " and ")
      found.append(warning(element, "\(element.name) has the \(name) \(value): \(known) are"))
    }
    return found
  }

  /// By element and attribute, the values that there are.
  private static let values = [
    "transition": ["type": ["internal", "external"]], "history": ["type": ["shallow", "deep"]],
    "scxml": ["binding": ["early", "late"], "version": ["1.0"]],
    "invoke": ["autoforward": ["true", "false"]],
  ]

  // MARK: The nearest word

  /// `; did you mean WORD?`, or nothing when no word is near.
  static func hint(_ word: String, among known: [String]) -> String {
    let letters = Array(word.lowercased().unicodeScalars.prefix(64))
    let most = max(1, min(3, letters.count / 3))
    var best: (word: String, distance: Int)?
    for candidate in known {
      let distance = distance(letters, Array(candidate.lowercased().unicodeScalars.prefix(64)))
      if distance <= most, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best.map { "; did you mean \($0.word)?" } ?? ""
  }

  /// How many letters differ: left out, too many, another, or two that changed places.
  private static func distance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
    var before = Array(repeating: 0, count: other.count + 1)
    var row = Array(0...other.count)
    for i in one.indices {
      let above = row
      row[0] = i + 1
      for j in other.indices {
        let change = above[j] + (one[i] == other[j] ? 0 : 1)
        row[j + 1] = min(change, above[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] {
          row[j + 1] = min(row[j + 1], before[j - 1] + 1)
        }
      }
      before = above
    }
    return row[other.count]
  }
}
