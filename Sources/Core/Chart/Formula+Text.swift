extension Formula<String> {
  /// In the words of Swift, C and ECMAScript: `a && !(b || c)`.
  package var text: String {
    switch shape {
    case .name(let name): name
    case .not(let inner): single == nil ? "!(\(inner.text))" : "!\(inner.text)"
    case .all(let parts):
      joined(parts.map { $0.isAny ? "(\($0.text))" : $0.text }, by: " && ")
    case .any(let parts): joined(parts.map { $0.text }, by: " || ")
    }
  }

  private var isAny: Bool { if case .any = shape { true } else { false } }

  /// Reads such a text, also with the words `and`, `or` and `not`.
  ///
  /// Names are words, or words with something in brackets behind them: `In('a')`. Any other
  /// sign makes the text one that is not understood, which gives nil: `x > 1 && y` is an
  /// expression of a language that only its owner knows.
  package init?(_ text: String) {
    var reader = FormulaReader(text)
    guard let formula = reader.formula(), reader.isAtEnd else { return nil }
    self = formula
  }

  /// The state that a name asks for, `In('a')` or `In("a")`; nil for any other name.
  package static func state(askedBy name: String) -> String? {
    guard name.hasPrefix("In("), name.hasSuffix(")") else { return nil }
    let inside = name.dropFirst(3).dropLast()
    guard let quote = inside.first, quote == "'" || quote == "\"", inside.count > 1,
      inside.last == quote
    else { return nil }
    let state = inside.dropFirst().dropLast()
    return state.contains(quote) ? nil : String(state)
  }

  /// Whether both can hold at once, as far as the names tell; true when they are too many to
  /// be tried.
  package func isCompatible(with other: Formula) -> Bool {
    let both = and(other)
    let names = Set(both.names).sorted()
    guard names.count <= Self.triedMax else { return true }
    return (0..<(1 << names.count)).contains { answers in
      both.holds { name in
        names.firstIndex(of: name).map { answers >> $0 & 1 == 1 } ?? false
      }
    }
  }

  private static var triedMax: Int { 12 }
}

extension Outline.Transition {
  /// What is asked, by names; nil when nothing is. A guard whose text is no combination of
  /// names is a name as a whole.
  package var condition: Formula<String>? {
    guard let text = self.guard else { return nil }
    let formula = Formula<String>(text) ?? .name(text)
    return isNegated ? formula.negated : formula
  }
}
