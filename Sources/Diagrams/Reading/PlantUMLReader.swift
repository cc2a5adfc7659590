import BatonCore

/// Reads PlantUML's state diagrams, line by line. Neither its preprocessor nor its markup is known.
struct PlantUMLReader {
  var chart = DrawnStates()
  private(set) var line = 0
  /// What ends the lines that are passed over; nil when none are.
  private var end: String?
  /// The box of a note that is open.
  private var note: Int?
  private var isEnded = false

  static func read(_ text: String) -> ChartReading {
    var reader = PlantUMLReader()
    for line in DrawingLines.withoutBlockComments(DrawingLines.lines(of: text)) {
      reader.line += 1
      if !reader.isEnded { reader.read(line) }
    }
    reader.chart.finish(line: reader.line)
    return reader.chart.reading()
  }

  private mutating func read(_ text: Scalars) {
    if let end {
      let isOver = text.find(end) != nil
      if isOver { self.end = nil }
      if let note, !isOver { addRow(text, note) }
      if isOver { note = nil }
      return
    }
    if text.isEmpty || text.first == "'" || text.begins(with: "@startuml") { return }
    if text.begins(with: "@enduml") {
      isEnded = true
      return
    }
    if let (word, end) = Self.blocks.first(where: { text.begins(with: $0.0) }) {
      // Some of them may stand on one line.
      let isOpen = word == "skinparam" ? text.last == "{" : text.dropFirst(2).find(end) == nil
      if isOpen { self.end = end }
      return
    }
    var rest = text
    if rest.take("title") {
      chart.name = Self.plain(rest).text
    } else if !Self.passed.contains(where: { text.begins(with: $0) }) {
      statement(text)
    }
  }

  private static let blocks = [
    ("legend", "endlegend"), ("<style>", "</style>"), ("skinparam", "}"),
  ]

  /// Statements that say how it looks.
  private static let passed = [
    "hide ", "show ", "scale ", "left to right", "top to bottom", "header", "footer", "caption",
    "!theme", "!pragma", "allowmixing", "allow_mixing", "mainframe", "set ",
  ]

  private mutating func statement(_ text: Scalars) {
    var rest = text
    if text.text == "}" || text.text == "end state" { return chart.end(line: line) }
    if text.allSatisfy({ $0 == "-" }) || text.allSatisfy({ $0 == "|" }), text.count > 1 {
      return chart.divide()
    }
    if rest.take("note") { return beginNote(rest) }
    if rest.take("state") { return declare(rest) }
    if arrow(text) { return }
    guard let id = rest.takeWord(), rest.first == ":", let box = chart.box(id, line: line) else {
      return misread(text)
    }
    addRow(rest.dropFirst(), box)
  }

  mutating func misread(_ text: Scalars) {
    chart.find("\(text.text) is not understood", line: line)
  }

  // MARK: States

  private mutating func declare(_ text: Scalars) {
    var rest = text
    var label = rest.takeQuoted()
    var id = label
    if label == nil {
      id = rest.takeWord()
      if rest.take("as") { label = rest.takeQuoted() }
    } else if rest.take("as") {
      id = rest.takeWord()
    }
    guard let id, let box = chart.box(id, line: line, isDeclared: true) else {
      return misread(text)
    }
    if let label { chart.boxes[box].label = Self.plain(Scalars(label)).text }
    if rest.begins(with: "<<"), let (stereotype, more) = rest.divided(by: ">>") {
      if let kind = Self.kinds[stereotype.dropFirst(2).trimmed.text.lowercased()] {
        chart.boxes[box].kind = kind
      }
      rest = more.trimmed
    }
    // A colour, and the look of the border.
    while rest.first == "#" {
      let look = rest.prefix { !$0.properties.isWhitespace && $0 != "{" }
      if look.find("dashed") != nil { chart.boxes[box].isDashed = true }
      rest = rest[look.endIndex...].trimmed
    }
    switch rest.first {
    case nil: return
    case "{": if rest.text != "{}" { chart.begin(box, line: line) }
    case ":": addRow(rest.dropFirst(), box)
    case _: if rest.text == "begin" { chart.begin(box, line: line) } else { misread(text) }
    }
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
        chart.boxes[box].rows.append((piece.trimmed, line))
      }
    }
  }

  private mutating func beginNote(_ text: Scalars) {
    var rest = text
    let isFloating = rest.first == "\""
    let isSided = ["left", "right", "top", "bottom"].contains { rest.take($0) }
    let box =
      isSided && rest.take("of") ? rest.takeWord().flatMap { chart.box($0, line: line) } : nil
    if rest.first == ":" {
      if let box { addRow(rest.dropFirst(), box) }
    } else if !isFloating {
      note = box
      end = "end note"
    }
  }
}
