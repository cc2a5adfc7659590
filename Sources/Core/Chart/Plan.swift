/// A definition as plain numbers, in document order: what checks, flattening and outlines share,
/// so that none of them is generic code.
struct Plan {
  enum Trigger: Hashable {
    case event(UInt8)
    case delay(UInt8)
    case done
    case eventless
  }

  struct Condition: Hashable {
    var `guard`: UInt8
    var isNegated: Bool
  }

  struct State {
    /// The raw value of the enum case.
    var symbol: UInt8
    /// The position of the enclosing state, nil for a child of the root.
    var parent: Int?
    var isFinal: Bool
    /// The raw value of the child that is entered first, as written.
    var initial: UInt8?
    var entry: [UInt8]
    var exit: [UInt8]
    var children: [Int] = []
    var ignored: [UInt8] = []
    var refused: [UInt8] = []
    var transitions: [Int] = []
  }

  struct Transition {
    /// The position of the state that declares it.
    var source: Int
    var trigger: Trigger
    var condition: Condition?
    var actions: [UInt8]
    /// The raw value of the target as written, nil when targetless.
    var target: UInt8?
    var isInternal: Bool
  }

  /// How many symbols of each type the chart has.
  struct Counts {
    var states = 0
    var kinds = 0
    var guards = 0
    var actions = 0
    var delays = 0
  }

  var states: [State] = []
  var transitions: [Transition] = []
  var initial: UInt8
  var roots: [Int] = []
  var counts = Counts()
  /// Lines that belong into a state and stand outside of all of them.
  var strays = 0

  init<C: Chart>(_ definition: borrowing Definition<C>) {
    initial = definition.initial.rawValue
    counts.states = C.State.allCases.count
    counts.kinds = C.Event.Kind.allCases.count
    counts.guards = C.Guard.allCases.count
    counts.actions = C.Action.allCases.count
    counts.delays = C.Delay.allCases.count
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
          if let parent { states[parent].ignored += kinds.map { $0.rawValue } } else { strays += 1 }
        case .refused(let kinds):
          if let parent { states[parent].refused += kinds.map { $0.rawValue } } else { strays += 1 }
        }
      }
    }
  }

  private mutating func add<C: Chart>(_ node: StateNode<C>, under parent: Int?) {
    let position = states.count
    states.append(
      State(
        symbol: node.state.rawValue, parent: parent, isFinal: node.isFinal,
        initial: node.initial?.rawValue, entry: node.entry.map { $0.rawValue },
        exit: node.exit.map { $0.rawValue }))
    if let parent { states[parent].children.append(position) } else { roots.append(position) }
    add(node.body, under: position)
  }

  private mutating func add<C: Chart>(_ node: TransitionNode<C>, to source: Int) {
    states[source].transitions.append(transitions.count)
    transitions.append(
      Transition(
        source: source, trigger: node.trigger, condition: node.condition,
        actions: node.actions.map { $0.rawValue }, target: node.target?.rawValue,
        isInternal: node.isInternal))
  }
}

extension Plan {
  /// The position of the state with this raw value, the first one if there are several.
  func position(of symbol: UInt8) -> Int? { states.firstIndex { $0.symbol == symbol } }

  /// The state and its ancestors, innermost first.
  func lineage(of position: Int) -> [Int] {
    var result = [position]
    while let parent = states[result[result.count - 1]].parent { result.append(parent) }
    return result
  }

  /// The leaf that is entered when this state is the target: down the initial children.
  ///
  /// Nil when a child on the way is missing, which the checks report.
  func leaf(under position: Int) -> Int? { descent(from: position)?.last }

  /// The states from this one down its initial children to the leaf, outermost first.
  func descent(from position: Int) -> [Int]? {
    var result = [position]
    while !states[result[result.count - 1]].children.isEmpty {
      let current = result[result.count - 1]
      guard let initial = states[current].initial,
        let child = states[current].children.first(where: { states[$0].symbol == initial })
      else { return nil }
      result.append(child)
    }
    return result
  }

  /// The innermost state that the transition does not leave; nil for the root.
  ///
  /// SCXML appendix D, getTransitionDomain: the least common compound ancestor of source and
  /// target, or the source itself when the transition is internal and the target lies inside.
  func domain(of transition: Transition, target: Int) -> Int? {
    let isInside = target != transition.source && lineage(of: target).contains(transition.source)
    if transition.isInternal && isInside { return transition.source }
    let around = lineage(of: target)
    return lineage(of: transition.source).dropFirst().first { around.contains($0) && $0 != target }
  }
}
