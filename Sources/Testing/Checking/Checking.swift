import Foundation

/// How long a check runs, where it begins, and what it keeps.
public struct CheckOptions: Sendable {
  /// How many cases are tried, beside those of the store.
  public var cases = 1_000
  /// How many steps one case has at most.
  public var steps = 60
  /// The seed of the first case; each has its own.
  public var seed: UInt64 = 1
  /// Where failures are kept and looked for; nil for nowhere.
  public var store: String?
  /// Every how many cases one is run twice.
  public var repeatsEvery = 50
  /// How many runs shrinking may take.
  public var shrinkingRuns = 2_000
  /// Prints the trace of a failure before it is shrunk, and what was healed.
  public var prints = true

  /// The defaults; failures are kept in `.state-failures` of the working directory, or in the
  /// folder that `STATE_FAILURES` names.
  public init() {
    store = ProcessInfo.processInfo.environment["STATE_FAILURES"] ?? ".state-failures"
  }
}

/// Checks a test: stored failures first, then fresh cases; throws one error for what fails.
///
/// `STATE_REPLAY=Test:1.2.3` in the environment runs that case alone.
///
/// - Throws: ``CheckFailure``.
@discardableResult
public func check<T: StateTest>(
  _ test: T.Type, cases: Int? = nil, options: CheckOptions = CheckOptions()
) throws -> CheckReport {
  var options = options
  if let cases { options.cases = cases }
  var checking = Checking<T>(options)
  try checking.run()
  return checking.report
}

struct Checking<T: StateTest> {
  /// What a failure is called that the same choices do not bring about again.
  private static var unsteady: String { "test is not deterministic" }

  let options: CheckOptions
  let name = T.name
  private(set) var report: CheckReport
  private let store: FailureStore?

  init(_ options: CheckOptions) {
    self.options = options
    report = CheckReport(test: T.name)
    store = options.store.map { FailureStore($0, test: T.name) }
  }

  mutating func run() throws {
    if let wanted = ProcessInfo.processInfo.environment["STATE_REPLAY"] {
      let parts = wanted.split(separator: ":", maxSplits: 1)
      if parts.count == 2, parts[0] == name, let list = CheckFailure.list(of: parts[1]) {
        _ = try once(Choices(replaying: list), isFresh: false)
        return
      }
    }
    for (file, list) in store?.lists ?? [] where try !once(Choices(replaying: list), isFresh: false)
    {
      report.healed.append(file)
      if options.prints { print("\(name): \(file) no longer reproduces") }
    }
    for number in 0..<options.cases {
      let seed = options.seed &+ UInt64(number)
      _ = try once(Choices(seed: seed), isFresh: true)
      if number % options.repeatsEvery == options.repeatsEvery - 1 { try again(seed) }
    }
    let missed = T.marks.filter { !report.marks.contains($0) }
    if let mark = missed.first, options.cases > 0 {
      throw failure("sometimes: \(mark)", "it never was, in \(report.cases) cases", [], [], 0, 0, 0)
    }
  }

  /// Runs one case; false when nothing failed and it was to be a failure.
  private mutating func once(_ choices: Choices, isFresh: Bool) throws -> Bool {
    let result = Case<T>(choices, steps: options.steps)
    report.cases += 1
    report.steps += result.steps
    report.counts.merge(result.counts) { $0 + $1 }
    report.counts.merge(choices.counts) { $0 + $1 }
    report.marks.formUnion(choices.marks)
    guard let failed = result.failure else { return false }
    if options.prints {
      print("\(name): \(failed.name): \(failed.detail)")
      for line in result.lines.suffix(200) { print("  \(line)") }
    }
    throw shrunk(result, choices.list)
  }

  private func shrunk(_ result: Case<T>, _ list: [UInt32]) -> CheckFailure {
    let wanted = result.failure?.name
    let steps = options.steps
    let replayed = Case<T>(Choices(replaying: list), steps: steps)
    guard replayed.failure?.name == wanted else {
      return failure(
        Self.unsteady,
        "\(wanted ?? "") failed once (\(result.failure?.detail ?? "")); the same choices again: "
          + (replayed.failure.map { "\($0.name), \($0.detail)" } ?? "nothing fails"),
        list, result.lines, result.steps, 1, result.hash)
    }
    var shrinking = Shrinking(list, executions: options.shrinkingRuns) { list in
      let choices = Choices(replaying: list)
      let again = Case<T>(choices, steps: steps)
      return again.failure?.name == wanted ? choices.list : nil
    }
    shrinking.run()
    let least = Case<T>(Choices(replaying: shrinking.best), steps: steps)
    let failure = failure(
      wanted ?? "", least.failure?.detail ?? "", shrinking.best, least.lines, result.steps,
      shrinking.executions, least.hash)
    store?.keep(failure)
    return failure
  }

  private func failure(
    _ what: String, _ detail: String, _ list: [UInt32], _ trace: [String], _ before: Int,
    _ executions: Int, _ hash: UInt64
  ) -> CheckFailure {
    CheckFailure(
      test: name, name: what, detail: detail, list: list, trace: trace, stepsBefore: before,
      executions: executions, hash: hash)
  }

  /// The same seed must do the same; the first choice that differs says where it does not.
  private mutating func again(_ seed: UInt64) throws {
    let (one, two) = (Choices(seed: seed), Choices(seed: seed))
    let first = Case<T>(one, steps: options.steps)
    let second = Case<T>(two, steps: options.steps)
    report.repeated += 1
    guard first.hash != second.hash else { return }
    let place = zip(one.made, two.made).enumerated().first { $0.element.0 != $0.element.1 }
    let label = place.map { "choice \($0.offset), \($0.element.0.label)" } ?? "no choice"
    let line = zip(first.lines, second.lines).first { $0 != $1 }
    throw failure(
      Self.unsteady,
      "\(label) differs first; \(line.map { "\($0.0) or \($0.1)" } ?? "")", one.list, first.lines,
      first.steps, 0, first.hash)
  }
}
