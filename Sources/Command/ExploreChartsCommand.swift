import ArgumentParser
import BatonCore
import BatonTesting

/// `explore` of somebody's own charts.
struct ExploreChartsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Walks all states of a chart and looks for what must not be.",
    discussion: """
      A chart that says how it is tested is walked with its code: its invariants, where it may \
      rest, and circles in which nothing settles. Any other chart, and one in a file (.scxml, \
      .mmd, .puml), is walked without code: each of its events may come at any time, and a guard \
      may hold or not each time. Exit status 1 when something is violated, and the shortest way \
      there is printed; 2 when there is no chart.
      """)

  @OptionGroup var output: ExploreOutput

  @Flag(help: "Walk it without its code, though there is some.")
  var withoutCode = false

  @Argument(help: "The chart by its name, or a file.")
  var chart: String

  func run() throws {
    guard let entry = try ChartChoice.entry(chart) else {
      return try ChartWalk.run(ChartChoice.outline(ofFile: chart, by: "explore"), output)
    }
    let outline = try ChartChoice.outline(of: entry, by: "explore")
    guard let tested = entry.tested, !withoutCode else { return try ChartWalk.run(outline, output) }
    let files = try output.opened()
    let found: (exploration: Exploration, coverage: CoverageFile?)
    do { found = try files.walked(tested) } catch let error as ExplorationError {
      throw ChartChoice.refusal("explore", "\(error)", 1)
    }
    try files.tell(found.exploration, coverage: found.coverage)
  }
}
