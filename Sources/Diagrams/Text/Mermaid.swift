import BatonCore

/// Writes an outline as Mermaid `stateDiagram-v2`.
///
/// States are called by their names behind `s_`, since Mermaid reserves words such as `end` and
/// `state`. Every state is declared before the first transition that names it: otherwise Mermaid
/// draws a nested state outside its parent.
struct Mermaid: Sendable {
  private let outline: Outline
  /// By state, so that a language's own words are not taken for a state.
  private let names: [String]

  init(outline: Outline) {
    self.outline = outline
    names = outline.identifiers
  }

  func text() -> String {
    var lines = ["---", "title: \"\(Self.quoted(outline.name))\"", "---", "stateDiagram-v2"]
    if outline.name.isEmpty { lines = ["stateDiagram-v2"] }
    lines += [
      "  %% Not drawn: transitions between a compound state and one inside it, or across regions,",
      "  %% which stand as text at their source; and that transitions are tried in document order.",
    ]
    lines += block(nil, indent: "  ")
    if !outline.declarations.isEmpty, names.indices.contains(outline.initial) {
      lines += outline.declarationCount.map { ["  %% \($0)"] } ?? []
      lines.append("  note left of \(names[outline.initial])")
      lines += outline.declarations.map { "    " + Self.escaped($0) } + ["  end note"]
    }
    for transition in outline.transitions {
      for target in transition.targets where canDraw(transition.source, target) {
        let label = Self.escaped(transition.words(to: target, in: outline).text)
        lines.append("  \(names[transition.source]) --> \(names[target]) : \(label)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func canDraw(_ source: Int, _ target: Int) -> Bool {
    !outline.isNested(source, target) && !outline.liesAcross(source, target)
  }

  /// The states of one level, then its initial and final arrows; a rule between regions.
  private func block(_ parent: Int?, indent: String) -> [String] {
    let all = outline.children(of: parent)
    // A history of regions is none of them, and stands in the first one's part.
    let children = all.filter { outline.isRegion($0) } + all.filter { !outline.isRegion($0) }
    var lines: [String] = []
    for child in children {
      if outline.isRegion(child), !lines.isEmpty { lines.append("\(indent)--") }
      let head = "\(indent)state \"\(Self.escaped(outline.caption(of: child)))\" as \(names[child])"
      if outline.isContainer(child) {
        lines.append(head + " {")
        lines += block(child, indent: indent + "  ")
        lines.append(indent + "}")
      } else {
        lines.append(head)
      }
      lines += details(of: child, indent: indent)
    }
    lines += outline.initials(of: parent).map { "\(indent)[*] --> \(names[$0])" }
    lines += children.filter { outline.states[$0].kind == .final }.map {
      "\(indent)\(names[$0]) --> [*]"
    }
    return lines
  }

  /// Entry, exit, targetless transitions, and those that Mermaid can't draw.
  ///
  /// Mermaid shows further lines of text only in a state without children; at a compound state
  /// they become a note. An edge between a compound state and one inside it is lost behind the
  /// inner one.
  private func details(of state: Int, indent: String) -> [String] {
    let undrawn = outline.transitions.filter { transition in
      transition.source == state && transition.targets.contains { !canDraw(state, $0) }
    }.map { transition in
      let mark = outline.staysInside(transition) ? " (internal)" : ""
      let targets = transition.targets.map { outline.states[$0].name }.joined(separator: ", ")
      return "\(transition.words.text) → \(targets)\(mark)"
    }
    let rows = (outline.rows(of: state).map(\.text) + undrawn).map(Self.escaped)
    guard !rows.isEmpty else { return [] }
    let count = outline.remarkCount(of: state).map { ["\(indent)%% \($0)"] } ?? []
    guard outline.isContainer(state) else {
      return count + rows.map { "\(indent)\(names[state]) : \($0)" }
    }
    return count + ["\(indent)note right of \(names[state])"] + rows.map { indent + "  " + $0 }
      + ["\(indent)end note"]
  }

  /// A name for a double-quoted YAML value, where Mermaid reads no entity codes.
  private static func quoted(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case _ where scalar.isControl: " "
      case _: String(scalar)
      }
    }.joined()
  }

  /// Replaces what Mermaid's grammar would take for its own by entity codes.
  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case ":", ";", "#", "%", "\"", "<", ">", "{", "}", "\\", "`", "&", "*", "~":
        "#\(scalar.value);"
      case _ where scalar.isControl: " "
      case _: String(scalar)
      }
    }.joined()
  }
}

extension DiagramFormat {
  /// Mermaid `stateDiagram-v2`, which GitHub, GitLab and many editors render in place.
  ///
  /// It can't draw a transition between a compound state and a state inside it, nor one from a
  /// region into another, which stand as text at their source instead, nor show that the
  /// transitions of a state are tried in document order. A final state is an ordinary one that
  /// leads to an unnamed end, a history state an ordinary one with its letter in the name; a
  /// transition with several targets has an arrow to each that names the others.
  public static let mermaid = DiagramFormat(name: "mermaid", fileExtension: "mmd") {
    Mermaid(outline: $0).text()
  }
}
