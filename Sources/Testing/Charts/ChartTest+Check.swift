import BatonCore
import Foundation

extension ChartTest {
  /// Random runs of the chart: for charts with too many states to be walked, and longer ones.
  ///
  /// - Parameters:
  ///   - cases: How many random runs there are.
  ///   - reachable: What has to be covered, such as the coverage of ``explore(requiresAll:)``; a
  ///     gap fails.
  ///   - options: The seed, the steps of a run and where failures are kept.
  /// - Throws: ``CheckFailure``, or ``ChartFailure`` for a gap.
  @discardableResult
  public func check(
    cases: Int = 500, requiring reachable: ChartCoverage<C>? = nil,
    options: CheckOptions = CheckOptions()
  ) throws -> (report: CheckReport, coverage: ChartCoverage<C>) {
    let model = ChartModel(self)
    let report = try ChartRuns<C>.with(model, self) {
      try BatonTesting.check(ChartRuns<C>.self, cases: cases, options: options)
    }
    if let reachable, let gap = model.coverage.gaps(reachable: reachable).first {
      throw ChartFailure(chart: "\(C.name)", gap: gap)
    }
    return (report, model.coverage)
  }
}

/// A run of a chart as a world: its steps are those of the model.
struct ChartRuns<C: Chart>: StateTest {
  private let model: ChartModel<C>
  private let test: ChartTest<C>
  private var state: ChartModel<C>.State

  /// What the runs of this thread are of: a test is a type, and the chart's test a value.
  private static var current: Current? {
    get { Thread.current.threadDictionary[key] as? Current }
    set { Thread.current.threadDictionary[key] = newValue }
  }
  private static var key: String { "baton.chart-test" }

  private struct Current {
    let model: ChartModel<C>
    let test: ChartTest<C>
  }

  static func with<R>(
    _ model: ChartModel<C>, _ test: ChartTest<C>, _ body: () throws -> R
  ) rethrows -> R {
    let former = current
    defer { current = former }
    current = Current(model: model, test: test)
    return try body()
  }

  init(_ choices: Choices) throws {
    guard let current = Self.current else { throw MachineError.endlessMacrostep }
    model = current.model
    test = current.test
    model.beginRun()
    state = model.initial
    model.count(model.use)
  }

  static var name: String { "\(C.name)" }

  /// The steps that nobody has to wish for: answers, and delays.
  private static func duties(
    _ world: Self
  ) -> [(state: ChartModel<C>.State, use: ChartModel<C>.Use)] {
    var steps: [(ChartModel<C>.State, ChartModel<C>.Use)] = []
    world.model.due(world.state) { _, state in steps.append((state, world.model.use)) }
    return steps
  }

  private mutating func take(_ step: (state: ChartModel<C>.State, use: ChartModel<C>.Use)) {
    state = step.state
    model.count(step.use)
  }

  static var commands: [Command<Self>] {
    let events = current?.test.events ?? []
    let wishes = events.indices.map { place in
      Command<Self>("\(events[place])") { world, _ in
        guard let next = world.model.wished(place, in: world.state) else { return }
        world.take((next, world.model.use))
      }
    }
    return wishes + [
      Command("what is due") { world, choices in
        world.take(choices.pick(duties(world), "what is due"))
      }.when { !duties($0).isEmpty }
    ]
  }

  static var invariants: [Invariant<Self>] {
    let count = current?.model.properties.count ?? 0
    return (0..<count).map { place in
      Invariant(current?.model.properties[place] ?? "") { world in
        world.model.judge(world.state).broken >> UInt64(place) & 1 == 0
      }
    }
  }

  static var goal: Invariant<Self>? {
    Invariant("it settles") { $0.model.isSettled($0.state) }
  }

  /// The answers that are due, and the delays.
  mutating func heal(_ choices: Choices) -> Bool {
    let duties = Self.duties(self)
    guard !model.isSettled(state), !duties.isEmpty else { return false }
    take(choices.pick(duties, "heal"))
    return true
  }

  var text: String { model.text(state: state) }
}

@available(*, unavailable)
extension ChartRuns: Sendable {}
