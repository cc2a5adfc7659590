import BatonCore

/// Reads PlantUML's state diagrams, line by line. Neither its preprocessor nor its markup is known.
struct PlantUMLReader {
  var chart = DrawnStates()
  private(set) var line = 0
  /// What may end the lines that are passed over, and the line that has begun them.
  private var ends: (words: [String], line: Int)?
  private var passed: PassedBlock?
  /// The box of a note that is open.
  private var note: Int?
  /// What was named last: a note that says no place belongs to it.
  var last: DrawnStates.End?
  /// Whether the title stands on lines of its own, which are not over.
  private var isTitle = false
  private var isBegun = false
  private var isEnded = false

  static func read(_ text: String) -> ChartReading {
    var reader = PlantUMLReader()
    let (lines, comment) = DrawingLines.withoutBlockComments(DrawingLines.lines(of: text))
    for line in lines {
      reader.line += 1
      reader.read(line)
    }
    if let comment { reader.chart.find("'/ is missing", line: comment, kind: .mistake) }
    if let (words, line) = reader.ends {
      reader.chart.find("\(words[0]) is missing", line: line, kind: .mistake)
    }
    reader.chart.finish(reader.passed, line: reader.line)
    return reader.chart.reading()
  }

  private mutating func read(_ text: Scalars) {
    if text.begins(with: "@startuml") || (isEnded && text.begins(with: "@start")) {
      if isBegun { chart.find("a second diagram is passed over", line: line) }
      (isEnded, isBegun) = (isBegun, true)
    } else if text.begins(with: "@enduml") {
      (isEnded, isBegun) = (true, true)
    } else if isEnded || passes(text) || text.isEmpty || begins(text) {
      return
    } else if text.first == "'" {
      chart.mark(text.dropFirst())
    } else if !Self.looks.contains(where: { text.begins(with: $0) }) {
      statement(text)
    }
  }

  /// Whether a line belongs to a block that is passed over, or to a note or a title.
  private mutating func passes(_ text: Scalars) -> Bool {
    if passed != nil {
      if passed?.ends(on: text) == true { passed = nil }
      return true
    }
    guard let words = ends?.words else { return false }
    if words.contains(where: { text.begins(with: $0) || text.ends(with: $0) }) {
      (ends, note, isTitle) = (nil, nil, false)
    } else if let note {
      addRow(text, note)
    } else if words[0] == "endlegend", !text.isEmpty, chart.takeMark(nil) == .declaration {
      chart.declarations.append(Self.plain(text).text)
    } else if isTitle {
      chart.name += (chart.name.isEmpty ? "" : " ") + Self.plain(text).text
    }
    return true
  }

  /// Whether a line begins such a block, or is one.
  private mutating func begins(_ text: Scalars) -> Bool {
    var rest = text
    if text.begins(with: "<style>") {
      if text.find("</style>") == nil { ends = (["</style>"], line) }
    } else if rest.take("legend") {
      if text.find("endlegend") == nil { ends = (["endlegend", "end legend"], line) }
    } else if rest.take("skinparam") {
      passed = PassedBlock(text, line: line)
    } else if let word = Self.takeMargin(&rest) {
      if rest.isEmpty { ends = (["end \(word)", "end\(word)"], line) }
      isTitle = word == "title" && rest.isEmpty
      if word == "title" { chart.name = Self.plain(rest).text }
    } else {
      return false
    }
    return true
  }

  /// Text around the drawing; headers and footers have a side in front of them.
  private static func takeMargin(_ rest: inout Scalars) -> String? {
    var text = rest
    let isSided = ["left", "right", "center"].contains { text.take($0) }
    let words = isSided ? ["header", "footer"] : ["title", "header", "footer", "caption"]
    guard let word = words.first(where: { text.take($0) }) else { return nil }
    rest = text
    return word
  }

  /// Statements that say how it looks.
  private static let looks = [
    "hide ", "show ", "scale ", "left to right", "top to bottom", "!theme", "!pragma",
    "allowmixing", "allow_mixing", "mainframe", "set ",
  ]

  private mutating func statement(_ text: Scalars) {
    if text.text == "}" || text.text == "end state" { return chart.end(line: line) }
    if text.allSatisfy({ $0 == "-" }) || text.allSatisfy({ $0 == "|" }), text.count > 1 {
      return chart.divide()
    }
    guard !isUnderstood(text) else { return }
    chart.find("\(text.text) is not understood", line: line)
    passed = PassedBlock(text, line: line)
  }

