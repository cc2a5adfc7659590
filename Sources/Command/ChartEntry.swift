package import BatonCore
package import BatonTesting

/// A chart of which a command knows no more than what it can be asked.
package struct ChartEntry: Sendable {
  /// As in drawings and traces.
  package let name: String
  /// The chart with its types erased; only of a definition without mistakes.
  package let outline: @Sendable () -> Outline
  /// What is wrong with the definition, a sentence each.
  package let mistakes: @Sendable () -> [String]
  /// What may have been forgotten: events that a state does not mention, states that nothing
  /// leaves; only of a definition without mistakes.
  package let doubts: @Sendable () -> [String]
  /// How it is tested; nil when nobody has said that.
  package let tested: TestedEntry?

  /// A chart that is code; how it is tested is told by itself, if it is a `TestedChart`.
  package init(of chart: any Chart.Type) {
    func entry<C: Chart>(_ chart: C.Type) -> ChartEntry {
      ChartEntry(chart, (chart as? any TestedChart.Type).map { TestedEntry(of: $0) })
    }
    self = entry(chart)
  }

  /// A chart that somebody else says how to test.
  package init<C: Chart>(_ test: @escaping @Sendable () -> ChartTest<C>) {
    self.init(C.self, TestedEntry(test))
  }

  /// Transitions from a region to a state inside it that are not internal: they leave all regions
  /// and enter them again (SCXML 3.13), which is seldom meant.
  private static func leavingRegions(_ outline: Outline) -> [String] {
    let states = outline.states
    func isInside(_ state: Int, _ region: Int) -> Bool {
      states[state].parent.map { $0 == region || isInside($0, region) } ?? false
    }
    return outline.transitions.compactMap { it in
      let parent = states[it.source].parent
      guard let parent, states[parent].kind == .parallel, !it.isInternal, !it.targets.isEmpty,
        it.targets.allSatisfy({ isInside($0, it.source) })
      else { return nil }
      let targets = it.targets.map { states[$0].name }.joined(separator: ", ")
      return "a transition of region \(states[it.source].name) to \(targets) leaves all regions of "
        + "\(states[parent].name); one that is internal does not"
    }
  }

  private init<C: Chart>(_ chart: C.Type, _ tested: TestedEntry?) {
    name = "\(C.name)"
    outline = { Table<C>.trusted().outline }
    mistakes = {
      do throws(ChartError) {
        _ = try Table(C.self)
        return []
      } catch {
        return error.located
      }
    }
    doubts = {
      let table = Table<C>.trusted()
      return table.gaps.map { "state \($0.state.name) does not mention event \($0.kind.name)" }
        + table.traps.map { "state \($0.name) has no way out" }
        + Self.leavingRegions(table.outline)
    }
    self.tested = tested
  }
}

/// A chart that says how it is tested.
package struct TestedEntry: Sendable {
  /// All states, and what of the chart was used.
  package let walk: @Sendable () throws(ExplorationError) -> (Exploration, CoverageReport)
  /// The graph of all states for SPIN.
  package let promela: @Sendable () throws(ExplorationError) -> String
  /// Random runs, so many; what they did in a line. Throws what does not hold.
  package let check: @Sendable (Int) throws -> String
  /// Every mutant.
  package let mutate: @Sendable () throws -> MutationReport
  /// Ways to all that it has, up to so many states.
  package let paths: @Sendable (Int, (Int, Int) -> Void) throws -> ChartPaths

  init(of chart: any TestedChart.Type) {
    func entry<C: TestedChart>(_ chart: C.Type) -> TestedEntry { TestedEntry { C.test } }
    self = entry(chart)
  }

  init<C: Chart>(_ test: @escaping @Sendable () -> ChartTest<C>) {
    walk = { () throws(ExplorationError) in
      let result = try test().walked()
      return (result.exploration, result.coverage.report)
    }
    promela = { () throws(ExplorationError) in try test().promela() }
    check = { try test().check(cases: $0).report.text }
    mutate = { try test().mutate() }
    paths = { limit, progress in
      var test = test()
      test.limit = limit
      return try test.paths(progress: progress)
    }
  }
}
