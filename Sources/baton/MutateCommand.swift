import ArgumentParser
import BatonCore
import BatonHost
import BatonProof
import BatonTesting
import Foundation

/// `baton mutate`: do the explorer's properties bite?
struct MutateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mutate",
    abstract: "Breaks the handover's charts in every way, and looks whether the explorer sees it.",
    discussion: """
      Each mutant is one change of the definition of a migration chart. One in which nothing that \
      can happen differs is proved equivalent, and left out of the score. Exit status 1 when a \
      mutant survives that --explained does not name.
      """)

  @Option(help: "Write one JSON object to this file, - for standard output.")
  var json: String?

  @Option(help: "A file of survivors that are known, a line each: the mutant, a tab, the reason.")
  var explained: String?

  @Option(help: "Hunt every n-th mutant only.")
  var every = 1

  func validate() throws {
    guard every > 0 else { throw ValidationError("--every \(every) is not possible: 1 or more is") }
  }

  func run() throws {
    var hunt = HandoverMutants()
    hunt.stride = every
    hunt.progress = { done, all in
      guard done % 50 == 0 else { return }
      Kernel().write("\(done) of \(all) mutants\n", to: 2)
    }
    let report = try hunt.run()
    try write(report)
    let known = try explanations()
    let unexplained = report.survivors.filter { known["\($0.chart) \($0.mutation)"] == nil }
    if json != "-" {
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

  private func write(_ report: MutationReport) throws {
    guard let json else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    let data = try encoder.encode(report) + Data("\n".utf8)
    if json == "-" {
      FileHandle.standardOutput.write(data)
    } else {
      try data.write(to: URL(filePath: json))
    }
  }
}
