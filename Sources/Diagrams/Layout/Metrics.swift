/// The sizes that every drawing shares, in pixels.
enum Metrics {
  static let titleSize = 13
  static let textSize = 11
  static let titleHeight = 26
  static let lineHeight = 15
  /// From the border of a state to its text.
  static let padding = 10
  /// From the border of a compound state to what it holds.
  static let margin = 18
  static let labelWidthMax = 150
  static let rowWidthMax = 230
  static let continuationIndent = 10
  /// From an edge to its label.
  static let labelGap = 6
  static let stateWidthMin = 84
  static let stateHeightMin = 34
  static let pinSpacing = 14
  static let trackSpacing = 9
  static let ringSize = 20
  /// Of the dot of an initial pseudostate.
  static let dotRadius = 6
  /// What the initial pseudostate and its arrow take to the left of a state.
  static let initialInset = 38
  /// How far an external transition of a compound state reaches out of its border.
  static let hookWidth = 12
  static let hookHeight = 6
  /// How far a transition of a state to itself reaches out of its side.
  static let loopWidth = 22
  static let loopHeight = 14
  static let corner = 6
}
