/// A chart with its types erased: what drawings, exports and static reports read.
///
/// States and transitions stand in document order; a state is named by its index in `states`.
/// The chart itself (the root of the hierarchy) is not among the states: a state without a
/// parent is a child of the root.
public struct Outline: Hashable, Sendable {
  /// What a state is, in the terms of SCXML 3.3 to 3.8.
  public enum Kind: Hashable, Sendable {
    /// A leaf: a state that has no children.
    case atomic
    /// With children, of which exactly one is active.
    case compound
    /// With children, all of which are active together: its regions (SCXML 3.4).
    case parallel
    /// The end of its parent; of the whole chart when it has none.
    case final
    /// Where the parent comes back to what was active when it was left (SCXML 3.10); deep: down
    /// to the leaves.
    case history(isDeep: Bool)
  }

  /// A state by its names and its place, without anything that runs.
  public struct State: Hashable, Sendable {
    /// The enum case that names the state.
    public var name: String
    /// The index of the enclosing state, nil for a child of the root.
    public var parent: Int?
    /// Atomic, compound, parallel, final or history.
    public var kind: Kind
    /// The index of the child that is entered first; nil unless compound.
    public var initial: Int?
    /// Names of what runs on the way to the initial child, in order.
    public var initialActions: [String]
    /// Names of the entry actions, in order.
    public var entry: [String]
    /// Names of the exit actions, in order.
    public var exit: [String]
    /// Names of the events that are consumed here without effect, by decision.
    public var ignored: [String]
    /// Names of the events that wait here until the configuration has changed.
    public var deferred: [String]
    /// Names of the events that are answered with a refusal here, by decision.
    public var refused: [String]
    /// How many states a view of the chart hides inside this one; 0 in the chart itself.
    package var hiddenCount: Int
    /// What is entered first beside `initial`: a document may name several states (SCXML 3.3).
    package var furtherInitials: [Int] = []

    /// What a drawing says in the state that is neither action nor transition.
    package var notes: [String] = []

    /// A state with nothing but its place; see the properties for the rest.
    package init(name: String, parent: Int?, kind: Kind, initial: Int? = nil) {
      self.name = name
      self.parent = parent
      self.kind = kind
      self.initial = initial
      initialActions = []
      entry = []
      exit = []
      ignored = []
      deferred = []
      refused = []
      hiddenCount = 0
    }
  }

  /// What makes a transition a candidate: an event, a delay that ran out, a state that is done.
  public enum Trigger: Hashable, Sendable {
    /// An event of this kind.
    case event(String)
    /// An event of any kind.
    case anyEvent
    /// This delay has run out since the source was entered; left before, the delay is cancelled.
    case delay(String)
    /// A final child of the source was entered (`done.state.id`, SCXML 3.7).
    case done
    /// Nothing but its guard (SCXML 3.13, eventless); of a history state: its default.
    case eventless
  }

  /// One transition of the chart, with the names that stand in its source.
  public struct Transition: Hashable, Sendable {
    /// The index of the state that declares it.
    public var source: Int
    /// What makes it a candidate.
    public var trigger: Trigger
    /// The name of its guard, nil when it has none; of combined ones the text, `a && !b`.
    public var `guard`: String?
    /// True when it is taken if the guard does not hold (`unless`).
    public var isNegated: Bool
    /// Names of its actions, in order.
    public var actions: [String]
    /// The indices of its targets, in document order; empty when it is targetless.
    public var targets: [Int]
    /// True when it does not leave its source (SCXML `type="internal"`); targetless ones are.
    public var isInternal: Bool

    /// A transition; see the properties.
    package init(
      source: Int, trigger: Trigger, guard name: String? = nil, isNegated: Bool = false,
      actions: [String] = [], targets: [Int] = [], isInternal: Bool = false
    ) {
      self.source = source
      self.trigger = trigger
      self.guard = name
      self.isNegated = isNegated
      self.actions = actions
      self.targets = targets
      self.isInternal = isInternal
    }
  }

  /// The chart's name, as ``Chart/name`` gives it.
  public var name: String
  /// The index of the state that is entered first.
  public var initial: Int
  /// Every state, a compound one before those inside it (document order).
  public var states: [State]
  /// Every transition, state by state; of two that are enabled the first is taken.
  public var transitions: [Transition]
  /// What is entered first beside `initial`: a document may name several states (SCXML 3.2).
  package var furtherInitials: [Int] = []
  /// What a document declares for the chart as a whole, as text: its data and its scripts.
  package var declarations: [String] = []

  /// An outline; see the properties.
  package init(name: String, initial: Int, states: [State], transitions: [Transition]) {
    self.name = name
    self.initial = initial
    self.states = states
    self.transitions = transitions
  }
}
