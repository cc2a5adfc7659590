import BatonCore

/// Walks a chart breadth first, by states and the transition that was taken last, so that the first
/// way to a pair of transitions is a shortest one.
struct PathFinder<C: Chart> {
  /// One step out of a state of the model.
  struct Edge {
    var target: Int
    var action: UInt16
    var transitions: [Int]
    var effects: [String]
    /// States that it led to one after the other, by name: one may be left in the same step.
    var passed: [String]
  }

  /// A state of the model, and the transition before it; -1 when there was none.
  struct Node: Hashable {
    var state: Int
    var last: Int
  }

  /// The step that a way ends with: out of which node, and the how manieth.
  struct End: Hashable {
    var node: Int
    var edge: Int
  }

  /// Something that a way shows.
  enum Goal: Hashable {
    case state(String)
    case transition(Int)
    case pair(Int, Int)
  }

  let model: ChartModel<C>
  private let limit: Int
  private let lineages: [String: [String]]
  private var numbers: [ChartModel<C>.State: Int] = [:]
  private(set) var states: [ChartModel<C>.State] = []
  /// By state, those out of it; made when they are asked for.
  private var edges: [Int: [Edge]] = [:]
  private(set) var nodes: [Node] = []
  private var places: [Node: Int] = [:]
  /// By node, the step that came to it first; nil for the start.
  private var origins: [End?] = []
  /// The first step that shows it; nil when the start does.
  private(set) var found: [Goal: End?] = [:]

  init(_ test: ChartTest<C>) {
    model = ChartModel(test)
    limit = test.limit
    lineages = Self.lineages(of: test.table.outline)
  }

  /// By the name of a state, it and those around it.
  private static func lineages(of outline: Outline) -> [String: [String]] {
    var lineages: [String: [String]] = [:]
    for state in outline.states {
      let around = state.parent.map { lineages[outline.states[$0].name] ?? [] } ?? []
      lineages[state.name] = [state.name] + around
    }
    return lineages
  }

  mutating func run() throws(ExplorationError) {
    let initial = model.initial
    let taken = model.records.compactMap { $0.transition.map(Int.init) }
    let first = number(initial)
    note(active(first), taken, after: -1, nil)
    enter(Node(state: first, last: taken.last ?? -1), from: nil)
    var next = 0
    while next < nodes.count {
      guard nodes.count < limit else { throw .tooManyStates(limit: limit, depth: depth(of: next)) }
      let node = nodes[next]
      for (place, edge) in edges(from: node.state).enumerated() {
        let end = End(node: next, edge: place)
        note(active(edge.target) + edge.passed, edge.transitions, after: node.last, end)
        enter(Node(state: edge.target, last: edge.transitions.last ?? node.last), from: end)
      }
      next += 1
    }
  }

  private mutating func enter(_ node: Node, from end: End?) {
    guard places[node] == nil else { return }
    places[node] = nodes.count
    nodes.append(node)
    origins.append(end)
  }

  private mutating func note(
    _ active: [String], _ transitions: [Int], after last: Int, _ end: End?
  ) {
    for goal in goals(active, transitions, after: last) where found[goal] == nil {
      found[goal] = .some(end)
    }
  }

  /// What a step shows.
  func goals(_ active: [String], _ transitions: [Int], after last: Int) -> [Goal] {
    var before = last
    var goals: [Goal] = []
    for transition in transitions {
      goals.append(.transition(transition))
      if before >= 0 { goals.append(.pair(before, transition)) }
      before = transition
    }
    return goals + active.flatMap { lineages[$0] ?? [$0] }.map { .state($0) }
  }

  private mutating func number(_ state: ChartModel<C>.State) -> Int {
    if let number = numbers[state] { return number }
    numbers[state] = states.count
    states.append(state)
    return states.count - 1
  }

  private mutating func edges(from state: Int) -> [Edge] {
    if let known = edges[state] { return known }
    var steps: [(next: ChartModel<C>.State, edge: Edge)] = []
    model.expand(states[state]) { action, next in
      // What breaks a rule of the test is no way to show anything.
      guard next.fault == nil else { return }
      let taken = model.records.compactMap { $0.transition.map(Int.init) }
      let passed = model.records.compactMap { C.State(rawValue: $0.to)?.name }
      steps.append(
        (
          next,
          Edge(
            target: 0, action: action, transitions: taken, effects: model.effects, passed: passed)
        ))
    }
    let made = steps.map { next, edge in
      var edge = edge
      edge.target = number(next)
      return edge
    }
    edges[state] = made
    return made
  }

  // MARK: What was found

  /// The leaves of a state of the model.
  func active(_ state: Int) -> [String] { model.leaves(in: states[state]) }

  func edge(_ end: End) -> Edge { edges[nodes[end.node].state, default: []][end.edge] }

  /// The steps to an end, the first one first.
  func way(to end: End) -> [End] {
    var way = [end]
    while let before = origins[way[way.count - 1].node] { way.append(before) }
    return way.reversed()
  }

  private func depth(of node: Int) -> Int { origins[node].map { way(to: $0).count } ?? 0 }
}
