/// Transitions whose guards are combined (SCXML 3.12, the attribute `cond`).
extension Chart {
  /// A transition for each of the kinds whose guards are combined; the rest is as with one guard.
  @inline(never)
  public static func on(
    _ kinds: Event.Kind..., if condition: Condition<Self>, do actions: Action...,
    to target: State? = nil, internal: Bool = false
  ) -> Node<Self> {
    lines(
      Line.events(codes(kinds)), condition, actions, target.map { [$0] } ?? [], `internal`)
  }

  /// A transition into several regions at once whose guards are combined, with a target in each.
  @inline(never)
  public static func on(
    _ kinds: Event.Kind..., if condition: Condition<Self>, do actions: Action...,
    to targets: [State], internal: Bool = false
  ) -> Node<Self> {
    lines(Line.events(codes(kinds)), condition, actions, targets, `internal`)
  }

  /// A transition for an event of any kind whose guards are combined (SCXML 3.12.1).
  @inline(never)
  public static func onAny(
    if condition: Condition<Self>, do actions: Action..., to target: State? = nil,
    internal: Bool = false
  ) -> Node<Self> {
    lines([.any], condition, actions, target.map { [$0] } ?? [], `internal`)
  }

  /// A transition taken when the delay has run out and the combined guards hold then.
  @inline(never)
  public static func after(
    _ delay: Delay, if condition: Condition<Self>, do actions: Action..., to target: State? = nil
  ) -> Node<Self> {
    lines([.delay(delay.code)], condition, actions, target.map { [$0] } ?? [])
  }

  /// An eventless transition: taken as soon as its combined guards hold (SCXML 3.13).
  @inline(never)
  public static func always(
    if condition: Condition<Self>, do actions: Action..., to target: State
  ) -> Node<Self> {
    lines([.eventless], condition, actions, [target])
  }

  /// A transition taken when a final child of this state was entered and the combined guards hold
  /// (SCXML 3.7).
  @inline(never)
  public static func done(
    if condition: Condition<Self>, do actions: Action..., to target: State? = nil
  ) -> Node<Self> {
    lines([.done], condition, actions, target.map { [$0] } ?? [])
  }

  private static func lines(
    _ triggers: [Plan.Trigger], _ condition: Condition<Self>, _ actions: [Action],
    _ targets: [State], _ isInternal: Bool = false
  ) -> Node<Self> {
    Node(
      Line.transitions(triggers, condition.formula, codes(actions), codes(targets), isInternal))
  }
}
