import BatonCore
import Foundation

/// Turns an `scxml` element into a document.
struct DocumentLoader {
  let file: String
  let folder: URL?
  let conformance: Conformance?
  var states: [Structure.State] = []
  var infos: [Document.State] = []
  var transitions: [Structure.Transition] = []
  var effects: [Document.Transition] = []
  var numbers: [ExactName: Int] = [:]
  /// Targets by name, to be found when all states are known.
  var names: [(transition: Int, ids: [String], line: Int)] = []
  /// Transitions of history states that name none, and mean what is initial in their parent.
  private var defaults: [(transition: Int, parent: Int, line: Int)] = []
  /// By state its first child that is no history state.
  private var firsts: [Int: Int] = [:]
  private var unnamed = 0
  private var model = ModelName.standard

  private var reader: ContentReader { ContentReader(file: file, folder: folder, model: model) }

  init(file: String, folder: URL?, conformance: Conformance?) {
    self.file = file
    self.conformance = conformance
    self.folder = folder
  }

  mutating func load(_ root: Element) throws(LoadError) -> Document {
    guard root.name == "scxml" else {
      throw error(root, "the document's element is \(root.name) and not scxml")
    }
    model = ModelName(root.attributes["datamodel"])
    let notes = Notes(file, root, model).lines
    let root = root.withoutForeign(as: root.namespace)
    states = [Structure.State(parent: nil, kind: .compound)]
    infos = [Document.State(id: "")]
    infos[0].data = try reader.data(of: root)
    for child in root.children { try add(child, to: 0) }
    try setInitial(of: 0, root)
    try resolve(root)
    let structure: Structure
    do throws(StructureError) {
      structure = try Structure(states: states, transitions: transitions)
    } catch {
      let initial = error.state.flatMap { states[$0].initial }
      let line = names.first { $0.transition == initial }?.line
      let problem = error.text { infos[$0].id }
      throw LoadError(file: file, line: line ?? root.line, problem: problem)
    }
    return Document(
      file: file, name: root.attributes["name"] ?? "", model: model, structure: structure,
      folder: folder,
      states: infos, transitions: effects, scripts: try reader.scripts(of: root),
      notes: notes,
      bindsLate: root.attributes["binding"] == "late", numbers: numbers,
      conformance: conformance)
  }

  func error(_ element: Element, _ problem: String) -> LoadError {
    LoadError(file: file, line: element.line, problem: problem)
  }

  // MARK: States

  private mutating func add(_ element: Element, to parent: Int) throws(LoadError) {
    switch element.name {
    case "state": try addState(element, parent, element.hasStates ? .compound : .atomic)
    case "parallel": try addState(element, parent, .parallel)
    case "final": try addState(element, parent, .final)
    case "history":
      let isDeep = element.attributes["type"] == "deep"
      try addState(element, parent, .history(isDeep: isDeep))
    case "transition": if parent != 0 { try addTransition(element, to: parent) }
    case _: break
    }
  }

  private mutating func addState(
    _ element: Element, _ parent: Int, _ kind: Structure.Kind
  ) throws(LoadError) {
    let number = states.count
    unnamed += 1
    let id = element.attributes["id"] ?? "_\(unnamed)"
    guard numbers[ExactName(id)] == nil else {
      throw error(element, "two states have the id \(id)")
    }
    numbers[ExactName(id)] = number
    states.append(Structure.State(parent: parent, kind: kind))
    if firsts[parent] == nil, !infos[0].isHistory(states[number]) { firsts[parent] = number }
    infos.append(
      Document.State(
        id: id, entries: try reader.blocks(element.children("onentry")),
        exits: try reader.blocks(element.children("onexit")), data: try reader.data(of: element),
        invokes: try reader.invokes(of: element), result: try reader.result(of: element)))
    if case .history = kind {
      states[number].initial = transitions.count
      if let way = element.children("transition").first {
        guard !way.words("target").isEmpty else {
          throw error(way, "history \(id) does not say what is entered first")
        }
        return try addTransition(way, to: number)
      }
      guard states[parent].kind != .atomic else {
        throw error(element, "history \(id) has no transition")
      }
      defaults.append((transitions.count, parent, element.line))
      transitions.append(Structure.Transition(source: number, targets: []))
      effects.append(Document.Transition())
      return
    }
    for child in element.children { try add(child, to: number) }
    if kind == .compound { try setInitial(of: number, element) }
  }

  /// The `initial` element or attribute, or else the first child (SCXML 3.3).
  private mutating func setInitial(of state: Int, _ element: Element) throws(LoadError) {
    states[state].initial = transitions.count
    if let way = element.children("initial").first?.children("transition").first {
      guard !way.words("target").isEmpty else {
        throw error(way, "\(infos[state].id) does not say what is entered first")
      }
      return try addTransition(way, to: state)
    }
    var ids = element.words("initial")
    if ids.isEmpty {
      guard let first = firsts[state] else {
        throw error(element, "\(element.name) holds no state")
      }
      ids = [infos[first].id]
    }
    names.append((transitions.count, ids, element.line))
    transitions.append(Structure.Transition(source: state, targets: []))
    effects.append(Document.Transition())
  }

  private mutating func addTransition(_ element: Element, to source: Int) throws(LoadError) {
    let ids = element.words("target")
    if !ids.isEmpty { names.append((transitions.count, ids, element.line)) }
    let events = element.words("event").map(Self.descriptor)
    transitions.append(
      Structure.Transition(
        source: source, targets: [], isInternal: element.attributes["type"] == "internal",
        isEventless: events.isEmpty))
    effects.append(
      Document.Transition(
        events: events, condition: reader.code(element, "cond"),
        contents: try reader.contents(of: element)))
  }

  /// `a.b.*` and `a.b.` mean `a.b` (SCXML 3.12.1).
  private static func descriptor(_ word: String) -> String {
    guard word != "*" else { return word }
    var word = word[...]
    if word.hasSuffix(".*") { word = word.dropLast(2) }
    while word.hasSuffix(".") { word = word.dropLast() }
    return String(word)
  }

  private func check(_ targets: [Int], _ line: Int) throws(LoadError) {
    let clash = TargetSet.clash(
      targets, parent: { states[$0].parent }, isParallel: { states[$0].kind == .parallel })
    guard let (one, next) = clash else { return }
    let text = "\(infos[one].id) and \(infos[next].id) can't be active together"
    throw LoadError(file: file, line: line, problem: text)
  }

  private mutating func resolve(_ root: Element) throws(LoadError) {
    for (transition, ids, line) in names {
      for id in ids {
        guard let number = numbers[ExactName(id)] else {
          throw LoadError(file: file, line: line, problem: "no state has the id \(id)")
        }
        transitions[transition].targets.append(number)
      }
      try check(transitions[transition].targets, line)
    }
    for (transition, parent, line) in defaults {
      let inside = states.indices.filter {
        states[$0].parent == parent && !infos[$0].isHistory(states[$0])
      }
      guard !inside.isEmpty else {
        let history = infos[transitions[transition].source].id
        throw LoadError(file: file, line: line, problem: "history \(history) has no transition")
      }
      let initial = states[parent].initial.map { transitions[$0].targets } ?? inside
      let isHistory = initial.contains { infos[$0].isHistory(states[$0]) }
      transitions[transition].targets = isHistory ? Array(inside.prefix(1)) : initial
    }
  }
}

extension Element {
  fileprivate var hasStates: Bool {
    children.contains { ["state", "parallel", "final"].contains($0.name) }
  }
}

extension Document.State {
  fileprivate func isHistory(_ state: Structure.State) -> Bool {
    if case .history = state.kind { true } else { false }
  }
}
