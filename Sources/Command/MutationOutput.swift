package import ArgumentParser
package import BatonTesting
import Foundation

/// What is told of mutants, and which survivors are known.
package struct MutationOutput: ParsableArguments {
  @Option(help: "Write one JSON object to this file, - for standard output.")
  package var json: String?

  @Option(help: "A file of survivors that are known, a line each: the mutant, a tab, the reason.")
  package var explained: String?

  package init() {}

  /// Prints the report.
  ///
  /// - Throws: `ExitCode` 1, when a mutant survives that nobody has explained.
  package func tell(_ report: MutationReport) throws {
    if let json { try OutputFile.write(json: report, to: json, isPretty: true) }
    let known = try explanations()
    let unexplained = report.survivors.filter { known["\($0.chart) \($0.mutation)"] == nil }
    if json != OutputFile.standard {
      print(report.text)
      print(String(format: "%.1f s", report.seconds))
      if explained != nil { print("\(unexplained.count) survivors without an explanation") }
    }
    if !unexplained.isEmpty { throw ExitCode.failure }
  }

  private func explanations() throws -> [String: String] {
    guard let explained else { return [:] }
    let text = try String(contentsOf: URL(filePath: explained), encoding: .utf8)
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    return Dictionary(
      lines.map { line in
        let parts = line.split(separator: "\t", maxSplits: 1)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
      }, uniquingKeysWith: { first, _ in first })
  }
}
