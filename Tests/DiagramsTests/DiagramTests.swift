import BatonCore
import BatonDiagrams
import Foundation
import FoundationXML
import Testing

/// What each language must say about any chart.
@Suite(.timeLimit(.minutes(15))) struct DiagramTests {
  /// Charts whose names need no escaping, so that they are found as they are.
  static let plain = [
    Sample.migration, Sample.small, Sample.nested, Sample.regions, Sample.combined,
  ]

  @Test(arguments: plain, DiagramFormat.allCases)
  func `every name occurs`(outline: Outline, format: DiagramFormat) {
    let text = outline.diagram(format)
    let states = outline.states.flatMap { state -> [String] in
      [[state.name], state.entry, state.exit, state.ignored, state.deferred, state.refused]
        .flatMap(\.self)
    }
    // Signs between the guards are escaped.
    let transitions = outline.transitions.flatMap { ($0.condition?.names ?? []) + $0.actions }
    #expect(([outline.name] + states + transitions).filter { !text.contains($0) } == [])
  }

  @Test(arguments: plain)
  func `Mermaid has a line for every transition`(outline: Outline) {
    let lines = outline.diagram(.mermaid).split(separator: "\n").filter { line in
      line.contains(" --> s") && !line.contains("[*]")
    }
    let names = outline.identifiers
    let drawn = arrows(outline).filter {
      !isNested($0, $1, in: outline) && !liesAcross($0, $1, in: outline)
    }
    #expect(
      lines.map { String($0.prefix { $0 != ":" }) }
        == drawn.map { "  \(names[$0.0]) --> \(names[$0.1]) " })
  }

  @Test func `Mermaid writes what it can't draw as text`() {
    let text = Sample.nested.diagram(.mermaid)
    #expect(text.contains("\n    in → inner (internal)\n"))
    #expect(text.contains("\n    again → other\n"))
    #expect(text.contains("s_inner : up → outer\n"))
  }

  @Test func `Mermaid divides regions and writes what leads across as text`() {
    let text = Sample.regions.diagram(.mermaid)
    #expect(text.components(separatedBy: "\n    --\n").count == 3)
    #expect(text.contains(" : alarm / ring → stopped\n"))
    #expect(text.contains("state \"H#42; wasShown\" as s_wasShown\n"))
  }

  @Test(arguments: plain)
  func `PlantUML has an arrow for every source and target`(outline: Outline) {
    let lines = outline.diagram(.plantuml).split(separator: "\n").filter { line in
      line.contains(" --> s") && !line.contains("[*]")
    }
    let names = outline.identifiers
    let drawn = Set(arrows(outline).map { "\(names[$0]) --> \(names[$1]) " })
    #expect(lines.count == drawn.count)
    #expect(Set(lines.map { String($0.prefix { $0 != ":" }) }) == drawn)
  }

  @Test func `regions are dashed and history has its letter`() {
    let svg = Sample.regions.diagram(.svg)
    #expect(svg.components(separatedBy: "region\" data-state=\"on.").count == 4)
    #expect(svg.contains(">H*</text>") && svg.contains(">H</text>"))
    let dot = Sample.regions.diagram(.dot)
    #expect(dot.components(separatedBy: "style=\"rounded,dashed\"").count == 3)
    #expect(dot.contains("label=\"H*\"") && dot.contains("label=\"H\""))
    let puml = Sample.regions.diagram(.plantuml)
    #expect(puml.components(separatedBy: "##[dashed]").count == 4)
    #expect(puml.contains("<<history*>>") && puml.contains("<<history>>"))
  }

  @Test(arguments: plain)
  func `DOT has an edge for every transition`(outline: Outline) {
    let edges = outline.diagram(.dot).split(separator: "\n").filter { $0.contains("[label=\"") }
      .filter { $0.contains(" -> ") }
    let names = outline.identifiers
    #expect(
      edges.map { String($0.prefix { $0 != "[" }) }
        == arrows(outline).map { "  \(names[$0]) -> \(names[$1]) " })
  }

  @Test(arguments: plain)
  func `SVG has a line for every source and target`(outline: Outline) {
    let text = outline.diagram(.svg)
    for (source, target) in arrows(outline) {
      let from = path(source, in: outline)
      let to = path(target, in: outline)
      #expect(text.contains("data-from=\"\(from)\" data-to=\"\(to)\""))
    }
  }

  @Test(arguments: Sample.all, [DiagramFormat.mermaid, .plantuml])
  func `a state is declared before it is named`(outline: Outline, format: DiagramFormat) {
    var declared: Set<Substring> = []
    for line in outline.diagram(format).split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.first == "state", let place = words.lastIndex(of: "as") {
        declared.insert(words[place + 1])
      }
      guard let arrow = words.firstIndex(of: "-->"), words.count > arrow + 1 else { continue }
      let ends = [words[arrow - 1], words[arrow + 1]].filter { $0 != "[*]" }
      #expect(ends.filter { !declared.contains($0) } == [])
    }
    #expect(declared.count == outline.states.count)
  }

  @Test(arguments: Sample.all)
  func `DOT declares all nodes before all edges`(outline: Outline) throws {
    let lines = outline.diagram(.dot).split(separator: "\n")
    let isEdge = lines.map { $0.wholeMatch(of: /\s*\w+ -> \w+( \[.*\])?;/) != nil }
    let first = try #require(isEdge.firstIndex(of: true))
    #expect(!isEdge[first..<(lines.count - 1)].contains(false))
    for state in outline.identifiers {
      let place = lines.firstIndex { $0.wholeMatch(of: /\s*(\w+) \[.*\];/)?.1 == state[...] }
      #expect(place.map { $0 < first } == true)
    }
  }

  @Test(arguments: Sample.all)
  func `identifiers are words, and no two are equal`(outline: Outline) {
    let names = outline.identifiers
    #expect(Set(names).count == outline.states.count)
    #expect(names.filter { $0.wholeMatch(of: /s_[A-Za-z0-9_]*/) == nil } == [])
  }

  /// What stands in StateCharts is read as a difference: one state more is not a new file.
  @Test(arguments: DiagramFormat.drawings.filter { $0.name != "svg" })
  func `a state more leaves the other lines as they were`(format: DiagramFormat) {
    var sketch = Sketch("Door")
    sketch.state("first")
    for state in ["closed", "open"] { sketch.state(state, ignored: ["knock"]) }
    sketch.on(.event("push"), from: "closed", to: "open")
    let before = sketch.outline
    var after = before
    after.states.insert(Outline.State(name: "new", parent: nil, kind: .atomic), at: 1)
    for index in after.transitions.indices {
      after.transitions[index].source += 1
      after.transitions[index].targets = after.transitions[index].targets.map { $0 + 1 }
    }
    let old = before.diagram(format).split(separator: "\n")
    let new = after.diagram(format).split(separator: "\n")
    #expect(new.difference(from: old).count == 1)
  }

  /// In a picture a state more moves others: each of them in one line, that of its group.
  @Test func `what moves in an SVG differs in one line`() {
    let text = Sample.migration.diagram(.svg)
    let placed = text.split(separator: "\n").filter { $0.contains("translate(") }
    let groups = text.components(separatedBy: "<g ").count - 1
    #expect(placed.count == groups)
    #expect(!text.contains("<rect x=") && !text.contains("<rect y="))
  }

  @Test(arguments: Sample.all, DiagramFormat.allCases)
  func `the same chart gives the same bytes`(outline: Outline, format: DiagramFormat) {
    #expect(outline.diagram(format) == outline.diagram(format))
  }

  @Test(arguments: Sample.all)
  func `SVG is well-formed and takes nothing from outside`(outline: Outline) {
    let text = outline.diagram(.svg)
    let parser = XMLParser(data: Data(text.utf8))
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(["<script", "href", "url(", "@import"].filter { text.contains($0) } == [])
    #expect(["<title>", "<desc>", "prefers-color-scheme"].filter { !text.contains($0) } == [])
  }

  @Test(.enabled(if: Tool.dot != nil, "Graphviz's dot is not installed"), arguments: Sample.all)
  func `Graphviz draws it without a warning`(outline: Outline) throws {
    let result = try #require(Tool.dot).run(["-Tsvg"], input: outline.diagram(.dot))
    #expect(result.status == 0)
    #expect(result.errors == "")
  }

  @Test(.enabled(if: Tool.dot != nil, "Graphviz's dot is not installed"))
  func `Graphviz shows a backslash as one`() throws {
    var sketch = Sketch("paths")
    sketch.state(#"C:\New"#, entry: [#"log \N \G \\x"#])
    sketch.state(#"\N"#)
    sketch.on(.event(#"go\E"#), from: #"C:\New"#, to: #"\N"#)
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).svg")
    defer { try? FileManager.default.removeItem(at: file) }
    let result = try #require(Tool.dot).run(
      ["-Tsvg", "-o", file.path], input: sketch.outline.diagram(.dot))
    #expect(result.status == 0, "\(result.errors)")
    let picture = try String(contentsOf: file, encoding: .utf8)
    for text in [#">C:\New<"#, #"log \N \G \\x<"#, #">\N<"#, #">go\E<"#] {
      #expect(picture.contains(text), "\(text)")
    }
  }

  @Test(
    .enabled(if: Tool.plantuml != nil, "plantuml is not installed"), arguments: Sample.all)
  func `PlantUML draws it`(outline: Outline) throws {
    let tool = try #require(Tool.plantuml)
    let result = try tool.run(["-pipe", "-tsvg"], input: outline.diagram(.plantuml))
    #expect(result.status == 0, "\(result.errors)")
  }

  /// The files stand in Tests/Golden; `BATON_GOLDEN=write` writes them anew, and fails.
  @Test(arguments: DiagramFormat.drawings)
  func `the door is drawn as it was`(format: DiagramFormat) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Golden")
    let file = folder.appending(path: "door.\(format.fileExtension)")
    let text = Sample.small.diagram(format)
    if ProcessInfo.processInfo.environment["BATON_GOLDEN"] == "write" {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
      Issue.record("\(file.lastPathComponent) has been written, not compared")
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }

  private func path(_ state: Int, in outline: Outline) -> String {
    let it = outline.states[state]
    return it.parent.map { path($0, in: outline) + "." + it.name } ?? it.name
  }

  /// Source and target of every line, in document order.
  private func arrows(_ outline: Outline) -> [(Int, Int)] {
    outline.transitions.flatMap { transition in transition.targets.map { (transition.source, $0) } }
  }

  private func liesAcross(_ source: Int, _ target: Int, in outline: Outline) -> Bool {
    let ways = [source, target].map { path($0, in: outline).split(separator: ".") }
    let common = zip(ways[0], ways[1]).prefix { $0 == $1 }.last?.0
    return outline.states.contains { $0.kind == .parallel && common == $0.name[...] }
  }

  private func isNested(_ source: Int, _ target: Int, in outline: Outline) -> Bool {
    let from = path(source, in: outline)
    let to = path(target, in: outline)
    return from.hasPrefix(to + ".") || to.hasPrefix(from + ".")
  }
}
