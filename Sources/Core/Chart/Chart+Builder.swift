extension Chart {
  /// The whole chart; `initial` is the child of the root that is entered first.
  public static func chart(
    initial: State, @DefinitionBuilder<Self> _ body: () -> [Node<Self>]
  ) -> Definition<Self> {
    Definition(initial: initial, nodes: body())
  }

  /// A state without children.
  public static func state(
    _ state: State, entry: Action..., exit: Action...
  ) -> Node<Self> {
    Node([
      .state(
        StateNode(
          state: state, isFinal: false, initial: nil, entry: entry, exit: exit, body: []))
    ])
  }

  /// A state with transitions, or with children of which `initial` is entered first.
  public static func state(
    _ state: State, initial: State? = nil, entry: Action..., exit: Action...,
    @DefinitionBuilder<Self> body: () -> [Node<Self>]
  ) -> Node<Self> {
    Node([
      .state(
        StateNode(
          state: state, isFinal: false, initial: initial, entry: entry, exit: exit, body: body()))
    ])
  }

  /// The end of the enclosing state, or of the chart (SCXML 3.7).
  public static func final(_ state: State, entry: Action...) -> Node<Self> {
    Node([
      .state(
        StateNode(state: state, isFinal: true, initial: nil, entry: entry, exit: [], body: []))
    ])
  }

  /// A transition for each of the kinds; without `to` it is targetless and leaves nothing.
  ///
  /// - Parameter internal: True when a transition to a descendant does not leave this state.
  public static func on(
    _ kinds: Event.Kind..., if holds: Guard? = nil, unless fails: Guard? = nil,
    do actions: Action..., to target: State? = nil, internal: Bool = false
  ) -> Node<Self> {
    Node(
      kinds.map {
        .transition(
          TransitionNode(
            trigger: .event($0.rawValue), condition: condition(holds, fails), actions: actions,
            target: target, isInternal: `internal`))
      })
  }

  /// A transition taken when the delay has run out since this state was entered.
  public static func after(
    _ delay: Delay, if holds: Guard? = nil, unless fails: Guard? = nil,
    do actions: Action..., to target: State? = nil
  ) -> Node<Self> {
    single(.delay(delay.rawValue), condition(holds, fails), actions, target)
  }

  /// An eventless transition: taken as soon as its guard holds (SCXML 3.13).
  public static func always(
    if holds: Guard? = nil, unless fails: Guard? = nil, do actions: Action..., to target: State
  ) -> Node<Self> {
    single(.eventless, condition(holds, fails), actions, target)
  }

  /// A transition taken when a final child of this state was entered (SCXML 3.7).
  public static func done(
    if holds: Guard? = nil, unless fails: Guard? = nil, do actions: Action...,
    to target: State? = nil
  ) -> Node<Self> {
    single(.done, condition(holds, fails), actions, target)
  }

  /// Events that are consumed here without effect, by decision.
  public static func ignore(_ kinds: Event.Kind...) -> Node<Self> { Node([.ignored(kinds)]) }

  /// Events that are answered with a refusal here, by decision.
  public static func refuse(_ kinds: Event.Kind...) -> Node<Self> { Node([.refused(kinds)]) }

  private static func single(
    _ trigger: Plan.Trigger, _ condition: Plan.Condition?, _ actions: [Action], _ target: State?
  ) -> Node<Self> {
    Node([
      .transition(
        TransitionNode(
          trigger: trigger, condition: condition, actions: actions, target: target,
          isInternal: false))
    ])
  }

  private static func condition(_ holds: Guard?, _ fails: Guard?) -> Plan.Condition? {
    precondition(holds == nil || fails == nil, "a transition has one guard: if or unless")
    if let holds { return Plan.Condition(guard: holds.rawValue, isNegated: false) }
    if let fails { return Plan.Condition(guard: fails.rawValue, isNegated: true) }
    return nil
  }
}

extension Node {
  /// Several lines as one, so that states can share what they have in common.
  public init(all lines: [Node<C>]) { self.init(lines.flatMap { $0.contents }) }
}
