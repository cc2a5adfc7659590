import BatonCore

/// Reads Mermaid's state diagrams (`stateDiagram` and `stateDiagram-v2`), line by line.
struct MermaidReader {
  private var chart = DrawnStates()
  private var line = 0
  /// Whether the word `stateDiagram` has come.
  private var isBegun = false
  private var isEnded = false
  /// Whether the drawing stands between the fences of a code block.
  private var isFenced = false
  /// The box of a note that is open, nil when there are too many, and the line that has begun it.
  private var note: (box: Int?, line: Int)?
  private var isFrontMatter = false
  private var passed: PassedBlock?

  static func read(_ text: String) -> ChartReading {
    var reader = MermaidReader()
    for line in DrawingLines.lines(of: text) {
      reader.line += 1
      reader.read(line)
    }
    if !reader.isBegun {
      reader.chart.find("there is no stateDiagram", line: 0, kind: .mistake)
    }
    if let (_, line) = reader.note {
      reader.chart.find("end note is missing", line: line, kind: .mistake)
    }
    reader.chart.finish(reader.passed, line: reader.line)
    return reader.chart.reading()
  }

  private mutating func read(_ text: Scalars) {
    if isFence(text) || (text.text == "---" && !isBegun && !isFrontMatter) {
      isFrontMatter = text.text == "---"
      return
    }
    if isFrontMatter {
      if text.text == "---" { isFrontMatter = false }
      if text.begins(with: "title:") { chart.name = Self.yaml(text.dropFirst(6).trimmed) }
      return
    }
    if text.begins(with: "%%") { chart.mark(text.dropFirst(2)) }
    let text = DrawingLines.withoutComment(text)
    if text.isEmpty { return }
    if passed != nil {
      if passed?.ends(on: text) == true { passed = nil }
      return
    }
    if let (box, _) = note {
      if text.text == "end note" { note = nil } else if let box { addRow(text, box) }
      return
    }
    if text.first == "#" { return }
    var rest = text
    if rest.take("stateDiagram"), rest.isEmpty || rest.begins(with: "-v2") {
      begin()
      rest = (rest.isEmpty ? rest : rest.dropFirst(3)).trimmed
    } else {
      rest = text
    }
    guard isBegun, !isEnded else { return }
    for piece in Self.pieces(rest) { statement(piece) }
  }

  /// What stands on one line with the brackets of states around it: `state A { x --> y }`.
  private static func pieces(_ text: Scalars) -> [Scalars] {
    var (rest, pieces) = (text, [Scalars]())
    let quoted = text.quoted
    // What stands behind a colon is text, and behind three the name of a look.
    let colon = text.indices.first { place in
      text[place] == ":" && !quoted.contains(place) && !text[place...].begins(with: ":::")
        && (place < text.startIndex + 2 || text[place - 1] != ":")
    }
    let end = colon ?? text.endIndex
    while rest.begins(with: "state "), pieces.count <= DrawnStates.depthMax,
      let place = rest.firstIndex(of: "{"), place < end, place + 1 < rest.endIndex,
      !quoted.contains(place), !rest[place...].elementsEqual("{}".unicodeScalars)
    {
      pieces.append(rest[...place])
      rest = rest[(place + 1)...].trimmed
    }
    // What stands behind a colon is text.
    guard rest.count > 1, rest.last == "}", rest.firstIndex(of: ":") == nil,
      rest.firstIndex(of: "{") == nil
    else { return rest.isEmpty ? pieces : pieces + [rest] }
    var ends: [Scalars] = []
    while rest.last == "}" {
      ends.append(rest.suffix(1))
      rest = rest.dropLast().trimmed
    }
    return pieces + (rest.isEmpty ? [] : [rest]) + ends
  }

  private mutating func begin() {
    if isBegun {
      chart.find("a second diagram is passed over", line: line)
      isEnded = true
    }
    isBegun = true
  }

  /// A fence begins and ends the drawing; one that ends nothing is a line like every other.
  private mutating func isFence(_ text: Scalars) -> Bool {
    guard text.begins(with: "```") || text.begins(with: "~~~"), isFenced || !isBegun || isEnded
    else { return false }
    if isFenced, isBegun { isEnded = true }
    isFenced.toggle()
    return true
  }

  /// Statements that say how it looks.
  private static let looks = [
    "direction ", "classDef ", "class ", "style ", "hide ", "scale ", "accTitle", "accDescr",
    "click ", "linkStyle ",
  ]

  private mutating func statement(_ text: Scalars) {
    if Self.looks.contains(where: { text.begins(with: $0) }) {
      // Only what stands between brackets has several lines.
      if text.begins(with: "accDescr"), text.dropFirst(8).trimmed.first == "{" {
        passed = PassedBlock(text, line: line)
      }
      return
    }
    if text.text == "}" { return chart.end(line: line) }
    if text.text == "--" { return chart.divide() }
    guard !isUnderstood(text) else { return }
    chart.find("\(text.text) is not understood", line: line)
    passed = PassedBlock(text, line: line)
  }

