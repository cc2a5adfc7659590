/// What becomes of the parent's lines when one of its states runs a child.
struct InvokingHost<I: Invocation> {
  typealias Whole = Invoking<I>

  /// The child's state that is entered first.
  let initial: Whole.State
  /// The child's own states.
  let children: [Node<Whole>]

  /// The state that runs the child.
  var state: Whole.State { .parent(I.state) }

  /// The lines with the child in its state, and with an answer to its events where none runs.
  ///
  /// - Parameter isBeside: Whether they stand in a region of which another one runs the child: the
  ///   answer is given there.
  func nodes(_ nodes: [Node<Whole>], isBeside: Bool) -> [Node<Whole>] {
    nodes.map { node in
      Node(
        node.contents.map { content in
          if case .state(let it) = content { .state(filled(it, isBeside)) } else { content }
        })
    }
  }

  private func filled(_ it: StateNode<Whole>, _ isBeside: Bool) -> StateNode<Whole> {
    if it.state == state, Self.isPlain(it) {
      return StateNode(
        state: it.state, kind: it.kind, initial: initial, entry: it.entry + [.begin],
        exit: it.exit + [.cancel], body: it.body + children, invoked: I.Child.name)
    }
    let parts = it.kind == .parallel && holds(it)
    let body = it.body.map { node in
      nodes([node], isBeside: isBeside || parts && !holds(node))
    }
    let isAnswering = Self.isPlain(it) && !isBeside
    return StateNode(
      state: it.state, kind: it.kind, initial: it.initial, entry: it.entry, exit: it.exit,
      body: body.flatMap { $0 } + (isAnswering ? [answer] : []), invoked: it.invoked)
  }

  /// What is said to the child's events where no child runs.
  private var answer: Node<Whole> {
    let kinds = I.Child.Event.Kind.allCases.map { Whole.Event.Kind.child($0) }
    return Node([I.isLateIgnored ? .ignored(kinds) : .refused(kinds)])
  }

  /// Whether it is a leaf that waits for events.
  private static func isPlain(_ it: StateNode<Whole>) -> Bool {
    it.kind == .ordinary && !it.body.contains { !Self.states($0).isEmpty }
  }

  private static func states(_ node: Node<Whole>) -> [StateNode<Whole>] {
    node.contents.compactMap { if case .state(let it) = $0 { it } else { nil } }
  }

  private func holds(_ node: Node<Whole>) -> Bool {
    Self.states(node).contains { $0.state == state || holds($0) }
  }

  private func holds(_ it: StateNode<Whole>) -> Bool { it.body.contains { holds($0) } }

  /// Whether the state is there and is such a leaf.
  func isFitting(_ nodes: [Node<Whole>]) -> Bool {
    nodes.contains { node in
      Self.states(node).contains {
        $0.state == state ? Self.isPlain($0) : isFitting($0.body)
      }
    }
  }

  /// The deep history states that would lead into the middle of the child.
  func resuming(_ nodes: [Node<Whole>]) -> [Whole.State] {
    guard nodes.contains(where: { holds($0) }) else { return [] }
    return nodes.flatMap { Self.states($0) }.flatMap { it in
      it.kind == .history(isDeep: true) ? [it.state] : resuming(it.body)
    }
  }
}
