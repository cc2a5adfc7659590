package import ArgumentParser
import BatonCore
import BatonDiagrams
import BatonSCXML
import BatonTesting
import Foundation

/// `charts`: the drawings of the charts that run.
package struct ChartsCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "charts",
    abstract: "Draws the charts, from the tables that run, or one that stands in a file.",
    discussion: """
      A file is SCXML of anybody (.scxml): conditions, content and data are shown as their text, \
      whatever the data model is; or a state diagram of Mermaid (.mmd) or PlantUML (.puml). What \
      is passed over in it is told; with mistakes (see `check`) nothing is drawn, and the \
      exit status is 2. The format swift is the source of the chart, which compiles.

      Without --output one drawing after the other goes to standard output. An overview has no \
      actions and no lists of events; its file is NAME.overview.EXTENSION.
      """)

  @Option(
    help: ArgumentHelp(
      "The language to draw in; all: each but html and swift.", valueName: "language"))
  var format = FormatArgument(value: .mermaid)

  @Option(
    help: ArgumentHelp("Write NAME.EXTENSION for each chart into this folder.", valueName: "folder")
  )
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Lay this coverage over an html page: the JSON file of a test run.", valueName: "file"))
  var coverage: String?

  @Option(
    help: ArgumentHelp(
      "An overview: so many levels of states, what lies deeper folded; a page opens it by click.",
      valueName: "n"))
  var depth: Int?

  @Option(
    help: ArgumentHelp(
      "An overview with this state folded; may stand more than once.", valueName: "state"))
  var fold: [String] = []

  @Argument(help: "Only this chart by its name, or a file.")
  var chart: String?

  package init() {}

  package func validate() throws {
    if let depth, depth < 1 { throw ValidationError("--depth \(depth) leaves no state to draw") }
    if coverage != nil, !format.isPage {
      throw ValidationError("--coverage goes with --format html")
    }
  }

  package func run() throws {
    let outlines = try chosen()
    let states = Set(outlines.flatMap(\.states).map(\.name))
    if let unknown = fold.first(where: { !states.contains($0) }) {
      throw ValidationError("--fold \(unknown): no state is named so")
    }
    let coverage = try coverage.map { try Self.coverageText($0, outlines) }
    if let output { try makeFolder(output) }
    for outline in outlines {
      for format in format.values { try write(outline, format, coverage) }
    }
  }

  private func chosen() throws -> [Outline] {
    guard let chart else {
      return try ChartShelf.entries.map { try ChartChoice.outline(of: $0, by: "charts") }
    }
    if let entry = try ChartChoice.entry(chart) {
      return [try ChartChoice.outline(of: entry, by: "charts")]
    }
    return [try ChartChoice.outline(ofFile: chart, by: "charts")]
  }

  /// The name of a chart as that of a file.
  private func fileName(_ outline: Outline) -> String {
    let name = String(
      outline.name.unicodeScalars.map { scalar in
        scalar == "/" || scalar.value < 0x20 ? "_" : Character(scalar)
      })
    return name.isEmpty || name.hasPrefix(".") ? "_" + name : name
  }

  private func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw OutputFile.refusal(path, "mkdir: \(BoundedFile.reason(error))")
    }
  }

  private func write(_ outline: Outline, _ format: DiagramFormat, _ coverage: String?) throws {
    guard let output else {
      return StandardOutput.print(drawn(outline, format, coverage), terminator: "")
    }
    let kind = isOverview ? ".overview" : ""
    let name = "\(fileName(outline))\(kind).\(format.fileExtension)"
    let file = try OutputFile(output.hasSuffix("/") ? output + name : "\(output)/\(name)")
    try file.write(Data(drawn(outline, format, coverage).utf8))
  }

  private var isOverview: Bool { depth != nil || !fold.isEmpty }

  /// The text of a coverage, looked at.
  private static func coverageText(_ path: String, _ drawn: [Outline]) throws -> String {
    let reports = try InputFile.json(CoverageFile.self, of: path).charts
    let names = CoverageNames(drawn: drawn, others: ChartShelf.outlines)
    if let mistake = names.mistake(in: reports) { throw OutputFile.refusal(path, mistake) }
    return try InputFile.text(path)
  }

  private func drawn(
    _ outline: Outline, _ format: DiagramFormat, _ coverage: String?
  ) -> String {
    guard format.name == DiagramFormat.html.name else {
      let overview = outline.overview(depth: depth ?? .max, folding: Set(fold))
      return (isOverview ? overview : outline).diagram(format)
    }
    // A page has the whole chart, whatever is folded at first.
    var page = ChartPage(title: outline.name, charts: [outline])
    page.depth = depth
    page.folded = Set(fold)
    page.coverage = coverage
    return page.text()
  }
}
