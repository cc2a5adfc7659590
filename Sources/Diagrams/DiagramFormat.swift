/// The languages that a chart can be drawn in.
public enum DiagramFormat: String, CaseIterable, Sendable {
  /// Mermaid `stateDiagram-v2`, which GitHub, GitLab and many editors render in place.
  ///
  /// It can't draw a transition between a compound state and a state inside it, which stands as
  /// text at its source instead, nor show that the transitions of a state are tried in document
  /// order; a final state is an ordinary one that leads to an unnamed end.
  case mermaid
  /// Graphviz DOT, laid out by `dot`.
  ///
  /// A transition between a compound state and a state inside it, or of a compound state to
  /// itself, ends at a point inside, since `dot` cannot clip it at the border. Nor does it show
  /// that the transitions of a state are tried in document order.
  case dot
  /// A finished picture in UML notation, laid out by this room; no tool is needed to see it.
  ///
  /// Transitions that share source and target share a line, with their labels one below the
  /// other in document order; lines to the same target join on the way. The order between
  /// transitions with different targets is not shown.
  case svg

  /// What a file in this format is called by: `mmd`, `dot` or `svg`.
  public var fileExtension: String {
    switch self {
    case .mermaid: "mmd"
    case .dot: "dot"
    case .svg: "svg"
    }
  }
}
