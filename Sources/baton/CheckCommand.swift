import ArgumentParser
import BatonCore
import BatonHost

/// `baton check` and `baton scxml check`: what is wrong in charts of others.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Looks for mistakes in charts that stand in files.",
    discussion: CheckFiles.discussion)

  @Argument(help: "Documents: .scxml, .mmd (Mermaid) and .puml (PlantUML).")
  var files: [String]

  func run() throws { try CheckFiles.run(files, as: nil) }
}

/// `baton scxml check`: the same, and whatever the files are called they are SCXML.
struct SCXMLCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Looks for mistakes in documents.",
    discussion: CheckFiles.discussion)

  @Argument(help: "The documents.")
  var files: [String]

  func run() throws { try CheckFiles.run(files, as: .scxml) }
}

/// Checks files one after the other.
enum CheckFiles {
  static let discussion = """
    Prints a line for each finding, as compilers do: mistakes (two states of one id, a target that \
    is none), warnings (a word that the language does not have, with the nearest one that it has), \
    and gaps (states that are unreachable or have no way out, transitions that are never taken). \
    What a data model means is not looked at. Exit status: 0 when nothing was found, 1 when \
    something was, 2 when a file holds no chart.
    """

  static func run(_ files: [String], as language: ChartFile.Language?) throws {
    var status: Int32 = 0
    for file in files {
      do {
        let reading = try ChartFile.read(file, as: language)
        let found = reading.all
        for finding in found { print(finding.text(file: file)) }
        let outline = reading.outline
        print(
          "\(file): \(outline.states.count) states, \(outline.transitions.count) transitions, "
            + "\(found.isEmpty ? "nothing found" : "\(found.count) found")")
        if !found.isEmpty { status = max(status, 1) }
      } catch {
        Kernel().write("baton check: \(error)\n", to: 2)
        status = 2
      }
    }
    if status != 0 { throw ExitCode(status) }
  }
}
