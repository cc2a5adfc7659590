import BatonCore

extension ChartTest {
  /// Shortest ways to every state, every transition and every pair of transitions that follow one
  /// another, for testing a system that is not this code.
  ///
  /// What breaks ``expectsEvents`` or fails is on no way; invariants are not looked at.
  ///
  /// - Throws: `ExplorationError`, when there are more states than ``limit``, each counted once for
  ///   every transition that may be the last one before it.
  public func paths() throws(ExplorationError) -> ChartPaths {
    var finder = PathFinder(self)
    try finder.run()
    let outline = table.outline
    var result = ChartPaths(
      chart: "\(C.name)", initial: finder.active(finder.nodes[0].state),
      transitions: outline.transitions.map(finder.model.coverage.text), paths: [], unreachable: [])
    var shown = Set(finder.found.filter { $0.value == nil }.keys)
    for way in Self.longest(finder) {
      result.paths.append(Self.path(way, finder, &shown))
    }
    let goals: [(PathFinder<C>.Goal, String)] =
      outline.states.filter { !$0.kind.isPast }.map { (.state($0.name), $0.name) }
      + outline.transitions.indices.map { (.transition($0), result.transitions[$0]) }
    result.unreachable = goals.filter { finder.found[$0.0] == nil }.map(\.1)
    return result
  }

  /// The ways that are not the beginning of another one, shortest first.
  private static func longest(_ finder: PathFinder<C>) -> [[PathFinder<C>.End]] {
    let ends = Set(finder.found.values.compactMap { $0 })
    let ways = ends.map { (end: $0, way: finder.way(to: $0)) }.sorted {
      ($0.way.count, $0.end.node, $0.end.edge) < ($1.way.count, $1.end.node, $1.end.edge)
    }.map(\.way)
    let inside = Set(ways.flatMap { $0.dropLast() })
    return ways.filter { way in way.last.map { !inside.contains($0) } ?? false }
  }

  /// One way in words, and what it is the first of the list to show.
  private static func path(
    _ way: [PathFinder<C>.End], _ finder: PathFinder<C>, _ shown: inout Set<PathFinder<C>.Goal>
  ) -> ChartPaths.Path {
    var path = ChartPaths.Path(states: [], transitions: [], pairs: [], steps: [])
    for end in way {
      let edge = finder.edge(end)
      let active = finder.active(edge.target)
      path.steps.append(
        ChartPaths.Step(
          event: finder.model.text(action: edge.action), transitions: edge.transitions,
          effects: edge.effects, states: active))
      let goals = finder.goals(
        active + edge.passed, edge.transitions, after: finder.nodes[end.node].last)
      for goal in goals where shown.insert(goal).inserted {
        switch goal {
        case .state(let name): path.states.append(name)
        case .transition(let number): path.transitions.append(number)
        case .pair(let one, let other): path.pairs.append([one, other])
        }
      }
    }
    return path
  }
}
