public import BatonCore
public import Foundation

extension Outline {
  /// Reads a chart from the SCXML that BatonDiagrams writes.
  ///
  /// - Parameters:
  ///   - data: The document. One from elsewhere gives an outline as well, in which actions are the
  ///     `log` elements with the label `action`, and conditions that are not marked as guards are
  ///     missing.
  ///   - file: What errors call it.
  /// - Throws: Why the document cannot be loaded.
  public init(scxml data: Data, file: String) throws(LoadError) {
    let root = try ElementReader.read(data, file: file)
    // All that loading finds wrong is wrong here too.
    _ = try Document(root, file: file, folder: nil)
    var reader = OutlineReader()
    for child in root.children { reader.addStates(child, under: nil) }
    for child in root.children { reader.addTransitions(child) }
    let first = root.words("initial").first ?? reader.states.first?.name ?? ""
    self.init(
      name: root.attributes["name"] ?? "", initial: reader.numbers[first] ?? 0,
      states: reader.states, transitions: reader.transitions)
  }
}

/// Collects the states and transitions of an outline.
private struct OutlineReader {
  private static let namespace = "{https://baton.example/chart}"
  private static let kinds: Set = ["state", "parallel", "final", "history"]

  var states: [Outline.State] = []
  var transitions: [Outline.Transition] = []
  var numbers: [String: Int] = [:]

  mutating func addStates(_ element: Element, under parent: Int?) {
    guard Self.kinds.contains(element.name) else { return }
    let name = element.attributes["id"] ?? "_\(states.count)"
    let children = element.children.filter { Self.kinds.contains($0.name) }
    let kind: Outline.Kind =
      switch element.name {
      case "parallel": .parallel
      case "final": .final
      case "history": .history(isDeep: element.attributes["type"] == "deep")
      case _: children.isEmpty ? .atomic : .compound
      }
    let number = states.count
    numbers[name] = number
    var state = Outline.State(name: name, parent: parent, kind: kind)
    state.entry = element.children("onentry").flatMap(Self.actions)
    state.exit = element.children("onexit").flatMap(Self.actions)
    for transition in element.children("transition") {
      let events = transition.words("event")
      switch transition.attributes[Self.namespace + "verdict"] {
      case "ignored": state.ignored += events
      case "refused": state.refused += events
      case "deferred": state.deferred += events
      case _: break
      }
    }
    let way = element.children("initial").first?.children("transition").first
    state.initialActions = way.map(Self.actions) ?? []
    states.append(state)
    for child in children { addStates(child, under: number) }
    let first = way?.words("target").first ?? element.words("initial").first
    if kind == .compound {
      states[number].initial =
        first.flatMap { numbers[$0] } ?? states.indices.first { states[$0].parent == number }
    }
  }

  mutating func addTransitions(_ element: Element) {
    guard Self.kinds.contains(element.name), let id = element.attributes["id"],
      let source = numbers[id]
    else { return }
    for child in element.children {
      if child.name == "transition" { add(child, to: source) } else { addTransitions(child) }
    }
  }

  private mutating func add(_ element: Element, to source: Int) {
    guard element.attributes[Self.namespace + "verdict"] == nil else { return }
    let targets = element.words("target").compactMap { numbers[$0] }
    let condition = element.attributes[Self.namespace + "guard"]
    for trigger in triggers(element, source) {
      transitions.append(
        Outline.Transition(
          source: source, trigger: trigger,
          guard: condition.map { $0.hasPrefix("!") ? String($0.dropFirst()) : $0 },
          isNegated: condition?.hasPrefix("!") ?? false, actions: Self.actions(element),
          targets: targets,
          isInternal: element.attributes["type"] == "internal" || targets.isEmpty))
    }
  }

  private func triggers(_ element: Element, _ source: Int) -> [Outline.Trigger] {
    if let delay = element.attributes[Self.namespace + "delay"] { return [.delay(delay)] }
    let events = element.words("event")
    guard !events.isEmpty else { return [.eventless] }
    return events.map { name in
      switch name {
      case "*": .anyEvent
      case "done.state.\(states[source].name)": .done
      case _: .event(name)
      }
    }
  }

  private static func actions(_ element: Element) -> [String] {
    element.children("log").filter { $0.attributes["label"] == "action" }.compactMap {
      $0.attributes["expr"].map { String($0.dropFirst().dropLast()) }
    }
  }
}
