import BatonCore

/// Arrows of PlantUML, and its text.
extension PlantUMLReader {
  /// `A -left[#red]-> B : label`, in either direction; false when it is no arrow.
  mutating func arrow(_ text: Scalars) -> Bool {
    var rest = text
    guard let first = place(&rest), let (isBack, isHidden) = Self.takeArrow(&rest),
      let second = place(&rest)
    else { return false }
    // A stereotype or a colour behind an end says how it looks.
    if rest.first == "<" || rest.first == "#" { rest = rest.drop { $0 != ":" } }
    guard rest.isEmpty || rest.first == ":" else { return false }
    guard let one = chart.end(first, line: line), let other = chart.end(second, line: line) else {
      return true
    }
    let (from, to) = isBack ? (other, one) : (one, other)
    if case .box = from { last = from } else { last = to }
    // Only where things stand.
    if isHidden { return true }
    var rows = Self.rows(rest.dropFirst(), isOurs: isOurs(first) || isOurs(second))
    let isInternal = rows.first?.text == "(internal)"
    if isInternal { rows.removeFirst() }
    chart.add(
      DrawnStates.Arrow(
        from: from, to: to, rows: rows, isInternal: isInternal, line: line))
    return true
  }

  private func place(_ rest: inout Scalars) -> DrawnPlace? {
    DrawnPlace(&rest) { $0.takeWord() }
  }

  private func isOurs(_ place: DrawnPlace) -> Bool {
    if case .box(let id) = place { id.hasPrefix("s_") } else { false }
  }

  /// Takes an arrow off the front, and tells whether it points back and whether nobody sees it.
  private static func takeArrow(_ rest: inout Scalars) -> (isBack: Bool, isHidden: Bool)? {
    let isBack = rest.first == "<"
    var arrow = isBack ? rest.dropFirst() : rest
    guard arrow.first == "-" else { return nil }
    while let next = arrow.first, next == "-" || next == "." { arrow.removeFirst() }
    // A direction, and the look of the line in brackets.
    let direction = arrow.prefix { $0.properties.isAlphabetic }
    if ["left", "right", "up", "down", "l", "r", "u", "d", "le", "ri", "do"].contains(
      direction.text)
    {
      arrow = arrow[direction.endIndex...]
    }
    var isHidden = false
    if arrow.first == "[", let (look, more) = arrow.divided(by: "]") {
      arrow = more
      isHidden = look.find("hidden") != nil
    }
    let other = arrow.prefix { $0.properties.isAlphabetic }
    if ["left", "right", "up", "down"].contains(other.text) { arrow = arrow[other.endIndex...] }
    while arrow.first == "-" { arrow.removeFirst() }
    if arrow.first == ">", !isBack {
      arrow.removeFirst()
    } else if !isBack {
      return nil
    }
    rest = arrow.trimmed
    return (isBack, isHidden)
  }

  // MARK: Text

  /// The rows of a label: in a drawing of ours one for each transition, else all is one text.
  private static func rows(_ text: Scalars, isOurs: Bool) -> [Scalars] {
    let lines = lines(plain(text.trimmed))
    guard isOurs else {
      let whole = lines.map { $0.trimmed.text }.filter { !$0.isEmpty }.joined(separator: " ")
      return whole.isEmpty ? [] : [Scalars(whole)]
    }
    var rows: [Scalars] = []
    for line in lines where !line.trimmed.isEmpty {
      // What goes on begins with spaces that are kept.
      if line.first == "\u{A0}", let last = rows.popLast() {
        rows.append(Scalars(last.text + " " + line.trimmed.text))
      } else {
        rows.append(line.trimmed)
      }
    }
    return rows
  }

  /// Stands for a line end in a text, which no source can hold.
  private static let lineEnd: Unicode.Scalar = "\u{0}"

  static func lines(_ text: Scalars) -> [Scalars] {
    text.split(separator: lineEnd, omittingEmptySubsequences: false).map { $0 }
  }

  /// Text without escapes: `<U+0022>`, and `\n` for a line end.
  static func plain(_ text: Scalars) -> Scalars {
    var result: Scalars = []
    var rest = text
    while let next = rest.first {
      if rest.begins(with: "\\n") {
        result.append(lineEnd)
        rest.removeFirst(2)
      } else if rest.begins(with: "<U+"), let end = rest.prefix(11).firstIndex(of: ">"),
        let scalar = UInt32(rest[(rest.startIndex + 3)..<end].text, radix: 16)
          .flatMap(Unicode.Scalar.init), scalar != lineEnd
      {
        result.append(scalar)
        rest = rest[(end + 1)...]
      } else {
        if next != lineEnd { result.append(next) }
        rest.removeFirst()
      }
    }
    return result
  }
}
