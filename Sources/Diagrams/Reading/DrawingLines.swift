/// The lines of a drawing, and which part of them is a comment.
enum DrawingLines {
  /// Each line without white space at its ends, and the first without a mark of the byte order.
  static func lines(of text: String) -> [Scalars] {
    text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated().map {
      let line = Scalars($1)
      return ($0 == 0 && line.first == "\u{FEFF}" ? line.dropFirst() : line).trimmed
    }
  }

  /// Where a mark stands first that is not between quotes.
  private static func find(
    _ mark: String, in text: Scalars, isMeant: (Int) -> Bool = { _ in true }
  ) -> Int? {
    var place = text.startIndex
    while place < text.endIndex {
      // A quote that nothing closes is a sign like every other.
      if text[place] == "\"", let end = text[(place + 1)...].firstIndex(of: "\"") {
        place = end + 1
        continue
      }
      if text[place...].begins(with: mark), isMeant(place) { return place }
      place += 1
    }
    return nil
  }

  // MARK: Mermaid

  /// A line of Mermaid without ` %% ...` at its end.
  static func withoutComment(_ text: Scalars) -> Scalars {
    guard text.find("%%") != nil else { return text }
    let place = find("%%", in: text) { place in
      place == text.startIndex || text[place - 1].properties.isWhitespace
    }
    return place.map { text[..<$0].trimmed } ?? text
  }

  // MARK: PlantUML

  /// Lines of PlantUML without what stands between `/'` and `'/`, on one line or on several.
  ///
  /// - Returns: The lines, and that of a comment which nothing ends.
  static func withoutBlockComments(_ lines: [Scalars]) -> ([Scalars], open: Int?) {
    var result = lines
    var isOpen = false
    var start: Int?
    for index in lines.indices where isOpen || lines[index].find("/'") != nil {
      var kept: Scalars = []
      var isBlank = true
      var rest = lines[index]
      // Asked once for a line, however many signs it has.
      let last = lines[index].lastPlace(of: "'/") ?? -1
      lazy var isClosedBehind = isClosed(behind: lines[(index + 1)...])
      while true {  // Ends: each turn takes something off the rest.
        if isOpen {
          guard let (_, more) = rest.divided(by: "'/") else { break }
          isOpen = false
          rest = more
        }
        guard let place = find("/'", in: rest) else {
          kept += rest
          break
        }
        isBlank = isBlank && rest[..<place].trimmed.isEmpty
        isOpen = place + 2 <= last || isBlank || isClosedBehind
        if isOpen { start = index + 1 }
        if !isOpen { isBlank = false }
        kept += isOpen ? rest[..<place] : rest[..<(place + 2)]
        rest = rest[(place + 2)...]
      }
      result[index] = kept.trimmed
    }
    return (result, isOpen ? start : nil)
  }

  /// Whether a comment ends in these lines before another begins: otherwise the sign that seemed
  /// to begin it stands for itself, as in the action `/'x'`.
  private static func isClosed(behind lines: ArraySlice<Scalars>) -> Bool {
    for line in lines {
      let (start, end) = (line.find("/'"), line.find("'/"))
      if let end { return start.map { end < $0 } ?? true }
      if start != nil { return false }
    }
    return false
  }
}
