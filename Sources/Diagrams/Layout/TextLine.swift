/// One line of a wrapped text.
struct TextLine: Hashable, Sendable {
  var words: [Word]
  /// From the left of the text, in pixels.
  var indent: Int

  /// The indent and the text, in pixels.
  var width: Int { indent + TextMeasure.width(words.text, size: Metrics.textSize) }

  /// Breaks each row between words; what does not begin a row is indented.
  static func wrapped(_ rows: [[Word]], widthMax: Int) -> [TextLine] {
    var lines: [TextLine] = []
    for row in rows {
      var line = TextLine(words: [], indent: 0)
      for word in row {
        let longer = TextLine(words: line.words + [word], indent: line.indent)
        if longer.width > widthMax, !line.words.isEmpty {
          lines.append(line)
          line = TextLine(words: [word], indent: Metrics.continuationIndent)
        } else {
          line = longer
        }
      }
      lines.append(line)
    }
    return lines
  }

  /// The width of the widest.
  static func width(of lines: [TextLine]) -> Int { lines.map(\.width).max() ?? 0 }
}
