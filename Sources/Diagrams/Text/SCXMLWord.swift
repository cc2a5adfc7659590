import BatonCore

/// What names are called where SCXML wants an id, an event descriptor or a variable.
enum SCXMLWord: Sendable {
  /// By state, its name if it may be an id (an NCName of XML) and no state before has it; else its
  /// identifier, with a number where that is the name of another.
  static func ids(_ outline: Outline) -> [String] {
    var used: Set<String> = Set(outline.states.map(\.name))
    var isGiven: Set<String> = []
    return zip(outline.states, outline.identifiers).map { state, identifier in
      if isName(state.name), isGiven.insert(state.name).inserted { return state.name }
      return used.insertFree(identifier, divider: "_")
    }
  }

  private static func isName(_ text: String) -> Bool {
    func isStart(_ scalar: Unicode.Scalar) -> Bool {
      scalar == "_" || (scalar.properties.isAlphabetic && !scalar.properties.isGraphemeExtend)
    }
    guard let first = text.unicodeScalars.first, isStart(first) else { return false }
    return text.unicodeScalars.allSatisfy { scalar in
      isStart(scalar) || ("0"..."9").contains(scalar) || scalar == "-" || scalar == "."
    }
  }

  /// Whether an event of this name is one word of the attribute `event` (SCXML 3.12.1), and no
  /// other than the attribute's reader makes of it.
  static func isDescriptor(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first, name != "*" else { return false }
    return !first.properties.isGraphemeExtend
      && name.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && !$0.isControl }
  }

  /// The name, with a low line for whatever makes it none.
  static func descriptor(_ name: String) -> String {
    guard !isDescriptor(name) else { return name }
    let letters = name.unicodeScalars.map { scalar in
      scalar.properties.isWhitespace || scalar.isControl ? "_" : String(scalar)
    }
    return "_" + letters.joined()
  }

  /// Whether a guard or a delay can be a variable of the data model; what is more than a word
  /// stands in the document as it is.
  static func isVariable(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first, !["true", "false"].contains(name) else {
      return false
    }
    return !("0"..."9").contains(first)
      && name.unicodeScalars.allSatisfy {
        $0 == "_" || $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0))
      }
  }

  /// The attribute of a `send` that waits so long (CSS2 times, SCXML 6.2.4): a time as it is said,
  /// or the variable that stands for it.
  static func delay(_ name: String, _ variable: String?) -> String {
    if let time = time(name) { return "delay=\"\(time)\"" }
    return "delayexpr=\"\((variable ?? name).attributeEscaped)\""
  }

  /// Seconds or milliseconds of `500 ms`, `1.5 s`, `10 seconds`, `5 min`, `1h`; nil for what is no
  /// such time.
  static func time(_ text: String) -> String? {
    let all = Scalars(text).trimmed
    let digits = all.prefix { $0 == "." || ("0"..."9").contains($0) }
    let unit = all[digits.endIndex...].trimmed.text.lowercased()
    guard let number = Double(digits.text), let first = digits.first, first != ".",
      number < timeMax
    else { return nil }
    switch unit {
    case "ms", "msec", "millisecond", "milliseconds": return digits.text + "ms"
    case "s", "sec", "secs", "second", "seconds": return digits.text + "s"
    case _: break
    }
    guard let (_, seconds) = units.first(where: { $0.words.contains(unit) }) else { return nil }
    let whole = number * seconds
    guard whole < timeMax else { return nil }
    // Thousandths at most, and no exponent, which CSS2 does not have.
    if whole == whole.rounded() { return "\(Int(whole))s" }
    return "\(Int((whole * 1_000).rounded()))ms"
  }

  /// The same in nanoseconds, as a number of Swift.
  static func nanoseconds(_ text: String) -> String? {
    guard let time = time(text) else { return nil }
    let isMilli = time.hasSuffix("ms")
    guard let number = Double(time.dropLast(isMilli ? 2 : 1)) else { return nil }
    let digits = Array(String(UInt64((number * (isMilli ? 1e6 : 1e9)).rounded())))
    return digits.indices.map { place in
      (place > 0 && (digits.count - place) % 3 == 0 ? "_" : "") + String(digits[place])
    }.joined()
  }

  /// More seconds are too many nanoseconds.
  private static let timeMax = 9e9

  private static let units: [(words: [String], seconds: Double)] = [
    (["m", "min", "mins", "minute", "minutes"], 60),
    (["h", "hr", "hour", "hours"], 3_600),
    (["d", "day", "days"], 86_400),
  ]
}

