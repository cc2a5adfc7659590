/// Text by its scalars, so that a mark that joins a quote or a bracket hides neither.
typealias Scalars = ArraySlice<Unicode.Scalar>

extension ArraySlice<Unicode.Scalar> {
  init(_ text: some StringProtocol) { self = Array(text.unicodeScalars)[...] }

  var text: String {
    var text = ""
    text.unicodeScalars.append(contentsOf: self)
    return text
  }

  /// Without white space at its ends.
  var trimmed: Scalars {
    var rest = self
    while let first = rest.first, first.properties.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.properties.isWhitespace { rest.removeLast() }
    return rest
  }

  func begins(with word: String) -> Bool { starts(with: word.unicodeScalars) }

  func ends(with word: String) -> Bool {
    let end = Array(word.unicodeScalars)
    return count >= end.count && suffix(end.count).elementsEqual(end)
  }

  /// Where a word stands last.
  func lastPlace(of word: String) -> Int? {
    let wanted = Array(word.unicodeScalars)
    var place = endIndex - wanted.count
    while place >= startIndex {
      if self[place...].starts(with: wanted) { return place }
      place -= 1
    }
    return nil
  }

  /// Where a word begins first, from a place on.
  func find(_ word: String, from start: Int? = nil) -> Int? {
    let wanted = Array(word.unicodeScalars)
    guard let first = wanted.first, count >= wanted.count else { return nil }
    var place = start ?? startIndex
    while place <= endIndex - wanted.count {
      if self[place] == first, self[place...].starts(with: wanted) { return place }
      place += 1
    }
    return nil
  }

  /// The places between quotes that are closed, and those of the quotes.
  var quoted: Set<Int> {
    var found: Set<Int> = []
    var start: Int?
    for place in indices where self[place] == "\"" {
      if let begin = start { found.formUnion(begin...place) }
      start = start == nil ? place : nil
    }
    return found
  }

  /// What stands before and behind a word; nil when it does not occur.
  func divided(by word: String) -> (Scalars, Scalars)? {
    find(word).map { (self[..<$0], self[($0 + word.unicodeScalars.count)...]) }
  }

  /// What stands between the words; the whole when they do not occur.
  func pieces(between word: String) -> [Scalars] {
    var pieces: [Scalars] = []
    var rest = self
    while let (piece, more) = rest.divided(by: word) {
      pieces.append(piece)
      rest = more
    }
    return pieces + [rest]
  }

  /// Whether a slash is that of `</b>` or `<br/>`.
  func isInTag(_ slash: Int) -> Bool {
    func isLetter(_ place: Int) -> Bool {
      indices.contains(place) && self[place].properties.isAlphabetic
    }
    if slash > startIndex, self[slash - 1] == "<" { return isLetter(slash + 1) }
    guard dropFirst(slash + 1 - startIndex).first == ">",
      let start = self[..<slash].lastIndex(where: { $0 == "<" || $0 == ">" })
    else { return false }
    return self[start] == "<" && isLetter(start + 1)
  }

  /// Takes a word off the front, if white space or a sign follows it.
  mutating func take(_ word: String) -> Bool {
    let length = word.unicodeScalars.count
    guard begins(with: word) else { return false }
    if let next = dropFirst(length).first, next.isWordPart { return false }
    self = dropFirst(length).trimmed
    return true
  }

  /// Takes what stands between quotes at the front.
  mutating func takeQuoted() -> String? {
    guard first == "\"", let end = dropFirst().firstIndex(of: "\"") else { return nil }
    let text = self[(startIndex + 1)..<end].text
    self = self[(end + 1)...].trimmed
    return text
  }

  /// Takes a name off the front: letters, digits, low lines and dots.
  mutating func takeWord() -> String? {
    let word = prefix { $0.isWordPart }
    guard !word.isEmpty else { return nil }
    self = self[word.endIndex...].trimmed
    return word.text
  }
}

extension Unicode.Scalar {
  var isWordPart: Bool {
    self == "_" || self == "." || properties.isAlphabetic || properties.numericType != nil
      || properties.isGraphemeExtend
  }
}
