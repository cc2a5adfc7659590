/// A definition as plain numbers, in document order: what checks, flattening and outlines share,
/// so that none of them is generic code.
package struct Plan: Sendable {
  package enum Trigger: Hashable {
    case event(UInt16)
    case any
    case delay(UInt16)
    case done
    case eventless
  }

  /// The guards of a transition, by raw values.
  package typealias Condition = Formula<UInt8>

  package enum Kind: Hashable {
    /// Atomic or compound, as there are children or not.
    case ordinary
    case parallel
    case final
    case history(isDeep: Bool)
  }

  package struct State {
    /// The raw value of the enum case.
    package var symbol: UInt16
    /// The position of the enclosing state, nil for a child of the root.
    package var parent: Int?
    package var kind: Kind
    /// The raw value of the child that is entered first, as written.
    package var initial: UInt16?
    /// What runs when the initial child is entered because nothing else was named.
    package var initialActions: [UInt16] = []
    package var entry: [UInt16]
    package var exit: [UInt16]
    package var children: [Int] = []
    package var ignored: [UInt16] = []
    package var refused: [UInt16] = []
    package var deferred: [UInt16] = []
    package var transitions: [Int] = []
    /// The name of the chart that it runs: what is inside it is that chart's.
    package var invoked: String?

    /// A state; see the properties for the rest.
    package init(
      symbol: UInt16, parent: Int?, kind: Kind, initial: UInt16?, entry: [UInt16], exit: [UInt16]
    ) {
      self.symbol = symbol
      self.parent = parent
      self.kind = kind
      self.initial = initial
      self.entry = entry
      self.exit = exit
    }
  }

  package struct Transition {
    /// The position of the state that declares it.
    package var source: Int
    package var trigger: Trigger
    package var condition: Condition?
    package var actions: [UInt16]
    /// The raw values of the targets as written; empty when targetless.
    package var targets: [UInt16]
    package var isInternal: Bool
    /// It is one of those that a line for any event became, of which some may be of no use.
    package var isSpread = false

    /// A transition; see the properties.
    package init(
      source: Int, trigger: Trigger, condition: Condition?, actions: [UInt16], targets: [UInt16],
      isInternal: Bool
    ) {
      self.source = source
      self.trigger = trigger
      self.condition = condition
      self.actions = actions
      self.targets = targets
      self.isInternal = isInternal
    }
  }

  /// How many symbols of each type the chart has.
  package struct Counts {
    package var states = 0
    package var kinds = 0
    package var guards = 0
    package var actions = 0
    package var delays = 0

    /// Of a chart without any.
    package init() {}
  }

  package var states: [State] = []
  package var transitions: [Transition] = []
  package var initial: UInt16
  package var roots: [Int] = []
  package var counts = Counts()
  /// Lines that belong into a state and stand outside of all of them.
  package var strays = 0
  /// The states that run a chart and can run none, by raw value.
  var misfits: [UInt16] = []
  /// The deep history states that lead into the middle of a chart that a state runs.
  var resuming: [UInt16] = []
  /// The actions that need not be used.
  var spares: [UInt16] = []

  /// A plan without states, for a chart that is data: whoever makes it puts the states in document
  /// order, and tells each of its children and its transitions.
  package init(initial: UInt16, counts: Counts) {
    self.initial = initial
    self.counts = counts
  }

  package init<C: Chart>(_ definition: borrowing Definition<C>) {
    initial = definition.initial.code
    counts.states = C.State.symbolCount
    counts.kinds = C.Event.Kind.symbolCount
    counts.guards = C.Guard.symbolCount
    counts.actions = C.Action.symbolCount
    counts.delays = C.Delay.symbolCount
    misfits = definition.misfits.map { $0.code }
    resuming = definition.resuming.map { $0.code }
    spares = definition.spares
    add(definition.nodes, under: nil)
  }

  private mutating func add<C: Chart>(_ nodes: [Node<C>], under parent: Int?) {
    for node in nodes {
      for content in node.contents {
        switch content {
        case .state(let node): add(node, under: parent)
        case .transition(let node):
          if let parent { add(node, to: parent) } else { strays += 1 }
        case .ignored(let kinds):
          if let parent { states[parent].ignored += kinds.map { $0.code } } else { strays += 1 }
        case .refused(let kinds):
          if let parent { states[parent].refused += kinds.map { $0.code } } else { strays += 1 }
        case .deferred(let kinds):
          if let parent {
            states[parent].deferred += kinds.map { $0.code }
          } else {
            strays += 1
          }
        case .initial(let state, let actions):
          guard let parent else {
            strays += 1
            continue
          }
          states[parent].initial = state.code
          states[parent].initialActions = actions.map { $0.code }
        }
      }
    }
  }

  private mutating func add<C: Chart>(_ node: StateNode<C>, under parent: Int?) {
    let position = states.count
    states.append(
      State(
        symbol: node.state.code, parent: parent, kind: node.kind,
        initial: node.initial?.code, entry: node.entry.map { $0.code },
        exit: node.exit.map { $0.code }))
    states[position].invoked = node.invoked.map { "\($0)" }
    if let parent { states[parent].children.append(position) } else { roots.append(position) }
    add(node.body, under: position)
  }

  private mutating func add<C: Chart>(_ node: TransitionNode<C>, to source: Int) {
    states[source].transitions.append(transitions.count)
    transitions.append(
      Transition(
        source: source, trigger: node.trigger, condition: node.condition,
        actions: node.actions.map { $0.code }, targets: node.targets.map { $0.code },
        isInternal: node.isInternal))
    transitions[transitions.count - 1].isSpread = node.isSpread
  }
}

extension Plan.Transition {
  /// The first target; the flattened table knows no others.
  var target: UInt16? { targets.first }
}

extension Plan.State {
  var isFinal: Bool { kind == .final }

  var isHistory: Bool { if case .history = kind { true } else { false } }
}

extension Plan {
  /// The position of the state with this raw value, the first one if there are several.
  package func position(of symbol: UInt16) -> Int? { states.firstIndex { $0.symbol == symbol } }

  /// The state and its ancestors, innermost first.
  package func lineage(of position: Int) -> [Int] {
    var result = [position]
    while let parent = states[result[result.count - 1]].parent { result.append(parent) }
    return result
  }

  /// Whether only the interpreter can run this: the flattened table knows one active leaf.
  var needsInterpreter: Bool {
    states.contains { $0.kind == .parallel || $0.isHistory }
      || transitions.contains { $0.targets.count > 1 }
  }
}
