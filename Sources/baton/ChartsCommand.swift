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

  @Option(help: "mermaid, dot, plantuml, scxml or svg.")
  var format = FormatArgument(value: .mermaid)

  @Option(help: "Write NAME.EXTENSION for each chart into this folder.")
  var output: String?

  @Argument(help: "Only this chart.")
  var chart: String?

  func run() throws {
    let known = ProjectCharts.outlines.map(\.name)
    if let chart, !known.contains(chart) {
      throw ValidationError(
        "no chart is named \(chart): there are \(known.joined(separator: ", "))")
    }
    for outline in ProjectCharts.outlines where chart == nil || chart == outline.name {
      let drawing = outline.diagram(format.value)
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
}
