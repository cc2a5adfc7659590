import BatonCore

/// Walks a chart breadth first, by states and the transition that was taken last, so that the first
/// way to a pair of transitions is a shortest one.
struct PathFinder<Source: PathSource> {
  /// One step out of a state, and the number of the state that it leads to.
  struct Edge {
    var target: Int
    var step: PathStep<Source.State>
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

  let source: Source
  let outline: Outline
  private let limit: Int
  private let lineages: [String: [String]]
  private var numbers: [Source.State: Int] = [:]
  private(set) var states: [Source.State] = []
  /// By state, those out of it; made when they are asked for.
  private var edges: [Int: [Edge]] = [:]
  private(set) var nodes: [Node] = []
  private var places: [Node: Int] = [:]
  /// By node, the step that came to it first; nil for the start.
  private var origins: [End?] = []
  /// The first step that shows it; nil when the start does.
  private(set) var found: [Goal: End?] = [:]

  /// Nodes between two reports of progress.
  private static var reportEvery: Int { 4096 }

  /// Walks.
  ///
  /// - Parameter progress: Told now and then how many nodes were met, and at which depth.
  /// - Throws: `ExplorationError`, when there are more nodes than the limit.
  init(
    _ source: Source, limit: Int, progress: (Int, Int) -> Void = { _, _ in }
  ) throws(ExplorationError) {
    self.source = source
    self.limit = limit
    outline = source.outline
    lineages = Self.lineages(of: outline)
    try run(progress)
  }

  /// By the name of a state, it and those around it.
  private static func lineages(of outline: Outline) -> [String: [String]] {
    let states = outline.states
    var lineages: [String: [String]] = [:]
    for state in states {
      var lineage = [state.name]
      var around = state.parent
      while let place = around {
        lineage.append(states[place].name)
        around = states[place].parent
      }
      lineages[state.name] = lineage
    }
    return lineages
  }

  private mutating func run(_ progress: (Int, Int) -> Void) throws(ExplorationError) {
    let begin = source.begin
    let first = number(begin.state)
    note(active(first) + begin.passed, begin.transitions, after: -1, nil)
    enter(Node(state: first, last: begin.transitions.last ?? -1), from: nil)
    var next = 0
    while next < nodes.count {
      guard nodes.count < limit else { throw .tooManyStates(limit: limit, depth: depth(of: next)) }
      let node = nodes[next]
      for (place, edge) in edges(from: node.state).enumerated() {
        let end = End(node: next, edge: place)
        let step = edge.step
        note(active(edge.target) + step.passed, step.transitions, after: node.last, end)
        enter(Node(state: edge.target, last: step.transitions.last ?? node.last), from: end)
      }
      next += 1
      if next % Self.reportEvery == 0 { progress(nodes.count, depth(of: next - 1)) }
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

  private mutating func number(_ state: Source.State) -> Int {
    if let number = numbers[state] { return number }
    numbers[state] = states.count
    states.append(state)
    return states.count - 1
  }

  private mutating func edges(from state: Int) -> [Edge] {
    if let known = edges[state] { return known }
    let made = source.steps(from: states[state]).map { Edge(target: number($0.state), step: $0) }
    edges[state] = made
    return made
  }

  // MARK: What was found

  /// The leaves of a state of the model.
  func active(_ state: Int) -> [String] { source.leaves(in: states[state]) }

  func edge(_ end: End) -> Edge { edges[nodes[end.node].state, default: []][end.edge] }

  /// The steps to an end, the first one first.
  func way(to end: End) -> [End] {
    var way = [end]
    while let before = origins[way[way.count - 1].node] { way.append(before) }
    return way.reversed()
  }

  private func depth(of node: Int) -> Int { origins[node].map { way(to: $0).count } ?? 0 }
}
