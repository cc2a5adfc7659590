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
  let nodes: [Node<C>]
  /// The states that run a chart and can run none.
  var misfits: [C.State] = []
  /// The deep history states that lead into the middle of a chart that a state runs.
  var resuming: [C.State] = []
  /// The numbers of the actions that it need not use.
  var spares: [UInt16] = []

  init(initial: C.State, nodes: [Node<C>]) {
    self.initial = initial
    self.nodes = nodes
  }
}

@available(*, unavailable)
extension Definition: Sendable {}

/// One line of a definition: a state or a transition, or what a state ignores or refuses.
public struct Node<C: Chart> {
  enum Content {
    case state(StateNode<C>)
    case transition(TransitionNode<C>)
    case ignored([C.Event.Kind])
    case refused([C.Event.Kind])
    case deferred([C.Event.Kind])
    case initial(C.State, [C.Action])
  }

  let contents: [Content]

  init(_ contents: [Content]) { self.contents = contents }
}

@available(*, unavailable)
extension Node: Sendable {}

struct StateNode<C: Chart> {
  let state: C.State
  let kind: Plan.Kind
  let initial: C.State?
  let entry: [C.Action]
  let exit: [C.Action]
  let body: [Node<C>]
  /// The chart that it runs, when it runs one.
  var invoked: StaticString?
}

struct TransitionNode<C: Chart> {
  let trigger: Plan.Trigger
  let condition: Plan.Condition?
  let actions: [C.Action]
  let targets: [C.State]
  let isInternal: Bool
  /// It is one of those that a line for any event became, of which some may be of no use.
  var isSpread = false
}

/// Collects the lines between the braces of a chart or state.
@resultBuilder
public enum DefinitionBuilder<C: Chart>: Sendable {
  /// One line between braces, as a list that ``buildBlock(_:)`` joins with the others.
  public static func buildExpression(_ node: Node<C>) -> [Node<C>] { [node] }

  /// Lines that several states share, as a list.
  public static func buildExpression(_ nodes: [Node<C>]) -> [Node<C>] { nodes }

  /// All lines between braces in document order, which is their priority within a state.
  public static func buildBlock(_ lines: [Node<C>]...) -> [Node<C>] { lines.flatMap { $0 } }
}
