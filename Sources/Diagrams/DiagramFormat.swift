/// The languages that a chart can be drawn in.
public enum DiagramFormat: String, CaseIterable, Sendable {
  /// Mermaid `stateDiagram-v2`, which GitHub, GitLab and many editors render in place.
  ///
  /// It can't draw a transition between a compound state and a state inside it, nor one from a
  /// region into another, which stand as text at their source instead, nor show that the
  /// transitions of a state are tried in document order. A final state is an ordinary one that
  /// leads to an unnamed end, a history state an ordinary one with its letter in the name; a
  /// transition with several targets has an arrow to each that names the others.
  case mermaid
  /// Graphviz DOT, laid out by `dot`.
  ///
  /// A transition between a compound state and a state inside it, or of a compound state to
  /// itself, ends at a point inside, since `dot` cannot clip it at the border. Nor does it show
  /// that the transitions of a state are tried in document order.
  case dot
  /// PlantUML, a state diagram that `plantuml` lays out with the help of `dot`.
  ///
  /// A final state is an ordinary one that leads to an unnamed end. Releases before 2022 draw a
  /// history state as an ordinary one with its letter in the name. That the transitions of a
  /// state are tried in document order is not shown.
  case plantuml
  /// SCXML, which other engines and editors read; BatonSCXML reads it back to the same outline.
  ///
  /// What SCXML has no word for (names of guards, actions and delays, events that are ignored,
  /// refused or deferred) stands in a namespace of its own.
  case scxml
  /// A finished picture in UML notation, laid out by this room; no tool is needed to see it.
  ///
  /// Transitions that share source and target share a line, with their labels one below the
  /// other in document order; lines to the same target join on the way. The order between
  /// transitions with different targets is not shown.
  case svg

  /// A page with the picture and everything that is known about the chart, without network; replays
  /// traces. See ``ChartPage``.
  case html

  /// What a file in this format is called by: `mmd`, `dot`, `puml`, `scxml`, `svg` or `html`.
  public var fileExtension: String {
    switch self {
    case .mermaid: "mmd"
    case .dot: "dot"
    case .plantuml: "puml"
    case .scxml: "scxml"
    case .svg: "svg"
    case .html: "html"
    }
  }
}
