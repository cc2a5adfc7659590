import BatonCore
import BatonDiagrams
import Testing

/// What drawings of others hold beside states and arrows.
@Suite(.timeLimit(.minutes(15))) struct ForeignDrawingTests {
  /// The transitions of a drawing, and whatever was found in it but gaps.
  private func read(_ lines: String..., plantuml: Bool = false) -> ([String], [String]) {
    let text = lines.joined(separator: "\n")
    let reading = plantuml ? ChartReading(plantuml: text) : ChartReading(mermaid: text)
    let found = reading.findings.sorted { $0.line < $1.line }.map { "\($0.line) \($0.text)" }
    return (ChartFacts(reading.outline).transitions, found)
  }

  private func mermaid(_ body: String) -> ([String], [String]) { read("stateDiagram-v2", body) }

  private func plantuml(_ body: String) -> ([String], [String]) {
    read("@startuml", body, "@enduml", plantuml: true)
  }

  // MARK: Comments

  @Test(arguments: [
    "A --> B : e %% c", "A --> B : e %%c --> D", "%% a\nA --> B : e\t%% \"c\" : d",
    "A --> B : e\nstate B %% c", "note right of A %% c\n a %% remark\nend note %% c\nA --> B : e",
  ])
  func `a comment ends a line of Mermaid`(body: String) {
    let (transitions, findings) = mermaid("[*] --> A %% x\n" + body)
    #expect(transitions == ["A: event e -> B"])
    #expect(findings == [])
  }

  @Test func `signs of a comment between quotes or in a word are none`() {
    #expect(mermaid("[*] --> A\nA --> A : 5%%b").0 == ["A: event 5%%b -> A"])
    let named = mermaid("state \"a %% b\" as A\n[*] --> A\nA --> A : e").0
    #expect(named == ["a %% b: event e -> a %% b"])
    let quoted = plantuml("state \"a /' b '/ c\" as A\n[*] --> A\nA --> A : e").0
    #expect(quoted == ["a /' b '/ c: event e -> a /' b '/ c"])
    let action = plantuml("[*] --> A\nA --> A : e /'x'\n/' c '/\nA : remark").0
    #expect(action == ["A: event e / 'x' -> A"])
  }

  @Test(arguments: [
    "A --> B /' c '/ : e", "/' c '/ A --> B : e", "A /' c '/ --> /' d '/ B : e",
    "A --> B : e /' c '/",
    "A --> B : e /' c\n C --> D\n '/", "/' c\n C --> D '/ A --> B : e", "/'\n c '/\nA --> B : e",
    "A --> B : e\n/' D --> E",
  ])
  func `block comments stand anywhere in PlantUML`(body: String) {
    let (transitions, findings) = plantuml("[*] --> A\n" + body)
    #expect(transitions == ["A: event e -> B"])
    #expect(findings == [])
  }

  // MARK: What stands around a drawing

  @Test(arguments: [true, false])
  func `a mark of the byte order is no part of a drawing`(isPlantUML: Bool) {
    let mark = "\u{FEFF}" + (isPlantUML ? "@startuml" : "stateDiagram-v2")
    let (transitions, findings) = read(mark, "[*] --> A", "A --> A : e", plantuml: isPlantUML)
    #expect(transitions == ["A: event e -> A"])
    #expect(findings == [])
  }
}
