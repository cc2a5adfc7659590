extension String {
  /// The text with the characters replaced that XML and HTML give a meaning.
  ///
  /// Control characters and noncharacters, which XML 1.0 forbids or discourages, become spaces.
  var markupEscaped: String { escaped { $0.isControl ? " " : nil } }

  /// The text for a double-quoted attribute of XML, such that a parser gives it back: white space
  /// as references, since it would become spaces (XML 1.0, 3.3.3). What XML forbids is a space.
  var attributeEscaped: String {
    escaped { scalar in
      switch scalar {
      case "\t", "\n", "\r": "&#\(scalar.value);"
      case _ where scalar.value < 0x20 || scalar.value & 0xFFFE == 0xFFFE: " "
      case _: nil
      }
    }
  }

  /// With the five entities of XML, and what else is replaced.
  private func escaped(_ replacement: (Unicode.Scalar) -> String?) -> String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case _:
        if let other = replacement(scalar) {
          result += other
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }
}

extension Unicode.Scalar {
  /// True for what is no text on one line in any of the languages: control characters, line and
  /// paragraph separators, and numbers that are no characters.
  var isControl: Bool {
    value < 0x20 || (0x7F...0x9F).contains(value) || (0x2028...0x2029).contains(value)
      || value & 0xFFFE == 0xFFFE
  }
}
