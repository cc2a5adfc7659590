import BatonCore

/// What stands beside an arrow or in a state: `trigger [guard] / action, action`.
struct DrawnLabel {
  var triggers: [Outline.Trigger] = []
  var condition: String?
  var isNegated = false
  var actions: [String] = []
  /// Names of further targets, as `with` gives them.
  var others: [String] = []
  /// Names of targets behind an arrow, in a line that stands for one that cannot be drawn.
  var targets: [String] = []
  var isInternal = false
  /// The default of a history state.
  var isDefault = false
  /// What stands in front of the guard and the actions.
  private var head = ""

  /// - Parameter isState: Whether a state has the name.
  init(_ text: Scalars, isState: (String) -> Bool) {
    var rest = text.trimmed
    if rest.ends(with: " (internal)") {
      rest = rest.dropLast(11)
      isInternal = true
    }
    targets = Self.names(behind: " → ", &rest, isState)
    others = Self.names(behind: " with ", &rest, isState)
    takeActions(&rest)
    takeCondition(&rest)
    rest = rest.trimmed
    guard !rest.isEmpty else { return }
    head = rest.text
    if head == "default" {
      isDefault = true
      return
    }
    triggers = Self.listed(rest).map { Self.trigger(Scalars($0)) }
  }

  /// What would be an event elsewhere is the guard here.
  mutating func askHead() {
    triggers = []
    takeGuards(Scalars(head))
  }

  /// Names at the end, divided by commas; taken only when all of them are states.
  private static func names(
    behind word: String, _ rest: inout Scalars, _ isState: (String) -> Bool
  ) -> [String] {
    var start = rest.startIndex
    while let place = rest.find(word, from: start) {
      let names = rest[(place + word.unicodeScalars.count)...].pieces(between: ", ").map(\.text)
      if names.allSatisfy(isState) {
        rest = rest[..<place]
        return names
      }
      start = place + 1
    }
    return []
  }

  private mutating func takeActions(_ rest: inout Scalars) {
    var depth = 0
    let quoted = rest.quoted
    for place in rest.indices where !quoted.contains(place) {
      switch rest[place] {
      case "[": depth += 1
      case "]": depth = max(0, depth - 1)
      case "/" where depth == 0 && !rest.isInTag(place):
        actions = Self.listed(rest[(place + 1)...].trimmed)
        rest = rest[..<place]
        return
      case _: break
      }
    }
  }

  /// Divided by commas outside of brackets and quotes.
  static func listed(_ text: Scalars) -> [String] {
    var pieces: [String] = []
    var start = text.startIndex
    var depth = 0
    // A quote that nothing closes, such as that of an inch, is a letter.
    let quoted = text.quoted
    for place in text.indices {
      let isBlank = text.dropFirst(place + 1 - text.startIndex).first == " "
      switch text[place] {
      case "(", "[", "{": depth += 1
      case ")", "]", "}": depth = max(0, depth - 1)
      case "," where depth == 0 && !quoted.contains(place) && isBlank:
        pieces.append(text[start..<place].trimmed.text)
        start = place + 1
      case _: break
      }
    }
    let last = text[start...].trimmed.text
    return (pieces + [last]).filter { !$0.isEmpty }
  }

  private mutating func takeCondition(_ rest: inout Scalars) {
    rest = rest.trimmed
    guard rest.last == "]" else { return }
    var depth = 0
    let quoted = rest.quoted
    for place in rest.indices.reversed() where !quoted.contains(place) {
      if rest[place] == "]" { depth += 1 }
      guard rest[place] == "[" else { continue }
      depth -= 1
      guard depth == 0 else { continue }
      let inside = rest[(place + 1)..<(rest.endIndex - 1)].trimmed
      takeGuards(inside)
      rest = rest[..<place]
      return
    }
  }

  /// `not a` is a guard that must not hold; what else `and`, `or` and `not` combine is said in our
  /// words.
  private mutating func takeGuards(_ inside: Scalars) {
    let formula = Formula<String>(inside.text)
    isNegated = inside.begins(with: "not ") && (formula.map { $0.single != nil } ?? true)
    condition = (isNegated ? inside.dropFirst(4) : inside).text
    if let formula, formula.single == nil { condition = formula.text }
  }

  private static func trigger(_ text: Scalars) -> Outline.Trigger {
    switch text.text {
    case "eventless": .eventless
    case "any event", "*": .anyEvent
    case "done": .done
    case let name where text.begins(with: "after "): .delay(String(name.dropFirst(6)))
    case let name: .event(name)
    }
  }
}
