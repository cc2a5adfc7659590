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

  /// The words of a text, at least one: what a document says may be long.
  static func all(_ part: Part, _ text: String) -> [Word] {
    text.split(separator: " ", omittingEmptySubsequences: false).map {
      Word(part: part, text: String($0))
    }
  }
}

extension [Word] {
  /// The words as one line of plain text.
  var text: String { map(\.text).joined(separator: " ") }
}

extension Outline.Trigger {
  /// An event's name, `after` a delay, or a keyword for what has no name.
  var words: [Word] {
    switch self {
    case .event(let name): [Word(part: .trigger, text: name)]
    case .anyEvent: [Word(part: .keyword, text: "any event")]
    case .delay(let name): [Word(part: .keyword, text: "after"), Word(part: .trigger, text: name)]
    case .done: [Word(part: .keyword, text: "done")]
    case .eventless: [Word(part: .keyword, text: "eventless")]
    }
  }
}

extension Outline.Transition {
  /// `trigger [guard] / action, action`, word by word.
  var words: [Word] {
    var words = trigger.words
    if let guardName = self.guard {
      let isSingle = condition?.single != nil
      let text = isNegated && !isSingle ? condition?.text ?? guardName : guardName
      var parts = Word.all(.condition, text + "]")
      let start = isNegated && isSingle ? "[not " : "["
      parts[0] = Word(part: .condition, text: start + parts[0].text)
      words += parts
    }
    return words + Self.words(actions: actions)
  }

  /// The words of a history state's default transition, which nothing triggers.
  private var defaultWords: [Word] {
    [Word(part: .keyword, text: "default")] + Self.words(actions: actions)
  }

  /// The words beside the line to one of several targets: the others are named.
  func words(to target: Int, in outline: Outline) -> [Word] {
    let others = targets.filter { $0 != target }.map { outline.states[$0].name }
    let start = others.isEmpty ? [] : [Word(part: .remark, text: "with")]
    let isDefault = outline.historyDepth(of: source) != nil
    return (isDefault ? defaultWords : words) + start
      + others.enumerated().map { index, name in
        Word(part: .remark, text: index == others.count - 1 ? name : name + ",")
      }
  }

  /// `/ action, action`, or nothing.
  static func words(actions: [String]) -> [Word] {
    actions.indices.flatMap { index in
      let end = index == actions.count - 1 ? "" : ","
      var words = Word.all(.action, actions[index] + end)
      // The slash stays with what follows it.
      if index == 0 { words[0] = Word(part: .action, text: "/ " + words[0].text) }
      return words
    }
  }
}

extension Outline {
  /// What the chart declares as a whole, wrapped.
  var declaredLines: [TextLine] {
    TextLine.wrapped(
      declarations.map { Word.all(.action, $0) }, widthMax: Metrics.rowWidthMax)
  }

  /// How a comment tells those that read a drawing how many of the next rows are remarks; they are
  /// the first ones, and could else be taken for transitions.
  func remarkCount(of state: Int) -> String? {
    let notes = states[state].notes
    let hidden = states[state].hiddenCount > 0 && !notes.isEmpty ? ["inside"] : []
    return Self.count(hidden + notes, "remark")
  }

  /// The same for what the chart declares as a whole.
  var declarationCount: String? { Self.count(declarations, "declaration") }

  /// Lines without text are passed over when they are read.
  private static func count(_ lines: [String], _ noun: String) -> String? {
    let count = lines.count { line in
      line.unicodeScalars.contains { !$0.properties.isWhitespace && !$0.isControl }
    }
    return count == 0 ? nil : "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// What a state lists below its name: entry, exit, targetless transitions, decisions.
  func rows(of state: Int) -> [[Word]] {
    let it = states[state]
    var rows: [[Word]] = []
    if it.hiddenCount > 0 {
      let noun = it.hiddenCount == 1 ? "state" : "states"
      rows.append([Word(part: .remark, text: "\(it.hiddenCount) \(noun) inside")])
    }
    rows += it.notes.map { Word.all(.remark, $0) }
    let blocks = [("entry", it.entry), ("exit", it.exit), ("initial", it.initialActions)]
    for (keyword, actions) in blocks where !actions.isEmpty {
      rows.append([Word(part: .keyword, text: keyword)] + Transition.words(actions: actions))
    }
    rows += listed(in: state).map(\.words)
    let decisions = [("deferred", it.deferred), ("ignored", it.ignored), ("refused", it.refused)]
    for (keyword, events) in decisions
    where !events.isEmpty {
      let names = events.enumerated().map { index, name in
        Word(part: .remark, text: index == events.count - 1 ? name : name + ",")
      }
      rows.append([Word(part: .remark, text: keyword + ":")] + names)
    }
    return rows
  }
}
