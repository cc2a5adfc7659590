package import ArgumentParser
package import BatonTesting
import Foundation

/// Where to goes what a walk has found.
package struct ExploreOutput: ParsableArguments {
  @Option(help: "Write one JSON object to this file, - for standard output.")
  package var json: String?

  @Option(help: "Write the first counterexample, with the charts, as a page to this file.")
  package var html: String?

  @Option(help: "A chart: write the graph of all its states to this file, for SPIN.")
  package var promela: String?

  @Option(help: "Write what of the charts was used to this file, for `charts --coverage`.")
  package var coverage: String?

  package init() {}

  /// Refuses what only a chart with code has.
  ///
  /// - Throws: `ValidationError`, which names the option.
  package func refuseCode() throws {
    let unused = [("--html", html), ("--promela", promela), ("--coverage", coverage)]
    guard let option = unused.first(where: { $0.1 != nil }) else { return }
    throw ValidationError("\(option.0) goes with a chart that is walked with its code")
  }

  /// Walks a chart with its code, and writes its graph if that is asked for.
  package func walked(
    _ tested: TestedEntry
  ) throws(ExplorationError) -> (exploration: Exploration, coverage: CoverageFile?) {
    let (exploration, used) = try tested.walk()
    if let promela {
      let text = try tested.promela()
      _ = FileManager.default.createFile(atPath: promela, contents: Data(text.utf8))
    }
    return (exploration, CoverageFile(charts: [used]))
  }

  /// Writes and prints it.
  ///
  /// - Throws: `ExitCode` 1, when something is violated; what a file cannot be written for.
  package func tell(
    _ result: Exploration, coverage used: CoverageFile? = nil, remarks: [String] = []
  ) throws {
    if let json { try OutputFile.write(json: result, to: json) }
    if let coverage, let used { try OutputFile.write(json: used, to: coverage) }
    if let html { try ExplorePage(result, coverage: used).write(to: html) }
    if json != OutputFile.standard {
      for line in remarks { print(line) }
      print(ExploreText(result).text)
    }
    if !result.violations.isEmpty { throw ExitCode.failure }
  }
}
