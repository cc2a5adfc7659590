/// A text of which a shell makes one command: something may be written behind it (sh(1), 2.9.1).
enum SimpleCommand {
  /// How a quotation goes on.
  private enum Quote { case none, single, double }

  /// What of the text is more than a command and its arguments; nil for one that is none.
  ///
  /// Blanks at its ends do not count. Redirections are part of a command.
  static func mistake(in text: String) -> String? {
    let scalars = Array(text.unicodeScalars)
    guard let end = scalars.lastIndex(where: { !isBlank($0) }) else { return "it is empty" }
    let start = scalars.firstIndex { !isBlank($0) } ?? 0
    var quote = Quote.none
    var before: Unicode.Scalar = " "
    var place = start
    while place <= end {  // Each step goes on by one, or by two.
      let scalar = scalars[place]
      switch (quote, scalar) {
      case (.single, "'"), (.double, "\""): quote = .none
      case (.single, _): break
      case (.double, "\\"), (.none, "\\"):
        guard place < end else { return "a \\ is its last character" }
        place += 1
        if quote == .none, scalars[place] == "\n" {
          // Both are as if they were not there.
          place += 1
          continue
        }
      case (.double, _): break
      case (.none, "'"): quote = .single
      case (.none, "\""): quote = .double
      case (.none, "&") where before == ">" || before == "<": break
      case (.none, ";"), (.none, "&"), (.none, "|"), (.none, "("), (.none, ")"):
        return "'\(scalar)' stands outside of quotes"
      case (.none, "\n"): return "it has several lines"
      case (.none, "#") where isBlank(before): return "it has a comment"
      case (.none, _): break
      }
      before = scalar
      place += 1
    }
    return quote == .none ? nil : "a quotation has no end"
  }

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    " \t\n\r".unicodeScalars.contains(scalar)
  }
}
