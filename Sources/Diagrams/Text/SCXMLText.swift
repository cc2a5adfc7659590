import BatonCore

/// Writes an outline as an SCXML document that other tools can read and run.
///
/// What SCXML has no word for stands in attributes of a namespace of our own, which other tools
/// pass over, beside standard content that does the same: a guard is a variable that is 1, an
/// action a log, a delay a send that is cancelled on exit, an ignored or refused event a transition
/// without content. A deferred one has no equal: other tools consume it.
struct SCXMLText: Sendable {
  /// The namespace of what SCXML cannot say.
  static let namespace = "https://baton.example/chart"

  let outline: Outline
  private let ids: [String]
  private let tree: OutlineTree
  private let variables: SCXMLVariables

  init(outline: Outline) {
    self.outline = outline
    ids = SCXMLWord.ids(outline)
    tree = OutlineTree(outline)
    variables = SCXMLVariables(outline)
  }

  func text() -> String {
    let initial = names(outline.initials(of: nil))
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<scxml xmlns=\"http://www.w3.org/2005/07/scxml\" xmlns:baton=\"\(Self.namespace)\"",
      "    version=\"1.0\" datamodel=\"mini\" name=\(Self.quoted(outline.name))"
        + " initial=\(Self.quoted(initial))>",
    ]
    if !outline.declarations.isEmpty {
      let declared = Self.quoted(outline.declarations.joined(separator: "\n"))
      lines[2] = lines[2].dropLast() + "\n    baton:declarations=\(declared)>"
    }
    lines += data()
    for child in tree.roots { lines += state(child, "  ") }
    return (lines + ["</scxml>", ""]).joined(separator: "\n")
  }

  private static func quoted(_ text: String) -> String { "\"\(text.attributeEscaped)\"" }

  private func names(_ states: [Int]) -> String { states.map { ids[$0] }.joined(separator: " ") }

  /// Guards and delays as variables.
  private func data() -> [String] {
    var lines: [String] = []
    var seen: Set<String> = []
    func add(_ name: String, _ variable: String?, _ value: String) {
      guard let variable, seen.insert(variable).inserted else { return }
      let stands = variable == name ? "" : " baton:name=\(Self.quoted(name))"
      lines.append("    <data id=\(Self.quoted(variable)) expr=\(Self.quoted(value))\(stands)/>")
    }
    for transition in outline.transitions {
      for name in transition.condition?.names ?? [] {
        add(name, variables[guard: name], "1")
      }
      if case .delay(let delay) = transition.trigger {
        add(delay, variables[delay: delay], "'1s'")
      }
    }
    return lines.isEmpty ? [] : ["  <datamodel>"] + lines + ["  </datamodel>"]
  }

  // MARK: States

  private func state(_ index: Int, _ indent: String) -> [String] {
    let it = outline.states[index]
    let name: String
    var attributes = " id=\(Self.quoted(ids[index]))"
    if ids[index] != it.name { attributes += " baton:name=\(Self.quoted(it.name))" }
    if !it.notes.isEmpty {
      attributes += " baton:notes=\(Self.quoted(it.notes.joined(separator: "\n")))"
    }
    switch it.kind {
    case .atomic, .compound: name = "state"
    case .parallel: name = "parallel"
    case .final: name = "final"
    case .history(let isDeep):
      name = "history"
      if isDeep { attributes += " type=\"deep\"" }
    }
    if it.initial != nil, it.initialActions.isEmpty {
      attributes += " initial=\(Self.quoted(names(outline.initials(of: index))))"
    }
    let body = content(of: index, indent + "  ")
    guard !body.isEmpty else { return ["\(indent)<\(name)\(attributes)/>"] }
    return ["\(indent)<\(name)\(attributes)>"] + body + ["\(indent)</\(name)>"]
  }

  private func content(of index: Int, _ indent: String) -> [String] {
    let it = outline.states[index]
    // One that several transitions wait for runs once.
    var delays: [(String, String)] = []
    for number in tree.transitions[index] {
      guard case .delay(let name) = outline.transitions[number].trigger,
        !delays.contains(where: { $0.0 == name })
      else { continue }
      delays.append((name, after(name, index)))
    }
    var lines: [String] = []
    if it.initial != nil, !it.initialActions.isEmpty {
      let target = Self.quoted(names(outline.initials(of: index)))
      lines += ["\(indent)<initial>", "\(indent)  <transition target=\(target)>"]
      lines += it.initialActions.map { "\(indent)    \(log($0))" }
      lines += ["\(indent)  </transition>", "\(indent)</initial>"]
    }
    let starts = delays.map { name, event in
      let delay = SCXMLWord.delay(name, variables[delay: name])
      return "<send event=\(Self.quoted(event)) id=\(Self.quoted(event)) \(delay)/>"
    }
    let ends = delays.map { "<cancel sendid=\(Self.quoted($0.1))/>" }
    lines += block("onentry", it.entry.map(log) + starts, indent)
    lines += block("onexit", it.exit.map(log) + ends, indent)
    // Behind the transitions, which come first where an event has both.
    return lines + body(of: index, indent) + verdicts(of: index, indent)
  }

  private func block(_ name: String, _ contents: [String], _ indent: String) -> [String] {
    guard !contents.isEmpty else { return [] }
    return ["\(indent)<\(name)>"] + contents.map { "\(indent)  \($0)" } + ["\(indent)</\(name)>"]
  }

  private func log(_ action: String) -> String {
    guard action.unicodeScalars.contains("'") else {
      return "<log label=\"action\" expr=\(Self.quoted("'\(action)'"))/>"
    }
    let plain = String(action.unicodeScalars.map { $0 == "'" ? "’" : Character($0) })
    return "<log label=\"action\" expr=\(Self.quoted("'\(plain)'"))"
      + " baton:action=\(Self.quoted(action))/>"
  }

  /// The event of a delay of a state.
  private func after(_ delay: String, _ state: Int) -> String {
    "after.\(ids[state]).\(SCXMLWord.descriptor(delay))"
  }

  // MARK: Transitions

  /// Children and transitions, so that all transitions stand in the order that they have.
  private func body(of index: Int, _ indent: String) -> [String] {
    var waiting = tree.transitions[index][...]
    var lines: [String] = []
    for child in tree.children[index] {
      let first = tree.firsts[child]
      while let next = waiting.first, let first, next < first {
        lines += transition(waiting.removeFirst(), indent)
      }
      lines += state(child, indent)
    }
    return lines + waiting.flatMap { transition($0, indent) }
  }

  private func transition(_ number: Int, _ indent: String) -> [String] {
    let it = outline.transitions[number]
    var attributes = ""
    func add(_ name: String, _ value: String) { attributes += " \(name)=\(Self.quoted(value))" }
    switch it.trigger {
    case .event(let name):
      let isDone = name == "done.state.\(ids[it.source])"
      add("event", SCXMLWord.descriptor(name))
      if isDone || !SCXMLWord.isDescriptor(name) { add("baton:event", name) }
    case .anyEvent: add("event", "*")
    case .delay(let name):
      add("event", after(name, it.source))
      add("baton:delay", name)
    case .done: add("event", "done.state.\(ids[it.source])")
    case .eventless: break
    }
    if let name = it.guard {
      let isOurs =
        it.condition?.names.contains { variables[guard: $0] != nil || asked($0) != $0 } ?? false
      add("cond", isOurs ? expression(it) : it.isNegated ? "!(\(name))" : name)
      let isCombined = it.condition.map { $0.single == nil } ?? false
      let text = isCombined ? it.condition?.text ?? name : it.isNegated ? "!\(name)" : name
      if it.isNegated || isOurs { add("baton:guard", text) }
    }
    if !it.targets.isEmpty {
      add("target", names(it.targets))
      if it.isInternal { add("type", "internal") }
    }
    guard !it.actions.isEmpty else { return ["\(indent)<transition\(attributes)/>"] }
    return ["\(indent)<transition\(attributes)>"] + it.actions.map { "\(indent)  \(log($0))" }
      + ["\(indent)</transition>"]
  }

  /// The guards as variables of the data model, which are 1 when they hold.
  private func expression(_ it: Outline.Transition) -> String {
    guard let condition = it.condition else { return "" }
    if let single = condition.single, let variable = variables[guard: single.name] {
      return "\(variable) == \(single.isNegated ? 0 : 1)"
    }
    return condition.map { name in variables[guard: name].map { "(\($0) == 1)" } ?? asked(name) }
      .text
  }

  /// A guard that asks for a state, by the state's id.
  private func asked(_ name: String) -> String {
    guard let state = Formula<String>.state(askedBy: name),
      let number = outline.states.firstIndex(where: { $0.name == state })
    else { return name }
    return ids[number] == state ? name : "In('\(ids[number])')"
  }

  private func verdicts(of index: Int, _ indent: String) -> [String] {
    let it = outline.states[index]
    let lists = [("deferred", it.deferred), ("ignored", it.ignored), ("refused", it.refused)]
    return lists.flatMap { verdict, events in
      let start = "\(indent)<transition event="
      let end = " baton:verdict=\"\(verdict)\"/>"
      guard events.allSatisfy(SCXMLWord.isDescriptor) else {
        return events.map { name in
          let descriptor = Self.quoted(SCXMLWord.descriptor(name))
          return "\(start)\(descriptor) baton:event=\(Self.quoted(name))\(end)"
        }
      }
      let names = Self.quoted(events.joined(separator: " "))
      return events.isEmpty ? [] : ["\(start)\(names)\(end)"]
    }
  }
}

extension DiagramFormat {
  /// SCXML, which other engines and editors read; BatonSCXML reads it back to the same outline.
  ///
  /// What SCXML has no word for (names of guards, actions and delays, events that are ignored,
  /// refused or deferred) stands in a namespace of its own.
  public static let scxml = DiagramFormat(name: "scxml", fileExtension: "scxml") {
    SCXMLText(outline: $0).text()
  }
}
