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

  /// The attribute of a `send` that waits so long (CSS2 times, SCXML 6.2.4).
  static func delay(_ name: String) -> String {
    let digits = name.unicodeScalars.prefix { $0 == "." || ("0"..."9").contains($0) }
    let unit = name.unicodeScalars.dropFirst(digits.count)
    let isTime = !digits.isEmpty && ["s", "ms"].contains(String(unit))
    return "\(isTime ? "delay" : "delayexpr")=\"\(name.attributeEscaped)\""
  }
}
