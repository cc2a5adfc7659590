/// An end of an arrow as it is written.
enum DrawnPlace {
  case dot
  case history(of: String?, isDeep: Bool)
  case box(String)

  /// Takes a place off the front: `[*]`, `[H]`, `[H*]`, a name, or a name with `[H]` behind it.
  init?(_ rest: inout Scalars, takeName: (inout Scalars) -> String?) {
    let word = takeName(&rest)
    for (sign, isDeep) in [("[H*]", true), ("[H]", false)] where rest.begins(with: sign) {
      rest = rest.dropFirst(sign.unicodeScalars.count).trimmed
      self = .history(of: word, isDeep: isDeep)
      return
    }
    if let word {
      self = .box(word)
    } else if rest.begins(with: "[*]") {
      rest = rest.dropFirst(3).trimmed
      self = .dot
    } else {
      return nil
    }
  }
}

extension DrawnStates {
  /// What stands at a place; nil when there are too many states.
  mutating func end(_ place: DrawnPlace, line: Int) -> End? {
    switch place {
    case .dot: .dot(of: scope, part: part)
    case .history(let id, let isDeep): history(of: id, isDeep: isDeep, line: line).map { .box($0) }
    case .box(let id): box(id, line: line).map { .box($0) }
    }
  }

  /// Adds a history state that stands on a line of its own; false when the line is no such one.
  mutating func addHistory(_ text: Scalars, line: Int) -> Bool {
    var rest = text
    guard case .history? = DrawnPlace(&rest, takeName: { _ in nil }), rest.isEmpty else {
      return false
    }
    _ = history(of: nil, isDeep: text.begins(with: "[H*]"), line: line)
    return true
  }
}
