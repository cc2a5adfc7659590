import ArgumentParser
import BatonTesting
import Foundation

/// `baton explore`: all states of a model.
struct ExploreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Walks all states of a model and looks for what must not be.",
    discussion: """
      Breadth first, with every state stored as it is. The model is two-phase-commit. Exit status \
      1 when something is violated; the shortest way there is printed.
      """)

  @Option(help: "Resource managers of two-phase-commit, 1 to 14.")
  var managers = 5

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
    guard model == "two-phase-commit" else {
      throw ValidationError("no model is named \(model): there is two-phase-commit")
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
    let protocolModel = TwoPhaseCommit(
      managers: managers, mistake: mistake.flatMap(TwoPhaseCommit.Mistake.init))
    let result: Exploration
    do {
      result = try protocolModel.explored { states, depth in
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
    for violation in result.violations {
      lines.append("✗ \(violation.name), after \(violation.steps.count - 1) steps:")
      lines += violation.steps.map { "    \($0)" }
    }
    if result.violations.isEmpty { lines.append("✓ nothing is violated, and nothing is stuck") }
    return lines.joined(separator: "\n")
  }
}
