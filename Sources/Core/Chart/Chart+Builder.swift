extension Chart {
  #if hasFeature(Embedded)
    /// The whole chart; `initial` is the child of the root that is entered first.
    public static func chart(
      initial: State, @DefinitionBuilder<Self> _ body: () -> [Node<Self>]
    ) -> Definition<Self> {
      Definition(initial: initial, lines: Line.joined(body()))
    }
  #else
    /// The whole chart; `initial` is the child of the root that is entered first.
    ///
    /// - Parameters:
    ///   - initial: The child of the root.
    ///   - file: Where the chart stands, for its mistakes.
    ///   - line: The line there.
    ///   - body: Its states.
    public static func chart(
      initial: State, file: StaticString = #fileID, line: UInt32 = #line,
      @DefinitionBuilder<Self> _ body: () -> [Node<Self>]
    ) -> Definition<Self> {
      var whole = Definition<Self>(initial: initial, lines: Line.joined(body()))
      whole.origin = Origin(file: file, line: line)
      return whole
    }
  #endif

  /// A state without children; what it does not mention is a gap (see ``Table/gaps``).
  ///
  /// - Parameters:
  ///   - state: The case that names it; each case stands for one state.
  ///   - entry: What runs when it is entered, in this order.
  ///   - exit: What runs when it is left, in this order.
  @inline(never)
  public static func state(
    _ state: State, entry: Action..., exit: Action...
  ) -> Node<Self> {
    Node(state: state, .ordinary, entry: entry, exit: exit, [])
  }

  /// A state with transitions, or with children of which `initial` is entered first.
  @inline(never)
  public static func state(
    _ state: State, initial: State? = nil, entry: Action..., exit: Action...,
    @DefinitionBuilder<Self> body: () -> [Node<Self>]
  ) -> Node<Self> {
    Node(state: state, .ordinary, initial: initial, entry: entry, exit: exit, body())
  }

  /// A state whose children, its regions, are active together (SCXML 3.4).
  @inline(never)
  public static func parallel(
    _ state: State, entry: Action..., exit: Action...,
    @DefinitionBuilder<Self> body: () -> [Node<Self>]
  ) -> Node<Self> {
    Node(state: state, .parallel, entry: entry, exit: exit, body())
  }

  /// A history state: as a target it means the child of the enclosing state that was active when
  /// that was left last, and `target` as long as there was none (SCXML 3.10).
  public static func history(
    _ state: State, do actions: Action..., to target: State
  ) -> Node<Self> {
    history(state, isDeep: false, actions, target)
  }

  /// A deep history state: as ``history(_:do:to:)``, but the leaves that were active.
  public static func deepHistory(
    _ state: State, do actions: Action..., to target: State
  ) -> Node<Self> {
    history(state, isDeep: true, actions, target)
  }

  /// The child that is entered first, with what is done on the way (SCXML 3.6); stands for the
  /// parameter `initial` of the state.
  public static func initially(do actions: Action..., to state: State) -> Node<Self> {
    Node([.initial(state.code, codes(actions))])
  }

  /// The end of the enclosing state, or of the chart (SCXML 3.7).
  ///
  /// An entry action can give the end a payload: see ``Outbox/finish(with:)``.
  @inline(never)
  public static func final(_ state: State, entry: Action...) -> Node<Self> {
    Node(state: state, .final, entry: entry, exit: [], [])
  }

  /// A transition for each of the kinds; without `to` it is targetless and leaves nothing.
  ///
  /// - Parameters:
  ///   - kinds: The kinds of events that it is a candidate for; one transition for each.
  ///   - holds: The guard that must hold; at most one of `if` and `unless` is given. Several are
  ///     combined in a ``Condition``.
  ///   - fails: The guard that must not hold.
  ///   - actions: What runs between the exits and the entries, in this order.
  ///   - target: The state that it leads to; nil when it is targetless.
  ///   - internal: True when a transition to a descendant does not leave this state.
  @inline(never)
  public static func on(
    _ kinds: Event.Kind..., if holds: Guard? = nil, unless fails: Guard? = nil,
    do actions: Action..., to target: State? = nil, internal: Bool = false
  ) -> Node<Self> {
    Node(
      Line.transitions(
        events: codes(kinds), condition(holds, fails), codes(actions), target?.code, `internal`))
  }

  /// A transition into several regions at once, with a target in each.
  @inline(never)
  public static func on(
    _ kinds: Event.Kind..., if holds: Guard? = nil, unless fails: Guard? = nil,
    do actions: Action..., to targets: [State], internal: Bool = false
  ) -> Node<Self> {
    Node(
      Line.transitions(
        Line.events(codes(kinds)), condition(holds, fails), codes(actions), codes(targets),
        `internal`))
  }

  /// A transition for an event of any kind (SCXML 3.12.1, the descriptor `*`); delays and done
  /// states are none.
  @inline(never)
  public static func onAny(
    if holds: Guard? = nil, unless fails: Guard? = nil, do actions: Action...,
    to target: State? = nil, internal: Bool = false
  ) -> Node<Self> {
    single(.any, condition(holds, fails), actions, target, `internal`)
  }

  /// A transition taken when the delay has run out since this state was entered.
  @inline(never)
  public static func after(
    _ delay: Delay, if holds: Guard? = nil, unless fails: Guard? = nil,
    do actions: Action..., to target: State? = nil
  ) -> Node<Self> {
    single(.delay(delay.code), condition(holds, fails), actions, target)
  }

  /// An eventless transition: taken as soon as its guard holds (SCXML 3.13).
  @inline(never)
  public static func always(
    if holds: Guard? = nil, unless fails: Guard? = nil, do actions: Action..., to target: State
  ) -> Node<Self> {
    single(.eventless, condition(holds, fails), actions, target)
  }

  /// A transition taken when a final child of this state was entered (SCXML 3.7).
  @inline(never)
  public static func done(
    if holds: Guard? = nil, unless fails: Guard? = nil, do actions: Action...,
    to target: State? = nil
  ) -> Node<Self> {
    single(.done, condition(holds, fails), actions, target)
  }

  /// Events that are consumed here without effect, by decision.
  @inline(never)
  public static func ignore(_ kinds: Event.Kind...) -> Node<Self> { Node([.ignored(codes(kinds))]) }

  /// Events that are answered with a refusal here, by decision.
  @inline(never)
  public static func refuse(_ kinds: Event.Kind...) -> Node<Self> { Node([.refused(codes(kinds))]) }

  /// Events that wait until a configuration is reached in which they are not deferred (UML 2.5.1,
  /// 14.2.3.4.4). A transition of the same state or of one inside it comes before.
  @inline(never)
  public static func postpone(_ kinds: Event.Kind...) -> Node<Self> {
    Node([.deferred(codes(kinds))])
  }

  private static func history(
    _ state: State, isDeep: Bool, _ actions: [Action], _ target: State
  ) -> Node<Self> {
    Node(
      state: state, .history(isDeep: isDeep), entry: [], exit: [],
      [single(.eventless, nil, actions, target)])
  }

  private static func single(
    _ trigger: Plan.Trigger, _ condition: Plan.Condition?, _ actions: [Action], _ target: State?,
    _ isInternal: Bool = false
  ) -> Node<Self> {
    Node(
      Line.transitions(
        [trigger], condition, codes(actions), Line.targets(target?.code), isInternal))
  }

  private static func condition(_ holds: Guard?, _ fails: Guard?) -> Plan.Condition? {
    Line.condition(holds?.code, fails?.code)
  }
}

/// The raw values; what is made of them is no generic code.
@inline(never)
func codes<S: Symbol>(_ symbols: [S]) -> [UInt16] { symbols.map { $0.code } }

extension Node {
  /// Several lines as one, so that states can share what they have in common.
  public init(all lines: [Node<C>]) { self.init(Line.joined(lines)) }

  init(
    state: C.State, _ kind: Plan.Kind, initial: C.State? = nil, entry: [C.Action],
    exit: [C.Action], _ body: [Node<C>]
  ) {
    self.init([
      .state(
        StateLine(
          symbol: state.code, kind: kind, initial: initial?.code, entry: codes(entry),
          exit: codes(exit), body: Line.joined(body)))
    ])
  }
}