  /// Reads a line; one that is not understood adds nothing.
  private mutating func isUnderstood(_ text: Scalars) -> Bool {
    var rest = text
    if rest.take("note") { return beginNote(rest) }
    if chart.addHistory(text, line: line) { return true }
    if let (from, to) = text.divided(by: "-->") { return arrow(from.trimmed, to.trimmed) }
    return rest.take("state") ? declare(rest) : describe(text)
  }

  // MARK: States

  private mutating func declare(_ text: Scalars) -> Bool {
    var rest = text
    var label: String?
    if let quoted = rest.takeQuoted() {
      label = Self.plain(Scalars(quoted)).text
      guard rest.take("as") else { return false }
    }
    guard let id = takeID(&rest) else { return false }
    let kind = Self.kinds.first { $0.1.contains(rest.text) }?.0
    let isKnown = kind != nil || ["", "{", "{}"].contains(rest.text) || rest.first == ":"
    guard isKnown else { return false }
    guard let box = chart.box(id, line: line, isDeclared: true) else { return true }
    if let label { chart.boxes[box].label = label }
    if let kind { chart.boxes[box].kind = kind }
    if rest.text == "{" { chart.begin(box, line: line) }
    if rest.first == ":" { addRow(rest.dropFirst(), box) }
    return true
  }

  private static let kinds: [(DrawnStates.Kind, [String])] = [
    (.fork, ["<<fork>>", "[[fork]]"]), (.join, ["<<join>>", "[[join]]"]),
    (.choice, ["<<choice>>", "[[choice]]"]),
  ]

  /// `id`, `id : text`.
  private mutating func describe(_ text: Scalars) -> Bool {
    var rest = text
    guard let id = takeID(&rest), rest.first == ":" || (rest.isEmpty && Self.isName(id)) else {
      return false
    }
    guard let box = chart.box(id, line: line, isDeclared: rest.isEmpty), !rest.isEmpty else {
      return true
    }
    let description = Self.plain(rest.dropFirst().trimmed)
    guard !description.isEmpty else { return true }
    if chart.boxes[box].label == nil, description.find("/") == nil, !id.hasPrefix("s_") {
      chart.boxes[box].label = description.text
    } else {
      addRow(rest.dropFirst(), box)
    }
    return true
  }

  /// Whether a word that stands alone can be meant as a state, and not as an arrow.
  private static func isName(_ word: String) -> Bool {
    word.unicodeScalars.allSatisfy {
      $0.isWordPart || !$0.isASCII || "-$'".unicodeScalars.contains($0)
    }
      && Scalars(word).find("--") == nil
  }

  private func takeID(_ rest: inout Scalars) -> String? {
    let word = rest.prefix {
      !$0.properties.isWhitespace && !":{<\"[]}".unicodeScalars.contains($0)
    }
    // What begins with another sign is a fence or a comment of another language.
    guard let first = word.first, first.isWordPart || !first.isASCII || first == "$" else {
      return nil
    }
    rest = rest[word.endIndex...].trimmed
    // `id:::class` says how it looks.
    if rest.begins(with: ":::") {
      rest = rest.dropFirst(3).drop { $0.isWordPart || $0 == "-" }.trimmed
    }
    return word.text
  }

  private mutating func addRow(_ text: Scalars, _ box: Int) {
    chart.addRow(Self.plain(text.trimmed), to: box, line: line)
  }

  private mutating func beginNote(_ text: Scalars) -> Bool {
    var rest = text
    guard rest.take("right") || rest.take("left"), rest.take("of"), let id = takeID(&rest) else {
      return false
    }
    let box = chart.box(id, line: line)
    if rest.first != ":" {
      note = (box, line)
    } else if let box {
      addRow(rest.dropFirst(), box)
    }
    return true
  }

  // MARK: Arrows

  private mutating func arrow(_ from: Scalars, _ to: Scalars) -> Bool {
    var (start, rest) = (from, to)
    guard let first = DrawnPlace(&start, takeName: takeID), start.isEmpty,
      let second = DrawnPlace(&rest, takeName: takeID), rest.isEmpty || rest.first == ":"
    else { return false }
    guard let from = chart.end(first, line: line), let to = chart.end(second, line: line) else {
      return true
    }
    let label = Self.plain(rest.dropFirst().trimmed)
    chart.add(
      DrawnStates.Arrow(from: from, to: to, rows: label.isEmpty ? [] : [label], line: line))
    return true
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

  /// Takes `<br>`, `<br/>` or `<br />` off the front.
  private static func takeBreak(_ rest: inout Scalars) -> Bool {
    guard rest.begins(with: "<br") else { return false }
    let more = rest.dropFirst(3).drop { $0 == " " || $0 == "/" }
    guard more.first == ">" else { return false }
    rest = more.dropFirst()
    return true
  }

  /// Text without entity codes (`#35;` and `#quot;`), and with a space for the end of a line.
  private static func plain(_ text: Scalars) -> Scalars {
    var result: Scalars = []
    var rest = text
    while let next = rest.first {
      if takeBreak(&rest) {
        result.append(" ")
        continue
      }
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
