public import BatonCore

/// A chart of anybody, ready to be explored, checked and mutated.
///
///     let test = ChartTest(Door.self, events: [.open, .close, .lock, .unlock])
///     try test.explore()
///     try test.check()
///     try test.mutate()
///
/// Delays run out whenever they run; what comes of effects is told by ``answers``.
public struct ChartTest<C: Chart> {
  /// The chart that runs: its table, or a mutant's.
  public var table: Table<C>
  /// The extended state with which every run begins.
  public var memory: C.Memory
  /// What may come from outside, at any time.
  public var events: [C.Event]
  /// What may come of an effect: one of these events, some time later; nothing for most effects.
  public var answers: (C.Effect) -> [C.Event] = { _ in [] }
  /// What holds whenever the machine rests: a sentence, and how a snapshot is asked.
  public var invariants: [(name: String, holds: (Snapshot<C>) -> Bool)] = []
  /// Whether the machine may rest here for ever when nobody wants anything.
  public var mayRest: (Snapshot<C>) -> Bool = { _ in true }
  /// Whether every event that comes has to be mentioned by the state that it meets.
  public var expectsEvents = true
  /// Whether states differ by what the last step asked for: needed to tell mutants apart.
  public var comparesEffects = true
  /// Exploring gives up after so many different states.
  public var limit = 1_000_000

  /// A test of this chart.
  public init(
    _ chart: C.Type = C.self, memory: C.Memory, events: [C.Event], table: Table<C>? = nil
  ) {
    self.table = table ?? Table<C>.trusted()
    self.memory = memory
    self.events = events
  }

  /// Walks all states.
  ///
  /// - Throws: ``ChartFailure`` with the shortest way to what does not hold, or to a line of the
  ///   chart that was not used when `requiresAll` is set; `ExplorationError`.
  @discardableResult
  public func explore(requiresAll: Bool = false) throws -> ChartExploration<C> {
    let result = try walked(stopsEarly: true)
    if let violation = result.exploration.violations.first {
      throw ChartFailure(chart: "\(C.name)", violation: violation)
    }
    if requiresAll, let gap = result.coverage.gaps().first {
      throw ChartFailure(chart: "\(C.name)", gap: gap)
    }
    return result
  }

  /// Walks all states, and on behind what it finds unless it stops early.
  package func walked(stopsEarly: Bool = false) throws(ExplorationError) -> ChartExploration<C> {
    let model = ChartModel(self)
    var explorer = Explorer(model)
    explorer.limit = limit
    explorer.stopsEarly = stopsEarly
    let exploration = try explorer.run()
    return ChartExploration(exploration: exploration, coverage: model.coverage)
  }

  /// The graph of all states as a Promela model, so that SPIN counts and checks it by itself.
  ///
  /// - Throws: ``ExplorationError``, when there are more states than ``limit``.
  public func promela() throws(ExplorationError) -> String {
    var explorer = Explorer(ChartModel(self))
    explorer.limit = limit
    _ = try explorer.run()
    return explorer.promela()
  }

  /// Makes every mutant of the chart and explores it.
  ///
  /// - Parameter also: Another test of a chart, which throws when it finds something.
  /// - Returns: What found which mutant; a mutant whose graph is that of the chart is equivalent.
  /// - Throws: ``ChartFailure``, when the chart itself does not hold what is asked of it, and what
  ///   `also` throws for the chart itself: a test that fails without a mutant finds none;
  ///   `ExplorationError`.
  @discardableResult
  public func mutate(
    also: (Table<C>) throws -> Void = { _ in }
  ) throws -> MutationReport {
    let clock = ContinuousClock()
    let begin = clock.now
    let original = try explore().exploration
    try also(table)
    var lines: [MutationReport.Line] = []
    for mutant in Mutant<C>.all(of: table) {
      var line = MutationReport.Line(chart: "\(C.name)", mutation: "\(mutant.mutation)")
      hunt(mutant, original, &line, also)
      lines.append(line)
    }
    return MutationReport(lines: lines, seconds: (clock.now - begin) / .seconds(1))
  }

  private func hunt(
    _ mutant: Mutant<C>, _ original: Exploration, _ line: inout MutationReport.Line,
    _ also: (Table<C>) throws -> Void
  ) {
    guard mutant.mistakes.isEmpty else {
      line.layer = "definition"
      return
    }
    var changed = self
    changed.table = mutant.table
    changed.limit = min(limit, max(1_000, 20 * original.states))
    let result: Exploration
    do throws(ExplorationError) {
      result = try changed.walked(stopsEarly: true).exploration
    } catch {
      line.layer = "unbounded"
      line.reason = "\(error)"
      return
    }
    if let violation = result.violations.first {
      let isOfLife = ["stuck", "livelock"].contains(violation.name)
      line.layer = isOfLife ? violation.name : "safety"
      line.reason = violation.name
      return
    }
    do {
      try also(changed.table)
    } catch {
      line.layer = "test"
      line.reason = "\(error)".split(separator: "\n").first.map { String($0) }
      return
    }
    line.isEquivalent = result.digest == original.digest
  }
}

@available(*, unavailable)
extension ChartTest: Sendable {}

/// What a walk through all states of a chart found, and what of the chart it used.
public struct ChartExploration<C: Chart>: Sendable {
  /// How many states and transitions there are, and what does not hold.
  public let exploration: Exploration
  /// What was used by the walk, which is all that can be used.
  public let coverage: ChartCoverage<C>
}

/// Something that does not hold of a chart.
public struct ChartFailure: Error, CustomStringConvertible {
  /// The name of the chart, as in its drawing.
  public let chart: String
  /// What does not hold; nil when something was not used.
  public let violation: Exploration.Violation?
  /// What no run has used; nil when something does not hold.
  public let gap: CoverageGap?

  init(chart: String, violation: Exploration.Violation? = nil, gap: CoverageGap? = nil) {
    self.chart = chart
    self.violation = violation
    self.gap = gap
  }

  /// What does not hold and the shortest way there, or what was not used.
  public var description: String {
    guard let violation else { return "\(chart): \(gap.map { "\($0)" } ?? "")" }
    let steps = violation.steps.map { "  \($0.action): \($0.state)" }
    return (["\(chart): \(violation.name)"] + steps).joined(separator: "\n")
  }
}
