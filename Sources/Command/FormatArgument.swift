import ArgumentParser
import BatonDiagrams

/// The formats that are asked for: one by its name, or `all` that hold a chart and nothing else.
struct FormatArgument: ExpressibleByArgument {
  let values: [DiagramFormat]

  init(value: DiagramFormat) { values = [value] }

  init?(argument: String) {
    if argument == "all" {
      values = DiagramFormat.drawings
    } else if let value = DiagramFormat.allCases.first(where: { $0.name == argument }) {
      values = [value]
    } else {
      return nil
    }
  }

  /// True for what a coverage can be laid over.
  var isPage: Bool { values.map(\.name) == [DiagramFormat.html.name] }

  static var allValueStrings: [String] { DiagramFormat.allCases.map(\.name) + ["all"] }

  var defaultValueDescription: String { values.map(\.name).joined(separator: ", ") }
}
