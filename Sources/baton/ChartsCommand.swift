import ArgumentParser
import BatonCore
import BatonDiagrams
import BatonHost
import Foundation

/// `baton charts`: the drawings of the charts that run.
struct ChartsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "charts",
    abstract: "Draws the charts, from the tables that run.",
    discussion: "Without --output one drawing after the other goes to standard output.")

  @Option(help: "mermaid, dot, plantuml, scxml, svg or html.")
  var format = FormatArgument(value: .mermaid)

  @Option(help: "Write NAME.EXTENSION for each chart into this folder.")
  var output: String?

  @Option(help: "Lay this coverage over an html page: the JSON file of a test run.")
  var coverage: String?

  @Argument(help: "Only this chart.")
  var chart: String?

  func run() throws {
    let known = ProjectCharts.outlines.map(\.name)
    if let chart, !known.contains(chart) {
      throw ValidationError(
        "no chart is named \(chart): there are \(known.joined(separator: ", "))")
    }
    for outline in ProjectCharts.outlines where chart == nil || chart == outline.name {
      let drawing = try drawn(outline)
      if let output {
        try FileManager.default.createDirectory(
          atPath: output, withIntermediateDirectories: true)
        let file = URL(filePath: output).appending(
          path: "\(outline.name).\(format.value.fileExtension)")
        try Data(drawing.utf8).write(to: file)
      } else {
        print(drawing)
      }
    }
  }

  private func drawn(_ outline: Outline) throws -> String {
    guard let coverage else { return outline.diagram(format.value) }
    guard format.value == .html else {
      throw ValidationError("--coverage goes with --format html")
    }
    guard let text = try? String(contentsOfFile: coverage, encoding: .utf8) else {
      throw ValidationError("\(coverage) cannot be read")
    }
    var page = ChartPage(title: outline.name, charts: [outline])
    page.coverage = text
    return page.text()
  }
}
