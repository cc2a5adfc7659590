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
      for words in units(of: row) {
        let longer = TextLine(words: line.words + words, indent: line.indent)
        if longer.width > widthMax, !line.words.isEmpty {
          lines.append(line)
          line = TextLine(words: words, indent: Metrics.continuationIndent)
        } else {
          line = longer
        }
      }
      lines.append(line)
    }
    return lines
  }

  /// What stays on one line: a word, or `after` with the delay that it belongs to.
  private static func units(of row: [Word]) -> [[Word]] {
    row.reduce(into: []) { units, word in
      if let last = units.last?.last, last.part == .keyword, word.part == .trigger,
        !last.text.hasSuffix(",")
      {
        units[units.count - 1].append(word)
      } else {
        units.append([word])
      }
    }
  }

  /// In pixels, of the widest line; 0 when there is none.
  static func width(of lines: [TextLine]) -> Int { lines.map(\.width).max() ?? 0 }
}
