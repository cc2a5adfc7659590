package import ArgumentParser
import BatonCore
import BatonTesting
import Foundation

/// `paths`: ways through a chart, for testing a system that is not its code.
package struct PathsCommand: ParsableCommand {
  /// What the ways are written as.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json
  }

  package static let configuration = CommandConfiguration(
    commandName: "paths",
    abstract: "Lists ways through a chart, for testing another system by it.",
    discussion: """
      Shortest ways to every state, every transition and every pair of transitions of which the \
      second follows the first: each step says what comes, which guards hold then, what is asked \
      for and which states are active afterwards. A chart that says how it is tested is walked \
      with its code. Any other chart, and one in a file (.scxml, .mmd, .puml), is walked without \
      code: each of its events may come at any time, and the tester has to see to it that guards \
      answer as the way says. What no way comes to is listed last. Exit status 2 when there is no \
      chart, or one with too many states.
      """)

  @Option(
    help: ArgumentHelp("What to write: text for people, json for programs.", valueName: "language"))
  var format = Format.text

  @Option(help: ArgumentHelp("Write to this file, - for standard output.", valueName: "file"))
  var output = OutputFile.standard

  @Option(
    help: ArgumentHelp(
      """
      Give up after so many states, each counted once for every transition that may be the last \
      one before it.
      """, valueName: "n"))
  var limit = 1_000_000

  @Flag(help: "Walk it without its code, though there is some.")
  var withoutCode = false

  @Argument(help: "The chart by its name, or a file.")
  var chart: String

  package init() {}

  package func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit \(limit) is not possible: 1 or more is") }
  }

  package func run() throws {
    let file = try OutputFile(output)
    let list: ChartPaths
    do { list = try paths() } catch let error as ExplorationError {
      throw ChartChoice.refusal("paths", "\(chart): \(error) (--limit)", 2)
    } catch let error as OutlineContradiction {
      throw ChartChoice.refusal("paths", "\(chart): \(error)", 2)
    }
    switch format {
    case .json: try file.write(json: list, isPretty: true)
    case .text: try file.write(Data(PathsText(list).text.utf8))
    }
  }

  private func paths() throws -> ChartPaths {
    let progress = { (states: Int, depth: Int) in
      Kernel().write("\(states) states, depth \(depth)\n", to: 2)
    }
    guard let entry = try ChartChoice.entry(chart) else {
      return try ChartPaths(
        of: ChartChoice.outline(ofFile: chart, by: "paths"), limit: limit, progress: progress)
    }
    let outline = try ChartChoice.outline(of: entry, by: "paths")
    guard let tested = entry.tested, !withoutCode else {
      return try ChartPaths(of: outline, limit: limit, progress: progress)
    }
    return try tested.paths(limit, progress)
  }
}
