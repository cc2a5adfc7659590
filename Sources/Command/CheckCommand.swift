package import ArgumentParser
import BatonCore

/// `check`: what is wrong in charts, those of the program and those of others.
package struct CheckCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Looks for mistakes in charts, and runs those at random that say how.",
    discussion: """
      Of a chart by its name: mistakes of its definition, events that a state does not mention, \
      and states that nothing leaves; then, if it says how it is tested, random runs, of which one \
      that fails is shrunk. Of a file (.scxml, .mmd, .puml): \(CheckFiles.discussion)
      """)

  @Option(
    help: ArgumentHelp("Random runs of each chart that says how it is tested.", valueName: "n"))
  var cases = 500

  @Argument(help: "Charts by their names, and files: .scxml, .mmd (Mermaid), .puml (PlantUML).")
  var charts: [String] = []

  package init() {}

  package func validate() throws {
    guard cases > 0 else { throw ValidationError("--cases \(cases) is not possible: 1 or more is") }
  }

  package func run() throws {
    let words = charts.isEmpty ? ChartShelf.names : charts
    let chosen = try words.map { (word: $0, entry: try ChartChoice.entry($0)) }
    let status = chosen.map { word, entry in
      entry.map(check) ?? CheckFiles.status(of: word, as: nil)
    }.max()
    if let status, status != 0 { throw ExitCode(status) }
  }

  private func check(_ entry: ChartEntry) -> Int32 {
    let mistakes = entry.mistakes()
    guard mistakes.isEmpty else {
      for mistake in mistakes { StandardOutput.print("\(entry.name): mistake: \(mistake)") }
      StandardOutput.print("\(entry.name): \(mistakes.count) found, and so no chart")
      return 2
    }
    let doubts = entry.doubts()
    for doubt in doubts { StandardOutput.print("\(entry.name): gap: \(doubt)") }
    StandardOutput.print(
      CheckFiles.summary(of: entry.outline(), called: entry.name, found: doubts.count))
    guard let tested = entry.tested else { return doubts.isEmpty ? 0 : 1 }
    do {
      StandardOutput.print(try tested.check(cases))
      return doubts.isEmpty ? 0 : 1
    } catch {
      StandardOutput.print("\(error)")
      return 1
    }
  }
}
