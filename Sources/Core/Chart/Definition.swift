/// The states and transitions of a chart, written with a result builder, nested as they nest.
///
///     static var definition: Definition<Self> {
///       chart(initial: .idle) {
///         state(.idle) { on(.start, if: .allowed, do: .count, to: .busy) }
///         state(.busy, entry: .work) { after(.patience, to: .idle) }
///       }
///     }
public struct Definition<C: Chart> {
  let initial: C.State
  let lines: [Line]
  /// What is to be known of a chart that invokes another.
  var notes = InvokingNotes()
  #if !hasFeature(Embedded)
    var origin: Origin?
  #endif

  init(initial: C.State, lines: [Line]) {
    self.initial = initial
    self.lines = lines
  }
}

@available(*, unavailable)
extension Definition: Sendable {}

/// One line of a definition: a state or a transition, or what a state ignores or refuses.
public struct Node<C: Chart> {
  let lines: [Line]

  init(_ lines: [Line]) { self.lines = lines }
}

@available(*, unavailable)
extension Node: Sendable {}

/// Collects the lines between the braces of a chart or state.
@resultBuilder
public enum DefinitionBuilder<C: Chart>: Sendable {
  #if hasFeature(Embedded)
    /// One line between braces, as it is.
    public static func buildExpression(_ node: Node<C>) -> Node<C> { node }

    /// Lines that several states share, as one.
    public static func buildExpression(_ nodes: [Node<C>]) -> Node<C> { Node(all: nodes) }
  #else
    /// One line between braces, which knows from here on where it stands.
    public static func buildExpression(
      _ node: Node<C>, file: StaticString = #fileID, line: UInt32 = #line
    ) -> Node<C> {
      Node(Line.placed(node.lines, Origin(file: file, line: line)))
    }

    /// Lines that several states share, as one: they stand where they are used.
    public static func buildExpression(
      _ nodes: [Node<C>], file: StaticString = #fileID, line: UInt32 = #line
    ) -> Node<C> {
      buildExpression(Node(all: nodes), file: file, line: line)
    }
  #endif

  /// All lines between braces in document order, which is their priority within a state.
  public static func buildBlock(_ lines: Node<C>...) -> [Node<C>] { lines }
}
