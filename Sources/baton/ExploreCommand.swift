import ArgumentParser
import BatonTesting
import Foundation

/// `baton explore`: all states of a model.
struct ExploreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Walks all states of a model and looks for what must not be.",
    discussion: """
      Breadth first, with every state stored as it is; then for circles in which nothing settles. \
      The models are two-phase-commit, yardstick (a handover by messages alone), handover (ours). \
      Exit status 1 when \
      something is violated; the shortest way there is printed.
      """)

  @Option(help: "two-phase-commit: resource managers, 1 to 14.")
  var managers = 5

  @Option(help: "handover, yardstick: processes that crash.")
  var crashes = 0

  @Option(help: "handover: processes that hang.")
  var hangs = 0

  @Option(help: "handover: cancels.")
  var cancels = 0

  @Flag(help: "handover: whatever may refuse does.")
  var refusals = false

  @Flag(help: "handover: pause before the switch.")
  var pauses = false

  @Option(help: "yardstick: messages that are lost.")
  var losses = 0

  @Option(help: "yardstick: messages that come twice.")
  var duplicates = 0

  @Option(help: "yardstick: states that cannot be loaded.")
  var failures = 0

  @Option(help: "handover, yardstick: targets that are started anew.")
  var restarts = 0

  @Option(help: "handover, yardstick: queues, 1 to 4.")
  var queues = 1

  @Option(help: "handover, yardstick: attempts, 1 to 3.")
  var attempts = 1

  @Flag(help: "Do not look for circles in which nothing settles.")
  var safetyOnly = false

  @Option(help: "Write one JSON object to this file, - for standard output.")
  var json: String?

  @Option(
    help: ArgumentHelp("Seed a mistake that must be found: \(Self.mistakes).", valueName: "name"))
  var mistake: String?

  @Argument(help: "The model.")
  var model: String

  private static var mistakes: String {
    TwoPhaseCommit.Mistake.allCases.map(\.rawValue).joined(separator: ", ")
  }

  func validate() throws {
    guard ["two-phase-commit", "yardstick", "handover"].contains(model) else {
      throw ValidationError(
        "no model is named \(model): there are two-phase-commit, yardstick, handover")
    }
    guard 1...TwoPhaseCommit.managersMax ~= managers else {
      throw ValidationError(
        "--managers \(managers) is not possible: 1 to \(TwoPhaseCommit.managersMax) are")
    }
    if let mistake, TwoPhaseCommit.Mistake(rawValue: mistake) == nil {
      throw ValidationError("--mistake \(mistake) is not known: \(Self.mistakes)")
    }
  }

  func run() throws {
    let result: Exploration
    do {
      result = try explored { states, depth in
        FileHandle.standardError.write(Data("\(states) states, depth \(depth)\n".utf8))
      }
    } catch {
      FileHandle.standardError.write(Data("baton explore: \(error)\n".utf8))
      throw ExitCode.failure
    }
    try write(result)
    if json != "-" { print(text(result)) }
    if !result.violations.isEmpty { throw ExitCode.failure }
  }

  private func explored(
    _ progress: @escaping (Int, Int) -> Void
  ) throws(ExplorationError) -> Exploration {
    switch model {
    case "handover":
      var budgets = HandoverBudgets()
      (budgets.crashes, budgets.hangs, budgets.cancels) = (crashes, hangs, cancels)
      (budgets.refusals, budgets.attempts) = (refusals, attempts)
      (budgets.restarts, budgets.queues, budgets.pauses) = (restarts, queues, pauses)
      return try HandoverModel(budgets).explored(progress: progress)
    case "yardstick":
      let budgets = Yardstick.Budgets(
        crashes: crashes, losses: losses, duplicates: duplicates, failures: failures,
        restarts: restarts, queues: queues, attempts: attempts)
      return try Yardstick(budgets).explored(findsLivelocks: !safetyOnly, progress: progress)
    case _:
      let model = TwoPhaseCommit(
        managers: managers, mistake: mistake.flatMap(TwoPhaseCommit.Mistake.init))
      return try model.explored(findsLivelocks: !safetyOnly, progress: progress)
    }
  }

  private func write(_ result: Exploration) throws {
    guard let json else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let data = try encoder.encode(result) + Data("\n".utf8)
    if json == "-" {
      FileHandle.standardOutput.write(data)
    } else {
      try data.write(to: URL(filePath: json))
    }
  }

  private func text(_ result: Exploration) -> String {
    var lines = [
      "\(result.states) states, \(result.transitions) transitions, depth \(result.depth)",
      String(
        format: "%.2f s, %.0f states/s, %.0f bytes/state", result.seconds, result.statesPerSecond,
        result.bytesPerState),
    ]
    for property in result.properties {
      lines.append(String(format: "%10d  %@", property.states, property.name))
    }
    for violation in result.violations {
      lines.append("✗ \(violation.name), after \(violation.steps.count - 1) steps:")
      lines += violation.steps.map { "    \($0.process) \($0.action): \($0.state)" }
    }
    if result.violations.isEmpty { lines.append("✓ nothing is violated, and nothing is stuck") }
    return lines.joined(separator: "\n")
  }
}