/// What guards and delays are called as variables of the data model.
struct SCXMLVariables: Sendable {
  /// A guard and a delay of one name are two.
  private enum Owner: Hashable {
    case `guard`(String)
    case delay(String)

    var name: String {
      switch self {
      case .guard(let name), .delay(let name): name
      }
    }
  }

  private let words: [Owner: String]

  /// What a guard is called; nil for what asks for a state or an event, and for an expression in a
  /// document that has data of its own.
  subscript(guard name: String) -> String? { words[.guard(name)] }

  /// What a delay is called; nil for a time, and for an expression as above.
  subscript(delay name: String) -> String? { words[.delay(name)] }

  init(_ outline: Outline) {
    var owners: [Owner] = []
    for transition in outline.transitions {
      owners += (transition.condition?.names ?? []).map { .guard($0) }
      if case .delay(let delay) = transition.trigger, SCXMLWord.time(delay) == nil {
        owners.append(.delay(delay))
      }
    }
    let known = Set(owners)
    /// A delay that is called as a guard is: the guard has the name.
    func isSecond(_ owner: Owner) -> Bool {
      if case .delay(let name) = owner { known.contains(.guard(name)) } else { false }
    }
    var words: [Owner: String] = [:]
    var used: Set<String> = []
    for owner in owners where !isSecond(owner) {
      guard SCXMLWord.isVariable(owner.name), !Self.isExpression(owner.name) else { continue }
      words[owner] = owner.name
      used.insert(owner.name)
    }
    let invoked = Self.invoked(outline)
    for owner in owners where words[owner] == nil {
      let name = owner.name
      let first = name.firstIndex(of: ".").map { String(name[..<$0]) }
      let isInner = first.map(invoked.contains) ?? false
      let isPlain = outline.declarations.isEmpty && !Self.isExpression(name)
      guard isInner || isPlain || (isSecond(owner) && words[.guard(name)] != nil) else { continue }
      let word = Self.word(name) + (isSecond(owner) ? "_delay" : "")
      words[owner] = used.insertFree(word, divider: "_")
    }
    self.words = words
  }

  /// Whether it can only be meant for a data model, whatever is declared.
  private static func isExpression(_ name: String) -> Bool {
    // A reader takes the sign for that of a guard that must not hold.
    if name.hasPrefix("!") { return true }
    var rest = Scalars(name)
    while !rest.isEmpty {  // Ends: each turn takes a word off, or a sign.
      let word = rest.prefix { $0.isWordPart && $0 != "." }
      rest = rest.dropFirst(max(word.count, 1))
      if Self.known.contains(word.text) || (word.text == "In" && rest.first == "(") { return true }
    }
    return false
  }

  private static let known: Set<String> = [
    "true", "false", "_event", "_sessionid", "_name", "_ioprocessors", "_x",
  ]

  private static func word(_ name: String) -> String {
    var word = ""
    for scalar in name.unicodeScalars {
      let isLetter = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.isDigit)
      if isLetter || !word.hasSuffix("_") { word += isLetter ? String(scalar) : "_" }
    }
    let isPlain = word.unicodeScalars.first.map { !$0.isDigit } ?? false
    return isPlain ? word : "_" + word
  }

  /// The names of the charts that states invoke; what is of theirs has dots.
  private static func invoked(_ outline: Outline) -> Set<String> {
    let mark = "invoke "
    return Set(
      outline.states.flatMap(\.notes).filter { $0.hasPrefix(mark) }.map {
        String($0.dropFirst(mark.count))
      })
  }
}

extension Unicode.Scalar {
  fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
}
