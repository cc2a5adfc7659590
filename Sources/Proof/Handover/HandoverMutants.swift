import BatonCore
import BatonMig
package import BatonTesting
import Dispatch
import Synchronization

/// Every mutant of both migration charts, hunted by the explorer.
package struct HandoverMutants: Sendable {
  /// Told after each mutant how many are done, of how many.
  package var progress: (@Sendable (Int, Int) -> Void)?
  /// Every how many mutants are hunted; 1 for all.
  package var stride = 1

  package init() {}

  /// The budgets in which they are hunted, the small ones first.
  package static var hunts: [HandoverBudgets] {
    func plan(_ change: (inout HandoverBudgets) -> Void) -> HandoverBudgets {
      var budgets = HandoverBudgets()
      change(&budgets)
      return budgets
    }
    return [
      plan { _ in }, plan { $0.crashes = 1 }, plan { $0.hangs = 1 }, plan { $0.refusals = true },
      plan { $0.cancels = 1 }, plan { ($0.hangs, $0.crashes) = (1, 1) },
      plan { ($0.commands, $0.pauses) = (1, true) }, plan { ($0.commands, $0.strangers) = (2, 1) },
      plan { ($0.attempts, $0.refusals) = (2, true) },
      plan { ($0.delays, $0.cancels, $0.refusals) = (true, 1, true) },
      plan { ($0.pauses, $0.cancels, $0.crashes, $0.refusals) = (true, 1, 1, true) },
      plan { ($0.attempts, $0.cancels, $0.crashes) = (2, 1, 1) },
      .all,
    ]
  }

  /// The graphs of the charts as they are, to compare with.
  private struct Original: Sendable {
    var explorations: [UInt64] = []
    var books: [Int] = []

    init() throws(ExplorationError) {
      for budgets in HandoverMutants.hunts {
        let model = HandoverModel(budgets)
        explorations.append(try model.explored().digest)
        books.append(model.bookDigest)
      }
    }
  }

  /// A mutant, and how to make the handover with it.
  private struct Job: Sendable {
    var line: MutationReport.Line
    /// Whether it could have been built.
    let isSound: Bool
    let model: @Sendable (HandoverBudgets) -> HandoverModel
  }

  private static var jobs: [Job] {
    let sources = Mutant<OutgoingChart>.all(of: OutgoingChart.table).map { mutant in
      Job(
        line: .init(chart: "Outgoing", mutation: "\(mutant.mutation)"), isSound: mutant.isSound,
        model: { HandoverModel($0, source: mutant.table) })
    }
    let targets = Mutant<IncomingChart>.all(of: IncomingChart.table).map { mutant in
      Job(
        line: .init(chart: "Incoming", mutation: "\(mutant.mutation)"), isSound: mutant.isSound,
        model: { HandoverModel($0, target: mutant.table) })
    }
    return sources + targets
  }

  /// Hunts them all, on every processor.
  package func run() throws(ExplorationError) -> MutationReport {
    let clock = ContinuousClock()
    let begin = clock.now
    let original = try Original()
    let jobs = Self.jobs.enumerated().filter { $0.offset % stride == stride - 1 }.map(\.element)
    let results = Mutex<(lines: [MutationReport.Line?], done: Int, error: ExplorationError?)>(
      (Array(repeating: nil, count: jobs.count), 0, nil))
    let progress = progress
    DispatchQueue.concurrentPerform(iterations: jobs.count) { place in
      let line = Result { () throws(ExplorationError) in
        try Self.hunt(jobs[place], original)
      }
      results.withLock { results in
        switch line {
        case .success(let line): results.lines[place] = line
        case .failure(let error): results.error = error
        }
        results.done += 1
        progress?(results.done, jobs.count)
      }
    }
    let (lines, error) = results.withLock { ($0.lines, $0.error) }
    if let error { throw error }
    return MutationReport(
      lines: lines.compactMap { $0 }, seconds: (clock.now - begin) / .seconds(1))
  }

  /// The explorer first, so that the report says what it finds by itself; then the checks of the
  /// definition, with which the mutant could not have been built.
  private static func hunt(
    _ job: Job, _ original: Original
  ) throws(ExplorationError) -> MutationReport.Line {
    var line = job.line
    var isSame = true
    for (place, budgets) in Self.hunts.enumerated() {
      // What could not be built is looked for in the small worlds only.
      if !job.isSound, place == 8 { break }
      let model = job.model(budgets)
      let result = try model.explored(stopsEarly: true, limit: 2_000_000)
      if let violation = result.violations.first {
        line.layer = Self.layer(of: violation.name)
        line.reason = violation.name
        return line
      }
      if !model.ends.contains("completed completed") {
        line.layer = "goal"
        line.reason = "no handover completes"
        return line
      }
      isSame =
        isSame && result.digest == original.explorations[place]
        && model.bookDigest == original.books[place]
    }
    if !job.isSound {
      line.layer = "definition"
    } else {
      line.isEquivalent = isSame
    }
    return line
  }

  private static func layer(of name: String) -> String {
    let leaks: [HandoverProperty] = [
      .nothingLeft, .failedLoadCloses, .bothDead, .hangsUp, .withdraws, .releasesLate,
    ]
    if name == "stuck" || name == "livelock" { return name }
    return leaks.contains { $0.text == name } ? "leak" : "safety"
  }
}
