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
    "# c\n#\nA --> B : e", "A --> B : e\nstate B %% c",
    "note right of A %% c\n a %% remark\nend note %% c\nA --> B : e",
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

  @Test(arguments: [
    ["```mermaid", "stateDiagram-v2", "[*] --> A", "A --> A : e", "```"],
    [
      "# Title", "", "```bash", "make", "```", "~~~mermaid", "stateDiagram-v2", "[*] --> A",
      "A --> A : e", "~~~", "text", "B --> C", "---", "```swift", "}", "```",
    ],
  ])
  func `a code fence is no part of a drawing`(lines: [String]) {
    let reading = ChartReading(mermaid: lines.joined(separator: "\n"))
    #expect(ChartFacts(reading.outline).transitions == ["A: event e -> A"])
    #expect(reading.outline.states.count == 1)
    #expect(reading.all == [])
  }

  @Test(arguments: [
    "// c", "//", "```", "~~~", "A->B", "A ==> B", "A --> B C", "state B D",
  ])
  func `a line that is not understood adds no state`(line: String) {
    let reading = ChartReading(mermaid: "stateDiagram-v2\n[*] --> A\nA --> A : e\n" + line)
    #expect(reading.outline.states.map(\.name) == ["A"])
    #expect(reading.all.map(\.text) == ["\(line) is not understood"])
    #expect(reading.all.first?.line == 4)
  }

  @Test(arguments: ["state B C", "A --> B C", "# comment"])
  func `a line that is not understood adds no state in PlantUML`(line: String) {
    let reading = ChartReading(plantuml: "@startuml\n[*] --> A\nA --> A : e\n" + line)
    #expect(reading.outline.states.map(\.name) == ["A"])
    #expect(reading.all.map(\.text) == ["\(line) is not understood"])
  }

  @Test func `a second diagram is told of`() {
    let first = ["@startuml", "[*] --> A", "A --> A : e", "@enduml"]
    let second = ["@startuml two", "[*] --> B", "B --> C : f", "@enduml"]
    let (transitions, findings) = plantumlFile(first + second)
    #expect(transitions == ["A: event e -> A"])
    #expect(findings == ["5 a second diagram is passed over"])
    #expect(plantumlFile(first.dropLast() + second).1 == ["4 a second diagram is passed over"])
    let (kept, found) = mermaid("[*] --> A\nA --> A : e\nstateDiagram-v2\nB --> C")
    #expect(kept == ["A: event e -> A"])
    #expect(found == ["4 a second diagram is passed over"])
  }

  private func plantumlFile(_ lines: [String]) -> ([String], [String]) {
    read(lines.joined(separator: "\n"), plantuml: true)
  }

  @Test(.timeLimit(.minutes(10)), arguments: ["", "\nC : x"])
  func `many signs that begin comments are read in one go`(behind: String) {
    // Quadratic, this would take hours.
    let signs = String(repeating: " /' x", count: 200_000)
    let (transitions, _) = plantuml("[*] --> A\nA --> B : e /\(signs)" + behind)
    #expect(transitions.count == 1)
    let ended = plantuml("[*] --> A\nA --> B : e\(String(repeating: " /' x '/", count: 100_000))")
    #expect(ended.0 == ["A: event e -> B"] && ended.1 == [])
  }

  @Test func `a description on one line opens nothing`() {
    for line in ["accDescr: the set {", "accDescr : 5\" {", "accTitle: {"] {
      let (transitions, findings) = mermaid("\(line)\n[*] --> A\nA --> B : e")
      #expect(transitions == ["A: event e -> B"] && findings == [], "\(line)")
    }
    #expect(mermaid("accDescr{\na --> b\n}\n[*] --> A\nA --> B : e").0 == ["A: event e -> B"])
  }

  @Test func `a fork of which one branch is an end is not passed over in silence`() {
    let reading = ChartReading(
      mermaid: "stateDiagram-v2\nstate f <<fork>>\n[*] --> f\nf --> A\nf --> [*]\nA --> A : e")
    #expect(reading.all.contains { $0.text.contains("is never taken") }, "\(reading.all)")
  }

  // MARK: Blocks

  @Test(arguments: [
    ("accDescr {\n several\n B --> C\n}", []), ("accDescr { one }\naccTitle: a\naccDescr: b", []),
    ("B is {\n state C {\n D --> E\n }\n}", ["3 B is { is not understood"]),
    ("note right of A\n B --> C", ["3 end note is missing"]),
    ("B is {\nA --> A : f", ["3 B is { is not understood", "3 B is { is not closed"]),
  ])
  func `blocks of Mermaid are passed over`(block: String, expected: [String]) {
    let (transitions, findings) = mermaid("[*] --> A\n\(block)\nA --> A : e")
    let isOpen = expected.count > 1 || expected.first?.contains("missing") ?? false
    #expect(transitions == (isOpen ? [] : ["A: event e -> A"]))
    #expect(findings == expected)
  }

  @Test(arguments: [
    ("json J {\n \"a}\": {\n\"b\": 1 },\n \"c\": [1]\n}", ["3 json J { is not understood"]),
    ("json J [\n 1,\n [2]\n]", ["3 json J [ is not understood"]),
    ("legend right\n B --> C\nend legend", []), ("legend\n B --> C\nendlegend", []),
    ("header\n B --> C\nend header\nfooter one", []), ("caption B --> C", []),
    ("skinparam {\n state {\n a b\n }\n}", []), ("skinparam a b", []),
    ("note right of A\n e\nendnote", []),
    ("note on link : one", []), ("note on link #red : one", []), ("note left of A #red : one", []),
    ("note on link\n B --> C\nend note", []), ("note left of A #red\n one\nend note", []),
    ("legend\n B", ["3 endlegend is missing"]),
  ])
  func `blocks of PlantUML are passed over`(block: String, expected: [String]) {
    let (transitions, findings) = plantuml("[*] --> A\n\(block)\nA --> A : e")
    let isOpen = expected.first?.contains("missing") ?? false
    #expect(transitions == (isOpen ? [] : ["A: event e -> A"]))
    #expect(findings == expected)
  }

  @Test func `a title may have several lines`() {
    let text =
      "@startuml\ntitle\n Several\n <U+0041> lines\nend title\n[*] --> A\nA --> A : e\n@enduml"
    let reading = ChartReading(plantuml: text)
    #expect(reading.outline.name == "Several A lines")
    #expect(reading.all == [])
  }

  @Test func `what is drawn together lies on the level around it`() {
    let body =
      "[*] --> P\nstate P {\n[*] --> A\ntogether {\nstate A\nstate B {\n C --> D : f\n}\n}\n}"
    let reading = ChartReading(plantuml: "@startuml\n\(body)\nA --> B : e\n@enduml")
    #expect(
      ChartFacts(reading.outline).transitions
        == ["P.A: event e -> P.B", "P.B.C: event f -> P.B.D"])
    #expect(!reading.findings.contains { $0.kind == .mistake })
  }

  // MARK: History

  @Test(arguments: [true, false])
  func `history is read`(isPlantUML: Bool) {
    let body = """
      [*] --> A
      state A {
        [*] --> x
        x --> y : n
        [H]
      }
      A --> P : pause
      P --> A[H] : resume
      P --> A[H*] : all
      """
    let (transitions, findings) = isPlantUML ? plantuml(body) : mermaid(body)
    #expect(
      transitions == [
        "A.deepHistory of A: no event -> A.x", "A.history of A: no event -> A.x",
        "A.x: event n -> A.y", "A: event pause -> P", "P: event all -> A.deepHistory of A",
        "P: event resume -> A.history of A",
      ])
    #expect(findings == [])
  }

  // MARK: Labels

  @Test(arguments: [
    ("a<br/>b", "event a b"), ("a<br>b", "event a b"), ("a<br />b / c", "event a b / c"),
    ("a <b>b</b>", "event a <b>b</b>"), ("a<i/> / <b>c</b>", "event a<i/> / <b>c</b>"),
    ("x [a<b] / c", "event x [a<b] / c"), ("a <b / c>", "event a <b / c>"),
  ])
  func `the slash of a tag begins no action`(label: String, expected: String) {
    let text = mermaid("state \"A<br/>B\" as A\n[*] --> A\nA --> A : " + label).0
    #expect(text == ["A B: \(expected) -> A B"])
  }

  // MARK: Where it begins

  @Test(arguments: [true, false])
  func `guards on initial arrows are a choice`(isPlantUML: Bool) {
    let body = """
      [*] --> A : [x] / a
      [*] --> B : go [not x]
      A --> P : e
      state P {
        [*] --> C : [y]
        [*] --> D
      }
      """
    let text = (isPlantUML ? "@startuml\n" : "stateDiagram-v2\n") + body
    let reading = isPlantUML ? ChartReading(plantuml: text) : ChartReading(mermaid: text)
    #expect(
      ChartFacts(reading.outline).transitions == [
        "A: event e -> P", "P.initial of P: no event -> P.D", "P.initial of P: no event [y] -> P.C",
        "initial: no event [not x] -> B", "initial: no event [x] / a -> A",
      ])
    let outline = reading.outline
    #expect(outline.states[outline.initial].name == "initial")
    #expect(outline.furtherInitials == [])
    #expect(reading.findings.map(\.text) == ["event go has no meaning at an initial arrow"])
    #expect(reading.findings.map(\.line) == [3])
  }

  @Test(arguments: [
    ("[*] --> A\n[*] --> B", "3 B is not entered first: A is"),
    ("[*] --> A : go", "2 event go has no meaning at an initial arrow"),
    ("[*] --> A : after 5s, x", "2 delay 5s, event x has no meaning at an initial arrow"),
    ("[*] --> A : [x]", "2 the only initial arrow of a level has a guard"),
    ("[*] --> A\n[*] --> A", ""),
  ])
  func `what an initial arrow cannot mean is told of`(arrows: String, expected: String) {
    let body = arrows + "\nA --> B : e\nB --> A : f"
    for (transitions, findings) in [mermaid(body), plantuml(body)] {
      #expect(transitions == ["A: event e -> B", "B: event f -> A"])
      #expect(findings == (expected.isEmpty ? [] : [expected]))
    }
    let reading = ChartReading(mermaid: "stateDiagram-v2\n" + body)
    #expect(reading.outline.states[reading.outline.initial].name == "A")
    #expect(reading.outline.furtherInitials == [])
  }

  @Test func `actions of an initial arrow are kept`() {
    let (transitions, findings) = plantuml("[*] --> A : start / init, go\nA --> A : e")
    #expect(transitions == ["A: event e -> A", "initial: no event / init, go -> A"])
    #expect(findings == ["2 event start has no meaning at an initial arrow"])
    let reading = ChartReading(
      mermaid: "stateDiagram-v2\n[*] --> A\nstate A {\n[*] --> B : / init\nB --> B : e\n}")
    #expect(reading.outline.states.first { $0.name == "A" }?.initialActions == ["init"])
    #expect(reading.findings == [])
  }

  @Test func `several states in regions may be entered first`() {
    let body =
      "state P {\nstate Q {\nstate A\nA --> A : e\n}\n--\nstate R {\nstate B\nB --> B : e\n}\n}"
    let reading = ChartReading(mermaid: "stateDiagram-v2\n[*] --> A\n[*] --> B\n" + body)
    let outline = reading.outline
    #expect(
      ([outline.initial] + outline.furtherInitials).map { outline.states[$0].name } == ["A", "B"])
    #expect(!reading.findings.contains { $0.line < 4 })
  }

  @Test(arguments: ["", "P"])
  func `branches of a fork that lie in no regions are told of`(around: String) {
    let body = "state f <<fork>>\n[*] --> f\nf --> A\nf --> B\nA --> A : x\nB --> B : y"
    let text = around.isEmpty ? body : "[*] --> P\nstate P {\n\(body)\n}"
    for reading in [
      ChartReading(mermaid: "stateDiagram-v2\n" + text),
      ChartReading(plantuml: "@startuml\n" + text),
    ] {
      #expect(
        reading.all.map(\.text)
          == ["the branches of f do not lie in regions: one of them is taken"])
      #expect(reading.all.first?.line == (around.isEmpty ? 2 : 4))
    }
  }

  // MARK: Back from a drawing

  private static func remarked() -> Outline {
    var outline = ChartReading(
      mermaid: """
        stateDiagram-v2
        [*] --> A
        A --> P : e
        state P {
          B --> B : f
        }
        """
    ).outline
    let long = Array(repeating: "word", count: 40).joined(separator: " ")
    let remarks = [
      "A": ["hi", "", long, "entry / x", "a --> b [c] / d"], "P": ["two", "1 remark"],
    ]
    for (index, state) in outline.states.enumerated() {
      outline.states[index].notes = remarks[state.name] ?? []
      outline.states[index].entry = state.name == "B" ? [] : ["lamp"]
      outline.transitions.append(
        Outline.Transition(source: index, trigger: .event("only"), isInternal: true))
    }
    outline.declarations = ["data n = 1", "data %m = 'a' / b"]
    return outline
  }

  @Test(arguments: [true, false])
  func `remarks and declarations come back from a drawing`(isPlantUML: Bool) {
    let outline = Self.remarked()
    let reading =
      isPlantUML
      ? ChartReading(plantuml: outline.diagram(.plantuml))
      : ChartReading(mermaid: outline.diagram(.mermaid))
    #expect(ChartFacts(reading.outline).transitions == ChartFacts(outline).transitions)
    #expect(ChartFacts(reading.outline).states == ChartFacts(outline).states)
    #expect(reading.outline.declarations == outline.declarations)
    for state in outline.states {
      let back = reading.outline.states.first { $0.name == state.name }
      #expect(back?.notes == state.notes.filter { !$0.isEmpty })
    }
  }

  @Test(arguments: [
    "%% 2 remarks", "%% -1 remarks", "%% 9223372036854775808 remarks", "%% 1 declaration",
  ])
  func `a comment of others counts nothing`(comment: String) {
    let (transitions, findings) = mermaid("[*] --> A\nA --> A : e\n\(comment)\nA : f / g")
    #expect(transitions == ["A: event e -> A", "A: event f / g ->"])
    #expect(findings == [])
  }

  @Test func `remarks of one state are none of another`() {
    let text = "s_A --> s_B : e\n%% 2 remarks\ns_A : hi\ns_B : f"
    let (transitions, _) = mermaid("[*] --> s_A\n" + text)
    #expect(transitions == ["s_A: event e -> s_B", "s_B: event f ->"])
  }
}
