import BatonCore

/// Writes an outline in the language of PlantUML's state diagrams.
///
/// States are called by their names behind `s_`, and every one is declared before the first
/// transition that names it: otherwise PlantUML draws a nested state outside its parent. What a
/// state lists, targetless transitions among it, stands inside the state. Transitions that share
/// source and target share an arrow: a line each would make a chart unreadably wide. Regions are
/// nested states with a dashed border, since PlantUML draws no arrow into a concurrent one.
struct PlantUML: Sendable {
  private let outline: Outline
  /// By state, so that a language's own words are not taken for a state.
  private let names: [String]

  init(outline: Outline) {
    self.outline = outline
    names = outline.identifiers
  }

  func text() -> String {
    var lines = ["@startuml"]
    let title = Self.escaped(outline.name)
    if title.contains(where: { !$0.isWhitespace }) { lines.append("title \(title)") }
    lines.append("hide empty description")
    if !outline.declarations.isEmpty {
      lines += outline.declarationCount.map { ["' \($0)"] } ?? []
      lines += ["legend top left"] + outline.declarations.map { "  " + Self.escaped($0) }
      lines.append("endlegend")
    }
    lines += block(nil, indent: "")
    for edge in Edge.all(of: outline) {
      let mark = edge.isInternal ? "(internal)\\n" : ""
      let label = edge.lines.map(Self.text).joined(separator: "\\n")
      lines.append("\(names[edge.source]) --> \(names[edge.target]) : \(mark)\(label)")
    }
    return (lines + ["@enduml", ""]).joined(separator: "\n")
  }

  /// The states of one level, then its initial and final arrows.
  private func block(_ parent: Int?, indent: String) -> [String] {
    let children = outline.children(of: parent)
    var lines = children.flatMap { state($0, indent: indent) }
    lines += outline.initials(of: parent).map { "\(indent)[*] --> \(names[$0])" }
    lines += children.filter { outline.states[$0].kind == .final }.map {
      "\(indent)\(names[$0]) --> [*]"
    }
    return lines
  }

  private func state(_ index: Int, indent: String) -> [String] {
    let caption = Self.escaped(outline.caption(of: index))
    // Quotes need something between them.
    let name = caption.contains { !$0.isWhitespace } ? caption : "<U+00A0>"
    let marks = [
      outline.isRegion(index) ? " ##[dashed]" : "",
      outline.historyDepth(of: index).map { $0 ? " <<history*>>" : " <<history>>" } ?? "",
    ].joined()
    let head = "\(indent)state \"\(name)\" as \(names[index])\(marks)"
    let texts = TextLine.wrapped(outline.rows(of: index), widthMax: Metrics.rowWidthMax)
    let count = outline.remarkCount(of: index).map { ["\(indent)' \($0)"] } ?? []
    let rows = count + texts.map { "\(indent)\(names[index]) : \(Self.text($0))" }
    guard outline.isContainer(index) else { return [head] + rows }
    return [head + " {"] + block(index, indent: indent + "  ") + [indent + "}"] + rows
  }

  /// A line with its indent, as spaces that PlantUML keeps.
  private static func text(_ line: TextLine) -> String {
    String(repeating: "<U+00A0>", count: line.indent / 4) + escaped(line.words.text)
  }

  /// Replaces what PlantUML's grammar or its markup would take for its own by Unicode escapes.
  private static func escaped(_ text: String) -> String {
    var result = ""
    var before: Unicode.Scalar?
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "<", ">", "\\", "~", "*", "_", "-", "[", "]", "{", "}", "#", "%", "`", "|", "!",
        "'", "$", "&", "=", "@":
        result += "<U+\(String(0x10000 + scalar.value, radix: 16, uppercase: true).dropFirst())>"
      // Two of them are markup, or a rule.
      case "/" where before == "/": result += "<U+002F>"
      case "." where before == ".": result += "<U+002E>"
      case _ where scalar.isControl: result += " "
      case _: result.unicodeScalars.append(scalar)
      }
      before = scalar
    }
    return result
  }
}

extension DiagramFormat {
  /// PlantUML, a state diagram that `plantuml` lays out with the help of `dot`.
  ///
  /// A final state is an ordinary one that leads to an unnamed end. Releases before 2022 draw a
  /// history state as an ordinary one with its letter in the name. That the transitions of a
  /// state are tried in document order is not shown.
  public static let plantuml = DiagramFormat(name: "plantuml", fileExtension: "puml") {
    PlantUML(outline: $0).text()
  }
}
