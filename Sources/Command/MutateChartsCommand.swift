import ArgumentParser
import BatonTesting

/// `mutate` of somebody's own charts.
struct MutateChartsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mutate",
    abstract: "Breaks a chart in every way, and looks whether its invariants notice.",
    discussion: """
      For charts that say how they are tested. Each mutant is one change of the definition. One in \
      which nothing that can happen differs is proved equivalent, and left out of the score. Exit \
      status 1 when a mutant survives that --explained does not name, or when the chart itself \
      does not hold what is asked of it; 2 when it has mistakes.
      """)

  @OptionGroup var output: MutationOutput

  @Argument(help: "The chart by its name.")
  var chart: String

  func run() throws {
    guard let entry = try ChartChoice.entry(chart) else {
      throw ValidationError("\(chart) is a file: only a chart that is code can be broken")
    }
    guard let tested = entry.tested else {
      throw ValidationError("\(chart) does not say how it is tested: see TestedChart")
    }
    _ = try ChartChoice.outline(of: entry, by: "mutate")
    let files = try output.opened()
    let report: MutationReport
    do { report = try tested.mutate() } catch {
      throw ChartChoice.refusal("mutate", "\(error)", 1)
    }
    try files.tell(report)
  }
}
