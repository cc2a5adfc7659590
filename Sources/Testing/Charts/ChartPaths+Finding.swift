package import BatonCore

extension ChartPaths {
  /// The ways of a chart without code: every event that it names may come at any time, and a guard
  /// holds or not as the way says.
  ///
  /// - Parameters:
  ///   - outline: The chart.
  ///   - limit: States after which it is given up, each counted once for every transition that may
  ///     be the last one before it.
  ///   - progress: Told now and then how many of them were met, and at which depth.
  /// - Throws: `ExplorationError`; `OutlineContradiction` when states or defaults do not lead
  ///   downwards.
  package init(
    of outline: Outline, limit: Int, progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    let model: OutlineModel
    do throws(StructureError) { model = try OutlineModel(outline) } catch {
      throw OutlineContradiction(error, in: outline)
    }
    self.init(try PathFinder(model, limit: limit, progress: progress))
  }

  /// What a finder has found, in words.
  init<Source>(_ finder: PathFinder<Source>) {
    let outline = finder.outline
    self.init(
      chart: outline.name, initial: finder.active(finder.nodes[0].state),
      transitions: outline.transitions.map(outline.text), paths: [], unreachable: [])
    var shown = Set(finder.found.filter { $0.value == nil }.keys)
    for way in Self.longest(finder) { paths.append(Self.path(way, finder, &shown)) }
    let goals: [(PathFinder<Source>.Goal, String)] =
      outline.states.filter { !$0.kind.isPast }.map { (.state($0.name), $0.name) }
      + outline.transitions.indices.map { (.transition($0), transitions[$0]) }
    unreachable = goals.filter { finder.found[$0.0] == nil }.map(\.1)
  }

  /// The ways that are not the beginning of another one, shortest first.
  private static func longest<Source>(
    _ finder: PathFinder<Source>
  ) -> [[PathFinder<Source>.End]] {
    let ends = Set(finder.found.values.compactMap { $0 })
    let ways = ends.map { (end: $0, way: finder.way(to: $0)) }.sorted {
      ($0.way.count, $0.end.node, $0.end.edge) < ($1.way.count, $1.end.node, $1.end.edge)
    }.map(\.way)
    let inside = Set(ways.flatMap { $0.dropLast() })
    return ways.filter { way in way.last.map { !inside.contains($0) } ?? false }
  }

  /// One way in words, and what it is the first of the list to show.
  private static func path<Source>(
    _ way: [PathFinder<Source>.End], _ finder: PathFinder<Source>,
    _ shown: inout Set<PathFinder<Source>.Goal>
  ) -> Path {
    var path = Path(states: [], transitions: [], pairs: [], steps: [])
    for end in way {
      let edge = finder.edge(end)
      let step = edge.step
      let active = finder.active(edge.target)
      path.steps.append(
        Step(
          event: step.event, guards: step.guards, transitions: step.transitions,
          effects: step.effects, states: active))
      let goals = finder.goals(
        active + step.passed, step.transitions, after: finder.nodes[end.node].last)
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
