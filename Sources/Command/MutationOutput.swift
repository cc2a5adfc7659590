package import ArgumentParser
package import BatonTesting
import Foundation

/// What is told of mutants, and which survivors are known.
package struct MutationOutput: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write one JSON object to this file, - for standard output.", valueName: "file"))
  package var json: String?

  @Option(
    help: ArgumentHelp(
      "A file of survivors that are known, a line each: the mutant, a tab, the reason.",
      valueName: "file"))
  package var explained: String?

  package init() {}

  /// Opens and reads the files before the hunt.
  ///
  /// - Throws: `ExitCode` 1, when one cannot be written or read, or is none.
  package func opened() throws -> MutationFiles { try MutationFiles(self) }
}

/// The files of a hunt for mutants: one open, one read.
package struct MutationFiles {
  private let json: OutputFile?
  /// Whether standard output has the JSON object, and nothing else.
  private let isQuiet: Bool
  /// The reasons by the mutants that are known to survive; nil when nobody has named any.
  private let known: [String: String]?

  fileprivate init(_ output: MutationOutput) throws {
    json = try output.json.map { try OutputFile($0) }
    isQuiet = output.json == OutputFile.standard
    known = try output.explained.map(Self.explanations)
  }

  /// Prints the report.
  ///
  /// - Throws: `ExitCode` 1, when a mutant survives that nobody has explained.
  package func tell(_ report: MutationReport) throws {
    try json?.write(json: report, isPretty: true)
    let unexplained = report.survivors.filter { known?["\($0.chart) \($0.mutation)"] == nil }
    if !isQuiet {
      StandardOutput.print(report.text)
      StandardOutput.print(String(format: "%.1f s", report.seconds))
      if known != nil {
        StandardOutput.print("\(unexplained.count) survivors without an explanation")
      }
    }
    if !unexplained.isEmpty { throw ExitCode.failure }
  }

  private static func explanations(_ path: String) throws -> [String: String] {
    let text = try InputFile.text(path)
    guard !text.isEmpty else {
      throw OutputFile.refusal(path, line: 1, "is empty: a mutant, a tab and the reason are a line")
    }
    var known: [String: String] = [:]
    // Of either kind of line's end: CR LF is one character.
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (number, line) in lines.enumerated() where !line.isEmpty && !line.hasPrefix("#") {
      let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts.allSatisfy({ $0.contains { !$0.isWhitespace } }) else {
        throw OutputFile.refusal(
          path, line: number + 1, "is no mutant, a tab and the reason: \(line.prefix(80))")
      }
      if known["\(parts[0])"] == nil { known["\(parts[0])"] = "\(parts[1])" }
    }
    return known
  }
}
