import BatonCore

/// A language that a chart can be drawn in: its name, and a function from an outline to a file.
///
/// Each format stands in a file of its own, beside the type that writes it, and in the list below.
public struct DiagramFormat: Sendable {
  /// What it is chosen by, such as `mermaid`; unique among ``allCases``.
  public let name: String
  /// What a file in this format ends in, without the dot, such as `mmd`.
  public let fileExtension: String
  /// The text of a whole file, which ends with a newline: the same for the same outline.
  let draw: @Sendable (Outline) -> String

  /// The formats that hold a chart and nothing else: a difference between two of their files is a
  /// difference between the charts.
  package static let drawings: [DiagramFormat] = [.mermaid, .dot, .plantuml, .scxml, .svg]
}

extension DiagramFormat: CaseIterable {
  /// All formats: the ones that hold a chart and nothing else, ``html``, whose files also hold a
  /// program, and ``swift``, which is one.
  public static let allCases: [DiagramFormat] = drawings + [.html, .swift]
}
