import ArgumentParser
import BatonDiagrams

/// The format of a drawing.
struct FormatArgument: ExpressibleByArgument {
  let value: DiagramFormat

  init(value: DiagramFormat) { self.value = value }

  init?(argument: String) {
    guard let value = DiagramFormat(rawValue: argument) else { return nil }
    self.value = value
  }

  static var allValueStrings: [String] { DiagramFormat.allCases.map(\.rawValue) }

  var defaultValueDescription: String { value.rawValue }
}
