import BatonCore

/// Writes an outline in the DOT language.
///
/// A compound state is a cluster with a point inside, at which its edges end before they are
/// clipped at the border (`lhead`, `ltail`). All nodes stand before all edges: `dot`
/// would put a node that an edge names first outside its cluster.
struct Graphviz: Sendable {
  private let outline: Outline
  /// By state, so that a language's own words are not taken for a state.
  private let names: [String]

  init(outline: Outline) {
    self.outline = outline
    names = outline.identifiers
  }

  func text() -> String {
    var lines = [
      "digraph \"\(Self.quoted(outline.name))\" {",
      "  graph [compound=true, newrank=true, rankdir=TB, nodesep=0.4];",
      "  graph [fontname=\"Helvetica\", fontsize=12];",
      "  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=11];",
      "  edge [fontname=\"Helvetica\", fontsize=9, arrowhead=vee];",
    ]
    if !outline.declarations.isEmpty {
      let rows = outline.declarations.map { Self.quoted($0) + "\\l" }
      lines.append("  graph [labelloc=t, labeljust=l, label=\"\(rows.joined())\"];")
    }
    lines += nodes(nil, indent: "  ")
    for container in [nil] + outline.states.indices.map(Optional.some) {
      lines += outline.initials(of: container).map { initial in
        let clip = outline.isContainer(initial) ? " [lhead=cluster_\(names[initial])]" : ""
        return "  \(dot(container)) -> \(names[initial])\(clip);"
      }
    }
    for transition in outline.transitions {
      lines += transition.targets.map { edge(transition, to: $0) }
    }
    return (lines + ["}", ""]).joined(separator: "\n")
  }

  /// The name of the initial pseudostate of a level.
  private func dot(_ container: Int?) -> String { container.map { "i_\(names[$0])" } ?? "i" }

  private func nodes(_ parent: Int?, indent: String) -> [String] {
    var lines: [String] = []
    if outline.initialChild(of: parent) != nil {
      let looks = "shape=circle, style=filled, fillcolor=black, width=0.14, label=\"\""
      lines.append("\(indent)\(dot(parent)) [\(looks)];")
    }
    for child in outline.children(of: parent) {
      switch outline.states[child].kind {
      case .atomic: lines.append("\(indent)\(names[child]) [label=\(label(of: child))];")
      case .final:
        // A circle around several lines of text would be larger than all other states.
        let looks =
          outline.rows(of: child).isEmpty
          ? "shape=doublecircle, style=solid, margin=0" : "peripheries=2"
        lines.append("\(indent)\(names[child]) [\(looks), label=\(label(of: child))];")
      case .history(let isDeep):
        let looks = "shape=circle, style=solid, margin=0, width=0.3"
        let name = outline.states[child].name
        lines.append(
          "\(indent)\(names[child]) [\(looks), label=\"\(isDeep ? "H*" : "H")\", "
            + "xlabel=\"\(Self.quoted(name))\"];")
      case .compound, .parallel:
        let style = outline.isRegion(child) ? "\"rounded,dashed\"" : "rounded"
        lines.append("\(indent)subgraph cluster_\(names[child]) {")
        lines.append("\(indent)  graph [style=\(style), labeljust=l, label=\(label(of: child))];")
        lines.append("\(indent)  \(names[child]) [\(anchor(of: child))];")
        lines += nodes(child, indent: indent + "  ")
        lines.append("\(indent)}")
      }
    }
    return lines
  }

  /// The point inside a cluster: seen only where an edge really ends at it.
  private func anchor(of state: Int) -> String {
    let isSeen = outline.transitions.contains { transition in
      transition.targets.contains { target in
        let isSelf = transition.source == state && target == state
        let isEnd = transition.source == state || target == state
        return isSelf || (isEnd && outline.isNested(transition.source, target))
      }
    }
    return isSeen
      ? "shape=point, width=0.06, label=\"\"" : "shape=point, style=invis, width=0.01, label=\"\""
  }

  /// The name over a rule over what the state lists, as an HTML-like label.
  private func label(of state: Int) -> String {
    let name = "<B>\(Self.escaped(outline.states[state].name))</B>"
    let rows = outline.rows(of: state).map {
      "<TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"9\">\(Self.escaped($0.text))</FONT></TD></TR>"
    }
    if rows.isEmpty { return "<\(name)>" }
    let rule = outline.states[state].kind == .final ? "" : "<HR/>"
    return "<<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"2\">"
      + "<TR><TD>\(name)</TD></TR>\(rule)\(rows.joined())</TABLE>>"
  }

  private func edge(_ transition: Outline.Transition, to target: Int) -> String {
    let source = transition.source
    let mark = outline.staysInside(transition) ? "(internal) " : ""
    let words = transition.words(to: target, in: outline).text
    var attributes = ["label=\"\(Self.quoted(mark + words))\""]
    // `dot` warns of an edge whose one end lies in the cluster that it is to be clipped at.
    let isNested = source == target || outline.isNested(source, target)
    if !isNested {
      if outline.isContainer(source) { attributes.append("ltail=cluster_\(names[source])") }
      if outline.isContainer(target) { attributes.append("lhead=cluster_\(names[target])") }
    }
    return "  \(names[source]) -> \(names[target]) [\(attributes.joined(separator: ", "))];"
  }

  /// Text inside an HTML-like label, where something must stand, and where a backslash means what
  /// it does between quotes.
  private static func escaped(_ text: String) -> String {
    guard !text.isEmpty else { return " " }
    return text.markupEscaped.unicodeScalars.map { $0 == "\\" ? "\\\\" : String($0) }.joined()
  }

  /// Text inside double quotes, where DOT knows two escapes, the entities of HTML and no line end.
  private static func quoted(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case "&": "&amp;"
      case _ where scalar.isControl: " "
      case _: String(scalar)
      }
    }.joined()
  }
}

extension DiagramFormat {
  /// Graphviz DOT, laid out by `dot`.
  ///
  /// A transition between a compound state and a state inside it, or of a compound state to
  /// itself, ends at a point inside, since `dot` cannot clip it at the border. Nor does it show
  /// that the transitions of a state are tried in document order.
  public static let dot = DiagramFormat(name: "dot", fileExtension: "dot") {
    Graphviz(outline: $0).text()
  }
}
