import BatonCore

/// A piece of a label which is never broken over two lines.
struct Word: Hashable, Sendable {
  /// What a word says, so that a drawing may tell the parts of a label apart.
  enum Part: String, Hashable, Sendable {
    case keyword
    case trigger
    case condition
    case action
    case remark
  }

  let part: Part
  let text: String
}

extension [Word] {
  /// The words as one line of plain text.
  var text: String { map(\.text).joined(separator: " ") }
}

extension Outline.Transition {
  /// `trigger [guard] / action, action`, word by word.
  var words: [Word] {
    var words: [Word]
    switch trigger {
    case .event(let name): words = [Word(part: .trigger, text: name)]
    case .delay(let name):
      words = [Word(part: .keyword, text: "after"), Word(part: .trigger, text: name)]
    case .done: words = [Word(part: .keyword, text: "done")]
    case .eventless: words = [Word(part: .keyword, text: "eventless")]
    }
    if let guardName = self.guard {
      words.append(
        Word(part: .condition, text: isNegated ? "[not \(guardName)]" : "[\(guardName)]"))
    }
    return words + Self.words(actions: actions)
  }

  /// `/ action, action`, or nothing.
  static func words(actions: [String]) -> [Word] {
    actions.indices.map { index in
      let start = index == 0 ? "/ " : ""
      let end = index == actions.count - 1 ? "" : ","
      return Word(part: .action, text: start + actions[index] + end)
    }
  }
}

extension Outline {
  /// What a state lists below its name: entry, exit, targetless transitions, decisions.
  func rows(of state: Int) -> [[Word]] {
    let it = states[state]
    var rows: [[Word]] = []
    for (keyword, actions) in [("entry", it.entry), ("exit", it.exit)] where !actions.isEmpty {
      rows.append([Word(part: .keyword, text: keyword)] + Transition.words(actions: actions))
    }
    rows += listed(in: state).map(\.words)
    for (keyword, events) in [("ignored", it.ignored), ("refused", it.refused)]
    where !events.isEmpty {
      let names = events.enumerated().map { index, name in
        Word(part: .remark, text: index == events.count - 1 ? name : name + ",")
      }
      rows.append([Word(part: .remark, text: keyword + ":")] + names)
    }
    return rows
  }
}
