package import ArgumentParser
package import BatonCore
package import BatonTesting
import Foundation

/// Where to goes what a walk has found.
package struct ExploreOutput: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write one JSON object to this file, - for standard output.", valueName: "file"))
  package var json: String?

  @Option(
    help: ArgumentHelp(
      "Write the first counterexample, with the charts, as a page to this file.", valueName: "file")
  )
  package var html: String?

  @Option(
    help: ArgumentHelp(
      "A chart: write the graph of all its states to this file, for SPIN.", valueName: "file"))
  package var promela: String?

  @Option(
    help: ArgumentHelp(
      "Write what of the charts was used to this file, for `charts --coverage`.", valueName: "file")
  )
  package var coverage: String?

  package init() {}

  package func validate() throws {
    try OutputFile.checkDistinct([
      ("--json", json), ("--html", html), ("--promela", promela), ("--coverage", coverage),
    ])
  }

  /// Opens the files before the walk.
  ///
  /// - Throws: `ExitCode` 1, when one cannot be written.
  package func opened() throws -> ExploreFiles { try ExploreFiles(self) }
}

/// The files that a walk is written to, open.
package struct ExploreFiles {
  private let json: OutputFile?
  private let html: OutputFile?
  private let coverage: OutputFile?
  /// Where the graph of a chart goes; nil when it is not asked for.
  package let promela: OutputFile?
  /// Whether standard output has the JSON object, and nothing else.
  private let isQuiet: Bool

  fileprivate init(_ output: ExploreOutput) throws {
    json = try output.json.map { try OutputFile($0) }
    html = try output.html.map { try OutputFile($0) }
    promela = try output.promela.map { try OutputFile($0) }
    coverage = try output.coverage.map { try OutputFile($0) }
    isQuiet = output.json == OutputFile.standard
  }

  /// Walks a chart with its code, and writes its graph if that is asked for.
  package func walked(
    _ tested: TestedEntry
  ) throws -> (exploration: Exploration, coverage: CoverageFile?) {
    let (exploration, used) = try tested.walk()
    if let promela { try promela.write(Data(try tested.promela().utf8)) }
    return (exploration, CoverageFile(charts: [used]))
  }

  /// Writes and prints what a walk without code has found, its graph too if that is asked for.
  ///
  /// - Throws: As ``tell(_:coverage:remarks:charts:)``.
  func tell(_ walk: OutlineWalk) throws {
    try promela?.write(Data(walk.promela.utf8))
    // It costs a second walk.
    let isUsed = coverage != nil || html != nil
    try tell(
      walk.exploration, coverage: isUsed ? CoverageFile(charts: [walk.coverage]) : nil,
      remarks: walk.remarks, charts: [walk.outline])
  }

  /// Writes and prints it.
  ///
  /// - Parameter charts: Those of a page; nil for those of the process that were used.
  /// - Throws: `ExitCode` 1, when something is violated; what a file cannot be written for.
  package func tell(
    _ result: Exploration, coverage used: CoverageFile? = nil, remarks: [String] = [],
    charts: [Outline]? = nil
  ) throws {
    try json?.write(json: result)
    if let used { try coverage?.write(json: used) }
    try html?.write(Data(try ExplorePage(result, coverage: used, charts: charts).text().utf8))
    if !isQuiet {
      for line in remarks { StandardOutput.print(line) }
      StandardOutput.print(ExploreText(result).text)
    }
    if !result.violations.isEmpty { throw ExitCode.failure }
  }
}
