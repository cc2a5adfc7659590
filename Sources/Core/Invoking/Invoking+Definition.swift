extension Invoking {
  /// The parent's states and transitions, and the child's inside the state that runs it.
  public static var definition: Definition<Self> {
    let parent = I.Parent.definition
    let child = I.Child.definition
    let outside = Translation<I.Parent, Self>()
    let inside = Translation<I.Child, Self>(
      states: I.Parent.State.symbolCount, kinds: I.Parent.Event.Kind.symbolCount,
      guards: I.Parent.Guard.symbolCount, actions: I.Parent.Action.symbolCount,
      delays: I.Parent.Delay.symbolCount)
    let nodes = outside.nodes(parent.nodes)
    let host = InvokingHost<I>(
      initial: inside.state(child.initial),
      children: inside.nodes(child.nodes).map { heard($0, isRoot: true) })
    var whole = Definition(
      initial: outside.state(parent.initial), nodes: host.nodes(nodes, isBeside: false))
    whole.add(parent, outside)
    whole.add(child, inside)
    if !host.isFitting(nodes) { whole.misfits.append(host.state) }
    whole.resuming += host.resuming(nodes)
    whole.spares += (Action.first..<Action.symbolCount).map { UInt16(truncatingIfNeeded: $0) }
    return whole
  }

  /// One of the child's own states, which ends the child when it is final, and all in it, which
  /// tell the parent what they refuse.
  private static func heard(_ node: Node<Self>, isRoot: Bool) -> Node<Self> {
    var told: [Node<Self>] = []
    let contents = node.contents.flatMap { content -> [Node<Self>.Content] in
      switch content {
      case .state(let state):
        let isEnd = isRoot && state.kind == .final
        return [
          .state(
            StateNode(
              state: state.state, kind: state.kind, initial: state.initial,
              entry: state.entry + (isEnd ? [.end] : []), exit: state.exit,
              body: state.body.map { heard($0, isRoot: false) }, invoked: state.invoked))
        ]
      case .refused(let kinds):
        let mapped = kinds.filter { isTold($0) }
        told += mapped.map { refusal($0) }
        return [.refused(kinds.filter { !isTold($0) })]
      case .transition, .ignored, .deferred, .initial: return [content]
      }
    }
    return Node(contents + told.flatMap { $0.contents })
  }

  private static func isTold(_ kind: Event.Kind) -> Bool {
    if case .child(let kind) = kind.part { I.refused(kind) != nil } else { false }
  }

  private static func refusal(_ kind: Event.Kind) -> Node<Self> {
    guard case .child(let own) = kind.part else { return Node([]) }
    return Node([
      .transition(
        TransitionNode(
          trigger: .event(kind.code), condition: nil, actions: [.refused(own)], targets: [],
          isInternal: true))
    ])
  }
}

/// The lines of one chart as lines of another in which its symbols have other numbers.
struct Translation<From: Chart, To: Chart> {
  var states = 0
  var kinds = 0
  var guards = 0
  var actions = 0
  var delays = 0

  func state(_ state: From.State) -> To.State { To.State(code: Self.code(state, states))! }

  func nodes(_ nodes: [Node<From>]) -> [Node<To>] {
    /// The kinds for which a line above takes every event.
    var closed: Set<UInt16> = []
    return nodes.map { Node($0.contents.flatMap { contents($0, &closed) }) }
  }

  private func contents(
    _ content: Node<From>.Content, _ closed: inout Set<UInt16>
  ) -> [Node<To>.Content] {
    switch content {
    case .state(let it): [.state(state(it))]
    case .transition(let it): transitions(it, &closed)
    case .ignored(let kinds): [.ignored(kinds.map { kind($0) })]
    case .refused(let kinds): [.refused(kinds.map { kind($0) })]
    case .deferred(let kinds): [.deferred(kinds.map { kind($0) })]
    case .initial(let child, let actions): [.initial(state(child), list(actions))]
    }
  }

  private func state(_ it: StateNode<From>) -> StateNode<To> {
    StateNode(
      state: state(it.state), kind: it.kind, initial: it.initial.map { state($0) },
      entry: list(it.entry), exit: list(it.exit), body: nodes(it.body), invoked: it.invoked)
  }

  /// One transition; for any event one for each kind of the chart, since that is what it means
  /// where there are kinds of another.
  private func transitions(
    _ it: TransitionNode<From>, _ closed: inout Set<UInt16>
  ) -> [Node<To>.Content] {
    let triggers: [Plan.Trigger]
    var isSpread = it.isSpread
    switch it.trigger {
    case .event(let kind): triggers = [.event(kind &+ UInt16(truncatingIfNeeded: kinds))]
    case .any:
      isSpread = true
      triggers = From.Event.Kind.allCases.map { .event(kind($0).code) }.filter { trigger in
        if case .event(let kind) = trigger { !closed.contains(kind) } else { true }
      }
    case .delay(let delay): triggers = [.delay(delay &+ UInt16(truncatingIfNeeded: delays))]
    case .done, .eventless: triggers = [it.trigger]
    }
    let shift = UInt8(truncatingIfNeeded: guards)
    return triggers.map { trigger in
      if case .event(let kind) = trigger, it.condition == nil { closed.insert(kind) }
      return .transition(
        TransitionNode(
          trigger: trigger, condition: it.condition?.map { $0 &+ shift },
          actions: list(it.actions), targets: it.targets.map { state($0) },
          isInternal: it.isInternal, isSpread: isSpread))
    }
  }

  private func kind(_ kind: From.Event.Kind) -> To.Event.Kind {
    To.Event.Kind(code: Self.code(kind, kinds))!
  }

  func action(_ action: From.Action) -> To.Action {
    To.Action(code: Self.code(action, actions))!
  }

  private func list(_ list: [From.Action]) -> [To.Action] { list.map { action($0) } }

  private static func code<S: Symbol>(_ symbol: S, _ shift: Int) -> UInt16 {
    symbol.code &+ UInt16(truncatingIfNeeded: shift)
  }
}

extension Definition {
  /// What is to be known of one of the two charts beside its lines.
  mutating func add<From: Chart>(_ other: Definition<From>, _ way: Translation<From, C>) {
    misfits += other.misfits.map { way.state($0) }
    resuming += other.resuming.map { way.state($0) }
    spares += other.spares.map { $0 &+ UInt16(truncatingIfNeeded: way.actions) }
  }
}