  /// Reads a line; one that is not understood adds nothing.
  private mutating func isUnderstood(_ text: Scalars) -> Bool {
    var rest = text
    if rest.take("note") {
      beginNote(rest)
      return true
    }
    if rest.take("state") { return declare(rest) }
    if rest.take("together"), rest.text == "{" {
      chart.beginGroup(line: line)
      return true
    }
    rest = text
    if arrow(text) || chart.addHistory(text, line: line) { return true }
    guard let id = rest.takeWord(), rest.first == ":" else { return false }
    if let box = chart.box(id, line: line) { addRow(rest.dropFirst(), box) }
    return true
  }

  // MARK: States

  private mutating func declare(_ text: Scalars) -> Bool {
    var rest = text
    var label = rest.takeQuoted()
    var id = label
    if label == nil {
      id = rest.takeWord()
      if rest.take("as") { label = rest.takeQuoted() }
    } else if rest.take("as") {
      id = rest.takeWord()
    }
    let look = Self.takeLook(&rest)
    guard let id, ["", "begin"].contains(rest.text) || rest.first == "{" || rest.first == ":" else {
      return false
    }
    guard let box = chart.box(id, line: line, isDeclared: true) else { return true }
    last = .box(box)
    if let label { chart.boxes[box].label = Self.plain(Scalars(label)).text }
    if let kind = look.kind { chart.boxes[box].kind = kind }
    if look.isDashed { chart.boxes[box].isDashed = true }
    if rest.first == ":" {
      addRow(rest.dropFirst(), box)
    } else if !rest.isEmpty, rest.text != "{}" {
      chart.begin(box, line: line)
    }
    return true
  }

  /// A stereotype, a colour, and the look of the border.
  private static func takeLook(_ rest: inout Scalars) -> (kind: DrawnStates.Kind?, isDashed: Bool) {
    var kind: DrawnStates.Kind?
    var isDashed = false
    if rest.begins(with: "<<"), let (stereotype, more) = rest.divided(by: ">>") {
      kind = kinds[stereotype.dropFirst(2).trimmed.text.lowercased()]
      rest = more.trimmed
    }
    while rest.first == "#" {
      let look = rest.prefix { !$0.properties.isWhitespace && $0 != "{" }
      if look.find("dashed") != nil { isDashed = true }
      rest = rest[look.endIndex...].trimmed
    }
    return (kind, isDashed)
  }

  private static let kinds: [String: DrawnStates.Kind] = [
    "fork": .fork, "join": .join, "choice": .choice, "start": .start, "end": .end,
    "history": .history(isDeep: false), "history*": .history(isDeep: true),
  ]

  /// A line that begins with spaces that are kept goes on with the one before.
  private mutating func addRow(_ text: Scalars, _ box: Int) {
    let row = Self.plain(text.drop { $0 == " " || $0 == "\t" })
    for (place, piece) in Self.lines(row).enumerated() {
      let last = chart.boxes[box].rows.count - 1
      if place == 0, piece.first == "\u{A0}", last >= 0 {
        chart.boxes[box].rows[last].text += Scalars(" ") + piece.trimmed
      } else {
        chart.addRow(piece.trimmed, to: box, line: line)
      }
    }
  }

  private mutating func beginNote(_ text: Scalars) {
    var rest = text
    let isFloating = rest.first == "\"" || rest.begins(with: "as ")
    if isFloating { chart.find("a note that belongs to no state is not drawn", line: line) }
    let isOneLine = rest.first == "\""
    let isSided = ["left", "right", "top", "bottom"].contains { rest.take($0) }
    let isOnLink = !isSided && rest.take("on") && rest.take("link")
    var box: Int?
    if isSided, rest.take("of") {
      box = rest.takeWord().flatMap { chart.box($0, line: line) }
    } else if isSided || isOnLink, case .box(let named)? = last {
      // Remarks belong to states: that of an arrow to where it begins.
      box = named
    } else if isSided || isOnLink {
      chart.find("a note that belongs to no state is not drawn", line: line)
    }
    if rest.first == "#" {
      rest = rest.drop { !$0.properties.isWhitespace && $0 != ":" }.trimmed
    }
    if rest.first == ":" {
      if let box { addRow(rest.dropFirst(), box) }
    } else if !isOneLine {
      note = box
      ends = (["end note", "endnote"], line)
    }
  }
}
