/// Reads `a && !(b || c)`; the grammar is that of ``Formula/text``.
struct FormulaReader {
  private let scalars: [Unicode.Scalar]
  private var place = 0
  private var depth = 0

  /// Deeper brackets are not read.
  private static var depthMax: Int { 32 }

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  var isAtEnd: Bool {
    mutating get {
      skipSpaces()
      return place == scalars.count
    }
  }

  mutating func formula() -> Formula<String>? {
    guard var found = conjunction() else { return nil }
    while take("||", orWord: "or") {
      guard let next = conjunction() else { return nil }
      found = found.or(next)
    }
    return found
  }

  private mutating func conjunction() -> Formula<String>? {
    guard var found = negation() else { return nil }
    while take("&&", orWord: "and") {
      guard let next = negation() else { return nil }
      found = found.and(next)
    }
    return found
  }

  private mutating func negation() -> Formula<String>? {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthMax else { return nil }
    if take("!", orWord: "not") { return negation()?.negated }
    guard take("(", orWord: nil) else { return name() }
    guard let inner = formula(), take(")", orWord: nil) else { return nil }
    return inner
  }

  /// A word, and what stands in brackets right behind it.
  private mutating func name() -> Formula<String>? {
    let word = word(from: place)
    guard !word.isEmpty, !Self.isReserved(word) else { return nil }
    let start = place
    place += word.count
    guard place < scalars.count, scalars[place] == "(" else { return .name(Self.text(word)) }
    guard let end = bracketsEnd(from: place) else { return nil }
    place = end
    return .name(Self.text(scalars[start..<end]))
  }

  /// Scalars are compared: texts would be compared as Unicode says, with tables of 45 kB.
  private static func isReserved(_ word: ArraySlice<Unicode.Scalar>) -> Bool {
    ["and", "or", "not"].contains { word.elementsEqual($0.unicodeScalars) }
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }

  private func word(from start: Int) -> ArraySlice<Unicode.Scalar> {
    scalars[start...].prefix { scalar in
      scalar == "_" || scalar == "." || Self.isLetter(scalar) || ("0"..."9").contains(scalar)
    }
  }

  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    #if hasFeature(Embedded)
      // Its tables have 22 kB, and names of the C interface are ASCII: all else is nobody's name.
      scalar.value >= 0x80 || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    #else
      scalar.properties.isAlphabetic
    #endif
  }

  /// Behind the bracket that closes the one here; what is quoted closes nothing.
  private func bracketsEnd(from start: Int) -> Int? {
    var open = 0
    var quote: Unicode.Scalar?
    for place in scalars.indices[start...] {
      switch scalars[place] {
      case let scalar where scalar == quote: quote = nil
      case _ where quote != nil: break
      case "'", "\"": quote = scalars[place]
      case "(": open += 1
      case ")":
        open -= 1
        if open == 0 { return place + 1 }
      case _: break
      }
    }
    return nil
  }

  private mutating func skipSpaces() {
    while place < scalars.count, scalars[place] == " " { place += 1 }
  }

  /// Takes a sign or the word that stands for it, with the spaces around.
  private mutating func take(_ sign: String, orWord other: String?) -> Bool {
    skipSpaces()
    let isSign = scalars[place...].starts(with: sign.unicodeScalars)
    let word = other.map { Array($0.unicodeScalars) } ?? []
    guard isSign || (!word.isEmpty && Array(self.word(from: place)) == word) else { return false }
    place += isSign ? sign.unicodeScalars.count : word.count
    skipSpaces()
    return true
  }
}
