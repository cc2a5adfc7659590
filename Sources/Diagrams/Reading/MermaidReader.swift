import BatonCore

/// Reads Mermaid's state diagrams (`stateDiagram` and `stateDiagram-v2`), line by line.
struct MermaidReader {
  private var chart = DrawnStates()
  private var line = 0
  /// Whether the word `stateDiagram` has come.
  private var isBegun = false
  /// The box of a note that is open; nil in it for a note that belongs to none.
  private var note: Int??
  private var isFrontMatter = false

  static func read(_ text: String) -> ChartReading {
    var reader = MermaidReader()
    for line in DrawingLines.lines(of: text) {
      reader.line += 1
      reader.read(line)
    }
    if !reader.isBegun {
      reader.chart.find("there is no stateDiagram", line: 0, kind: .mistake)
    }
    reader.chart.finish(line: reader.line)
    return reader.chart.reading()
  }

  private mutating func read(_ text: Scalars) {
    if text.text == "---", !isBegun {
      isFrontMatter.toggle()
      return
    }
    if isFrontMatter {
      if text.begins(with: "title:") { chart.name = Self.yaml(text.dropFirst(6).trimmed) }
      return
    }
    let text = DrawingLines.withoutComment(text)
    if text.isEmpty { return }
    if let box = note {
      if text.text == "end note" { note = nil } else if let box { addRow(text, box) }
      return
    }
    if !isBegun {
      isBegun = ["stateDiagram", "stateDiagram-v2"].contains(text.text)
      return
    }
    if Self.passed.contains(where: { text.begins(with: $0) }) { return }
    statement(text)
  }

  /// Statements that say how it looks.
  private static let passed = [
    "direction ", "classDef ", "class ", "style ", "hide ", "scale ", "accTitle", "accDescr",
    "click ", "linkStyle ",
  ]

  private mutating func statement(_ text: Scalars) {
    var rest = text
    if text.text == "}" { return chart.end(line: line) }
    if text.text == "--" { return chart.divide() }
    if rest.take("note") { return beginNote(rest) }
    if let (from, to) = text.divided(by: "-->") { return arrow(from.trimmed, to.trimmed) }
    if rest.take("state") { return declare(rest) }
    describe(text)
  }

  // MARK: States

  private mutating func declare(_ text: Scalars) {
    var rest = text
    var label: String?
    if let quoted = rest.takeQuoted() {
      label = Self.plain(Scalars(quoted)).text
      guard rest.take("as") else { return misread(text) }
    }
    guard let id = takeID(&rest), let box = chart.box(id, line: line, isDeclared: true) else {
      return misread(text)
    }
    if let label { chart.boxes[box].label = label }
    for (kind, words) in Self.kinds where words.contains(rest.text) {
      chart.boxes[box].kind = kind
      return
    }
    if rest.text == "{" { return chart.begin(box, line: line) }
    if rest.text == "{}" || rest.isEmpty { return }
    if rest.first == ":" { return addRow(rest.dropFirst(), box) }
    misread(text)
  }

  private static let kinds: [(DrawnStates.Kind, [String])] = [
    (.fork, ["<<fork>>", "[[fork]]"]), (.join, ["<<join>>", "[[join]]"]),
    (.choice, ["<<choice>>", "[[choice]]"]),
  ]

  /// `id`, `id : text`.
  private mutating func describe(_ text: Scalars) {
    var rest = text
    guard let id = takeID(&rest), let box = chart.box(id, line: line) else { return misread(text) }
    if rest.isEmpty {
      _ = chart.box(id, line: line, isDeclared: true)
      return
    }
    guard rest.first == ":" else { return misread(text) }
    let description = Self.plain(rest.dropFirst().trimmed)
    if chart.boxes[box].label == nil, description.find("/") == nil, !id.hasPrefix("s_") {
      chart.boxes[box].label = description.text
    } else {
      addRow(rest.dropFirst(), box)
    }
  }

  private mutating func takeID(_ rest: inout Scalars) -> String? {
    let word = rest.prefix {
      !$0.properties.isWhitespace && !":{<\"[]}".unicodeScalars.contains($0)
    }
    guard !word.isEmpty else { return nil }
    rest = rest[word.endIndex...].trimmed
    // `id:::class` says how it looks.
    if rest.begins(with: ":::") {
      rest = rest.dropFirst(3).drop { $0.isWordPart || $0 == "-" }.trimmed
    }
    return word.text
  }

  private mutating func addRow(_ text: Scalars, _ box: Int) {
    chart.boxes[box].rows.append((Self.plain(text.trimmed), line))
  }

  private mutating func beginNote(_ text: Scalars) {
    var rest = text
    guard rest.take("right") || rest.take("left"), rest.take("of"), let id = takeID(&rest),
      let box = chart.box(id, line: line)
    else { return misread(text) }
    if rest.first == ":" {
      addRow(rest.dropFirst(), box)
    } else {
      note = .some(box)
    }
  }

  // MARK: Arrows

  private mutating func arrow(_ from: Scalars, _ to: Scalars) {
    var (start, rest) = (from, to)
    guard let from = takeEnd(&start), start.isEmpty, let to = takeEnd(&rest) else {
      return misread(from + Scalars(" --> ") + to)
    }
    guard rest.isEmpty || rest.first == ":" else { return misread(rest) }
    let label = Self.plain(rest.dropFirst().trimmed)
    chart.add(
      DrawnStates.Arrow(from: from, to: to, rows: label.isEmpty ? [] : [label], line: line))
  }

  private mutating func takeEnd(_ rest: inout Scalars) -> DrawnStates.End? {
    for (sign, isDeep) in [("[H*]", true), ("[H]", false)] where rest.begins(with: sign) {
      rest = rest.dropFirst(sign.unicodeScalars.count).trimmed
      return chart.history(of: nil, isDeep: isDeep, line: line).map { .box($0) }
    }
    if rest.begins(with: "[*]") {
      rest = rest.dropFirst(3).trimmed
      return .dot(of: chart.scope, part: chart.part)
    }
    return takeID(&rest).flatMap { chart.box($0, line: line) }.map { .box($0) }
  }

  private mutating func misread(_ text: Scalars) {
    chart.find("\(text.text) is not understood", line: line)
  }

  // MARK: Text

  /// A value of the front matter.
  private static func yaml(_ text: Scalars) -> String {
    guard text.first == "\"", text.last == "\"", text.count > 1 else { return text.text }
    var result: Scalars = []
    var isEscaped = false
    for scalar in text.dropFirst().dropLast() {
      isEscaped = scalar == "\\" && !isEscaped
      if !isEscaped { result.append(scalar) }
    }
    return result.text
  }

  private static let entities: [String: Unicode.Scalar] = [
    "quot": "\"", "amp": "&", "lt": "<", "gt": ">", "colon": ":", "semi": ";", "num": "#",
    "nbsp": "\u{A0}",
  ]

  /// Text without entity codes: `#35;` and `#quot;`.
  private static func plain(_ text: Scalars) -> Scalars {
    var result: Scalars = []
    var rest = text
    while let next = rest.first {
      rest.removeFirst()
      let code = rest.prefix(8).prefix { $0 != ";" }
      guard next == "#", rest.dropFirst(code.count).first == ";" else {
        result.append(next)
        continue
      }
      let scalar = UInt32(code.text).flatMap(Unicode.Scalar.init) ?? entities[code.text]
      guard let scalar else {
        result.append(next)
        continue
      }
      result.append(scalar)
      rest.removeFirst(code.count + 1)
    }
    return result
  }
}
