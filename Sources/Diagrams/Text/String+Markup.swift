extension String {
  /// The text with the characters replaced that XML and HTML give a meaning.
  ///
  /// Control characters, which XML 1.0 forbids, become spaces.
  var markupEscaped: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case _ where scalar.value < 0x20: result += " "
      case _: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
