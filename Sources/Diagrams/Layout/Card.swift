/// The text of a state: its name, and what it lists below.
struct Card: Hashable, Sendable {
  let title: String
  let lines: [TextLine]

  init(title: String, rows: [[Word]]) {
    self.title = title
    lines = TextLine.wrapped(rows, widthMax: Metrics.rowWidthMax)
  }

  /// The text with its padding.
  var width: Int {
    let title = TextMeasure.width(title, size: Metrics.titleSize, isBold: true)
    return max(title, TextLine.width(of: lines)) + 2 * Metrics.padding
  }

  /// The title bar and, when there are lines, these with a margin of 5 pixels above and below.
  var height: Int {
    Metrics.titleHeight + (lines.isEmpty ? 0 : lines.count * Metrics.lineHeight + 10)
  }
}
