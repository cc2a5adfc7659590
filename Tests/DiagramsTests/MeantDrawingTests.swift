import BatonCore
import BatonDiagrams
import Testing

/// What labels, forks, joins and histories of drawings mean that others have made.
@Suite(.timeLimit(.minutes(15))) struct MeantDrawingTests {
  private func read(_ lines: [String], plantuml: Bool = false) -> ChartReading {
    let text = lines.joined(separator: "\n")
    return plantuml
      ? ChartReading(plantuml: "@startuml\n\(text)\n@enduml")
      : ChartReading(mermaid: "stateDiagram-v2\n\(text)")
  }

  private func transitions(_ reading: ChartReading) -> [String] {
    ChartFacts(reading.outline).transitions
  }

  private func findings(_ reading: ChartReading) -> [String] { reading.all.map(\.text) }

  // MARK: Labels

  @Test func `a branch of a choice has a guard and actions`() {
    let reading = read([
      "[*] --> c", "state c <<choice>>", "c --> A : x > 3", "c --> B : x == 3 / act",
      "c --> C : not ready / act", "c --> D : else / other", "A --> c : e", "B --> c : e",
      "C --> c : e", "D --> c : e",
    ])
    #expect(
      Set(transitions(reading).suffix(4)) == [
        "c: no event [x > 3] -> A", "c: no event [x == 3] / act -> B",
        "c: no event [not ready] / act -> C", "c: no event / other -> D",
      ])
  }

  @Test func `commas in brackets and quotes divide no events`() {
    let reading = read([
      "[*] --> A", "A --> A : setTemp(min, max) / x", "A --> A : get(list<a, b>)",
      "A --> A : \"hello, world\"", "A --> A : e, f",
    ])
    #expect(
      Set(transitions(reading)) == [
        "A: event setTemp(min, max) / x -> A", "A: event get(list<a, b>) -> A",
        "A: event \"hello, world\" -> A", "A: event e -> A", "A: event f -> A",
      ])
  }

  @Test func `brackets and slashes between quotes are text`() {
    let reading = read([
      "[*] --> A", "A --> A : e [x == \"]\"] / act", "A --> A : f [path == \"a/b\"]",
    ])
    #expect(
      transitions(reading) == [
        "A: event e [x == \"]\"] / act -> A", "A: event f [path == \"a/b\"] -> A",
      ])
  }

  @Test func `default is an event where there is no history`() {
    let reading = read(["[*] --> A", "A --> B : default", "B --> A : e"])
    #expect(transitions(reading) == ["A: event default -> B", "B: event e -> A"])
    #expect(findings(reading) == [])
  }

  @Test func `done is an event where nothing can end`() {
    let reading = read([
      "[*] --> A", "A --> B : done", "state B {", "[*] --> x", "x --> [*] : e", "}",
      "B --> A : done",
    ])
    #expect(
      transitions(reading) == ["A: event done -> B", "B.x: event e -> B.end of B", "B: done -> A"])
  }

  @Test func `an empty description is no name`() {
    let reading = read(["[*] --> A", "A :", "A --> A : e"])
    #expect(reading.outline.states.map(\.name) == ["A"])
  }

  @Test func `a row that says default or done names an event`() {
    let reading = read(["[*] --> A", "A : A", "A : default / x", "A : done / y", "A --> A : e"])
    #expect(
      Set(transitions(reading)) == [
        "A: event default / x ->", "A: event done / y ->", "A: event e -> A",
      ])
  }

  @Test func `what stands behind a colon opens nothing, and a sign in a note is no comment`() {
    let reading = read([
      "[*] --> A", "state A : set {x} now", "A --> A : e", "note right of A", "# first", "end note",
    ])
    #expect(reading.outline.states.map(\.name) == ["A"])
    #expect(reading.outline.states[0].notes == ["set {x} now", "# first"])
    #expect(reading.all == [])
  }

  @Test func `a line of very many brackets is read in no time`() {
    let line = String(repeating: "state a{", count: 20_000)
    let clock = ContinuousClock()
    #expect(clock.measure { _ = read(["[*] --> A", line]) } < .seconds(20))
  }

  // MARK: Brackets on one line

  @Test(arguments: [
    ["state S { [*] --> x", "x --> y : e", "}"],
    ["state S {", "y --> x : f", "[*] --> x", "x --> y }"],
    ["state S { [*] --> x", "y --> x : f", "x --> y }"],
  ])
  func `brackets of a state may stand beside its first and its last line`(lines: [String]) {
    let reading = read(["direction LR", "[*] --> S"] + lines + ["S --> S : again"])
    #expect(reading.all.filter { $0.kind == .mistake } == [])
    #expect(Set(reading.outline.states.map(\.name)) == ["S", "x", "y"])
    #expect(reading.outline.states.map(\.parent) == [nil, 0, 0])
  }

  @Test func `a state and a direction fit on one line each`() {
    let reading = ChartReading(
      mermaid: "stateDiagram-v2 direction LR\n[*] --> A\nstate A { x --> y }\nA --> A : {z}")
    #expect(reading.outline.states.map(\.name) == ["A", "x", "y"])
    #expect(transitions(reading).contains("A: event {z} -> A"))
  }

  // MARK: Forks, joins and ends

  private static let regions = [
    "[*] --> P", "state P {", "[*] --> a1", "a1 --> a2 : x", "--", "[*] --> b1", "b1 --> b2 : y",
    "}", "j --> C", "C --> P : again",
  ]

  @Test func `a join waits for all of its branches or is told of`() {
    let join = ["state j <<join>>"]
    let waits = read(join + Self.regions + ["a2 --> j", "b2 --> j"])
    #expect(transitions(waits).contains("P: no event [In('a2') && In('b2')] -> C"))
    #expect(findings(waits) == [])
    let labelled = read(join + Self.regions + ["a2 --> j : go", "b2 --> j"])
    #expect(
      findings(labelled) == ["j waits for none of its branches: an arrow into it has a label"])
    let apart = read(join + ["[*] --> A", "A --> j : x", "A --> B : y", "B --> j", "j --> C"])
    #expect(
      findings(apart).contains(
        "j waits for none of its branches: its branches do not lie in regions"))
  }

  @Test func `regions that are joined as a whole have come to their end`() {
    func regions(_ last: String) -> ChartReading {
      read([
        "state j <<join>>", "[*] --> P", "state P {", "state R1 {", "[*] --> a", "a --> [*] : x",
        "}", "--", "state R2 {", "[*] --> b", last, "}", "}", "R1 --> j", "R2 --> j", "j --> C",
      ])
    }
    #expect(transitions(regions("b --> [*] : y")).contains("P: done -> C"))
    let endless = findings(regions("b --> b2 : y"))
    #expect(endless.contains { $0.hasPrefix("j waits for none of its branches: R1 is left") })
  }

  @Test func `a join asks what its own arrow asks as well`() {
    func joined(_ label: String, _ more: [String] = []) -> [String] {
      var lines = Self.regions.filter { $0 != "j --> C" } + ["j --> C : \(label)"]
      lines.insert(contentsOf: more, at: 2)
      return transitions(read(["state j <<join>>"] + lines + ["a2 --> j", "b2 --> j"]))
    }
    #expect(joined("[ok]").contains("P: no event [In('a2') && In('b2') && ok] -> C"))
    #expect(joined("[not ok]").contains("P: no event [In('a2') && In('b2') && !ok] -> C"))
    let quoted = joined("[ok]", ["state \"don't\" as a2"])
    #expect(quoted.contains("P: no event [In(\"don't\") && In('b2') && ok] -> C"))
  }

  @Test func `branches of one name, and an event behind whole regions, are told of`() {
    let same = read(
      ["state j <<join>>", "[*] --> P", "state P {", "state \"Done\" as a", "[*] --> a", "--"]
        + ["state \"Done\" as b", "[*] --> b", "}", "a --> j", "b --> j", "j --> C"])
    #expect(
      findings(same).contains(
        "j waits for none of its branches: its branches have names that others have too"))
    let whole = read([
      "state j <<join>>", "[*] --> P", "state P {", "state R1 {", "[*] --> a", "a --> [*] : x", "}",
      "--", "state R2 {", "[*] --> b", "b --> [*] : y", "}", "}", "R1 --> j", "R2 --> j",
      "j --> C : ev",
    ])
    #expect(findings(whole).contains { $0.contains("what is left at its end is left on no event") })
  }

  @Test func `nothing leaves an end or leads to a start`() {
    let reading = read(
      [
        "[*] --> A", "A --> E : x", "state E <<end>>", "E --> A : again", "state S <<start>>",
        "A --> S : restart", "[*] --> [*]",
      ], plantuml: true)
    #expect(transitions(reading) == ["A: event x -> E"])
    #expect(
      Set(findings(reading)) == [
        "nothing leaves the end E: this arrow does not count",
        "nothing leads to the start S: this arrow does not count",
        "an arrow from the initial dot to the final one has no meaning",
      ])
  }

  // MARK: History

  @Test func `the history of a state with regions is that of all of them`() {
    let reading = read(
      [
        "[*] --> A", "state A {", "[*] --> a1", "a1 --> a2 : e", "--", "[*] --> b1",
        "b1 --> b2 : e",
        "}", "A --> B : leave", "B --> A[H*] : back",
      ], plantuml: true)
    let states = reading.outline.states
    let history = states.firstIndex { $0.kind == .history(isDeep: true) }
    #expect(history.flatMap { states[$0].parent }.map { states[$0].name } == "A")
    #expect(findings(reading) == [])
  }

  @Test func `the history of a chart is that of a state around all others`() {
    let reading = read(
      ["[*] --> A", "A --> B : x", "[H] --> A", "B --> [H] : back"], plantuml: true)
    let states = reading.outline.states
    let history = states.firstIndex { $0.kind == .history(isDeep: false) }
    #expect(history.flatMap { states[$0].parent }.map { states[$0].name } == "chart")
    #expect(states[reading.outline.initial].name == "chart")
    #expect(reading.all == [])
  }

  // MARK: PlantUML

  @Test func `notes belong to what was named last, and others are told of`() {
    let reading = read(
      [
        "[*] --> A", "A --> B : e", "note on link : one", "note on link", "two", "end note",
        "state C", "note right: three", "note \"four\" as N", "note as M", "five", "end note",
        "B --> C : f", "C --> A : g",
      ], plantuml: true)
    let notes = Dictionary(uniqueKeysWithValues: reading.outline.states.map { ($0.name, $0.notes) })
    #expect(notes == ["A": ["one", "two"], "B": [], "C": ["three"]])
    #expect(
      findings(reading)
        == Array(repeating: "a note that belongs to no state is not drawn", count: 2))
  }

  @Test func `hidden arrows, headers at a side and open comments`() {
    let hidden = read(
      ["[*] --> A", "A -[hidden]-> B", "A --> B : x", "B -[#red]-> A : y"], plantuml: true)
    #expect(transitions(hidden) == ["A: event x -> B", "B: event y -> A"])
    let margins = read(
      [
        "left to right direction", "center footer", "foo --> bar", "end footer", "left header x",
        "[*] --> A", "A --> A : e",
      ], plantuml: true)
    #expect(margins.outline.states.map(\.name) == ["A"])
    #expect(margins.all == [])
    let open = read(["[*] --> A", "A --> A : e", "/' D --> E", "A --> B"], plantuml: true)
    #expect(findings(open) == ["'/ is missing"])
    #expect(open.all.first?.line == 4)
  }

  // MARK: Written anew

  @Test func `a document of ours can run whatever guards and delays are called`() {
    let reading = read([
      "state j <<join>>", "[*] --> P", "state P {", "state \"Packed up\" as a2", "[*] --> a1",
      "a1 --> a2 : x [battery low]", "--", "[*] --> b1", "b1 --> b2 : after 5 min",
      "b1 --> b2 : after a while", "}", "a2 --> j", "b2 --> j", "j --> A",
      "A --> P : after 500 ms", "A --> P : after 1.5 h",
    ])
    let text = reading.outline.diagram(.scxml)
    for piece in [
      "cond=\"In(&#39;s_Packed_up&#39;) &amp;&amp; In(&#39;b2&#39;)\"",
      "<data id=\"battery_low\" expr=\"1\" baton:name=\"battery low\"/>",
      "cond=\"battery_low == 1\" baton:guard=\"battery low\"", "delay=\"300s\"",
      "delay=\"500ms\"", "delay=\"5400s\"", "delayexpr=\"a_while\"",
    ] {
      #expect(text.contains(piece), "\(piece)")
    }
  }

  @Test func `names of a data model stay expressions, and names like them do not`() {
    let reading = read([
      "[*] --> A", "A --> A : a [is_xml ready]", "A --> A : b [_event.data > 3]",
      "A --> A : c [!x > 3]", "A --> A : after 200000000 min", "A --> A : after 0.01 min",
    ])
    let text = reading.outline.diagram(.scxml)
    for piece in [
      "cond=\"is_xml_ready == 1\"", "cond=\"_event.data &gt; 3\"", "cond=\"!x &gt; 3\"",
      "delayexpr=\"_200000000_min\"", "delay=\"600ms\"",
    ] {
      #expect(text.contains(piece) || text.contains(piece.replacing("&gt;")), "\(piece)")
    }
  }

  @Test func `the history of regions comes back as it was drawn`() {
    let reading = read([
      "[*] --> p", "state p {", "[*] --> a", "a --> [*] : x", "--", "[*] --> b", "b --> [*] : y",
      "}",
      "p --> q : leave", "q --> p[H] : back", "p --> e : done", "e --> q : again",
    ])
    for format in [DiagramFormat.mermaid, .plantuml] {
      let text = reading.outline.diagram(format)
      let again =
        format.name == "mermaid" ? ChartReading(mermaid: text) : ChartReading(plantuml: text)
      #expect(again.all == [], "\(format.name)")
      #expect(transitions(again) == transitions(reading), "\(format.name)")
      #expect(again.outline.states.count == reading.outline.states.count, "\(format.name)")
    }
  }

  @Test func `Swift says what no guard can ask, and how long a delay is`() {
    let reading = read(
      ["state j <<join>>"] + Self.regions
        + ["a2 --> j", "b2 --> j", "C --> P : after 5 min", "C --> C : after soon"])
    let text = reading.outline.diagram(.swift)
    #expect(text.contains("// Not said here: always("))
    #expect(!text.contains("static func check"))
    #expect(text.contains(": 300_000_000_000") && text.contains(": 1_000_000_000"))
  }

  @Test func `regions of which one has no end are not left at once`() {
    let reading = read([
      "[*] --> p", "state p {", "[*] --> a", "a --> [*] : x", "--", "[*] --> b", "b --> b : y", "}",
      "p --> q", "q --> p : back",
    ])
    #expect(transitions(reading).contains("p: done -> q"))
    let never = "p: the transition on done is never taken, it has no final state"
    #expect(findings(reading) == [never])
  }

  @Test func `further targets of a history are a comment in Swift`() {
    var reading = read(["[*] --> A", "A --> B : e", "B --> A : f"])
    reading.outline.states.append(
      Outline.State(name: "h", parent: nil, kind: .history(isDeep: false)))
    reading.outline.transitions.append(
      Outline.Transition(source: 2, trigger: .eventless, targets: [0, 1]))
    #expect(
      reading.outline.diagram(.swift).contains("// Not said here: B is entered as well."))
  }
}

extension String {
  /// The sign itself, where a document need not escape it.
  fileprivate func replacing(_ entity: String) -> String {
    split(separator: entity, omittingEmptySubsequences: false).joined(separator: ">")
  }
}
