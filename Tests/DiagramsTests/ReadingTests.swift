import BatonCore
import BatonDiagrams
import BatonHost
import Testing

/// Drawings that are read: our own give the chart again, and others what they show.
@Suite(.timeLimit(.minutes(15))) struct ReadingTests {
  private static let ours = ProjectCharts.outlines + DiagramTests.plain

  private func read(_ outline: Outline, _ format: String) -> ChartReading {
    format == "mermaid"
      ? ChartReading(mermaid: outline.diagram(.mermaid))
      : ChartReading(plantuml: outline.diagram(.plantuml))
  }

  @Test(arguments: ours, ["mermaid", "plantuml"])
  func `a drawing of ours gives its chart again`(outline: Outline, format: String) {
    let reading = read(outline, format)
    #expect(reading.findings == [])
    #expect(reading.outline.name == outline.name)
    #expect(ChartFacts(reading.outline).states == ChartFacts(outline).states)
    #expect(ChartFacts(reading.outline).transitions == ChartFacts(outline).transitions)
  }

  @Test(arguments: 1...150 as ClosedRange<UInt64>, ["mermaid", "plantuml"])
  func `a drawing of any chart gives its chart again`(seed: UInt64, format: String) {
    var chance = Chance(seed: seed)
    let outline = chance.outline().withoutLosses
    let reading = read(outline, format)
    #expect(reading.findings == [])
    #expect(ChartFacts(reading.outline).states == ChartFacts(outline).states)
    #expect(ChartFacts(reading.outline).transitions == ChartFacts(outline).transitions)
  }

  @Test(arguments: ["mermaid", "plantuml"])
  func `a quote that nothing closes takes no comma away`(format: String) {
    var outline = Outline(name: "Quotes", initial: 0, states: [], transitions: [])
    outline.states = [Outline.State(name: "a", parent: nil, kind: .atomic)]
    outline.states[0].entry = ["load 5\" disk", "next"]
    outline.transitions = [
      Outline.Transition(
        source: 0, trigger: .event("go"), actions: ["eject 5\" disk", "end"], targets: [0])
    ]
    let reading = read(outline, format)
    #expect(reading.outline.states.map(\.entry) == outline.states.map(\.entry))
    #expect(read(outline, format).outline.transitions == outline.transitions)
    outline.transitions[0].actions = ["say \"a, b\"", "end"]
    #expect(read(outline, format).outline.transitions == outline.transitions)
  }

  // MARK: Drawings of others

  @Test func `Mermaid of others is read`() {
    let reading = ChartReading(
      mermaid: """
        ---
        title: Orders
        ---
        stateDiagram-v2
          %% a comment
          [*] --> Idle
          Idle : waits for work
          state "In progress" as Busy {
            [*] --> Packing
            Packing --> Sending : packed [isPaid] / print(a, b); note
            Sending --> [*]
          }
          state check <<choice>>
          Idle --> check : order
          check --> Busy : [amount > 0]
          check --> Idle : [amount <= 0]
          Busy --> Idle
          Busy --> Failed : after 5s
          Failed --> [*] : give up
          Failed --> Idle : retry #40;once#41;
          note right of Failed : somebody looks
        """)
    #expect(reading.findings == [])
    let facts = ChartFacts(reading.outline)
    #expect(reading.outline.name == "Orders")
    #expect(
      facts.transitions
        == [
          "In progress.Packing: event packed [isPaid] / print(a, b); note -> In progress.Sending",
          "In progress: delay 5s -> Failed", "In progress: done -> waits for work",
          "Failed: event give up -> end", "Failed: event retry (once) -> waits for work",
          "check: no event [amount <= 0] -> waits for work",
          "check: no event [amount > 0] -> In progress", "waits for work: event order -> check",
        ].sorted())
    #expect(reading.outline.states.first { $0.name == "Failed" }?.notes == ["somebody looks"])
    #expect(reading.outline.states.first { $0.name == "Sending" }?.kind == .final)
  }

  @Test func `a silent arrow waits for all regions of the state that it leaves`() {
    func trigger(_ regions: String) -> Outline.Trigger? {
      let reading = ChartReading(
        mermaid: """
          stateDiagram-v2
          [*] --> A
          state A {
          \(regions)
          }
          A --> Z
          Z --> A : again
          """)
      let states = reading.outline.states
      return reading.outline.transitions.first { states[$0.source].name == "A" }?.trigger
    }
    #expect(trigger("[*] --> B\nB --> [*] : e\n--\n[*] --> D\nD --> [*] : f") == .done)
    // One of them never ends: the state is never done, which is told, and not left at once.
    #expect(trigger("[*] --> B\nB --> [*] : e\n--\n[*] --> D\nD --> E : f") == .done)
    #expect(trigger("[*] --> B\nB --> C : e\n--\n[*] --> D\nD --> E : f") == .eventless)
    #expect(trigger("[*] --> B\nB --> [*] : e") == .done)
  }

  @Test(arguments: [
    ("[not isA and (isB or isC)]", "!isA && (isB || isC)", false),
    ("[isA && !isB]", "isA && !isB", false), ("[not isA]", "isA", true), ("[!isA]", "!isA", false),
    ("[not (isA or isB)]", "!(isA || isB)", false), ("[x > 1 and y]", "x > 1 and y", false),
    ("[not at home]", "at home", true), ("[is not here]", "is not here", false),
  ])
  func `words that combine guards are read`(label: String, guardText: String, isNegated: Bool) {
    let reading = ChartReading(
      mermaid: "stateDiagram-v2\n[*] --> A\nA --> B : go \(label)\nB --> A : back")
    let go = reading.outline.transitions.first { $0.trigger == .event("go") }
    #expect(go?.guard == guardText && go?.isNegated == isNegated)
  }

  private static let lock = """
    @startuml
    ' a comment
    /' and
       another '/
    title Door lock
    skinparam state {
      BackgroundColor pink
    }
    state "Locked out" as Out #yellow
    state Working {
      [*] -right-> Closed
      Closed -[#red,dashed]-> Open : push [hasKey] /\\nunlock()
      Open -up-> Closed : pull
      Closed : entry / lamp(on)
      Closed : exit: lamp(off)
      Closed : knock / answer
      Closed : a plain remark
    }
    [*] --> Working
    Working --> Out : alarm
    Out --> Working[H] : reset
    Out <-- Working : kick
    note left of Out
      nobody can
      get in
    end note
    Out --> [*]
    @enduml
    """

  @Test func `PlantUML of others is read`() {
    let reading = ChartReading(plantuml: Self.lock)
    #expect(reading.findings == [])
    #expect(reading.outline.name == "Door lock")
    let facts = ChartFacts(reading.outline)
    #expect(
      facts.transitions
        == [
          "Locked out: event reset -> Working.history of Working", "Locked out: no event -> end",
          "Working.Closed: event knock / answer ->",
          "Working.Closed: event push [hasKey] / unlock() -> Working.Open",
          "Working.Open: event pull -> Working.Closed",
          "Working.history of Working: no event -> Working.Closed",
          "Working: event alarm -> Locked out", "Working: event kick -> Locked out",
        ].sorted())
    let closed = reading.outline.states.first { $0.name == "Closed" }
    #expect(closed?.entry == ["lamp(on)"] && closed?.exit == ["lamp(off)"])
    #expect(closed?.notes == ["a plain remark"])
  }

  @Test(arguments: ["mermaid", "plantuml"])
  func `lines divide a state into regions`(language: String) {
    let body = """
      [*] --> Active
      state Active {
        [*] --> Off
        Off --> On : press
        --
        [*] --> Slow
        Slow --> Fast : press
      }
      """
    let reading =
      language == "mermaid"
      ? ChartReading(mermaid: "stateDiagram-v2\n" + body)
      : ChartReading(plantuml: "@startuml\n" + body + "\n@enduml")
    #expect(reading.findings == [])
    #expect(
      ChartFacts(reading.outline).states.map { $0.prefix { $0 != ";" } } == [
        "Active parallel", "Active.Active 1 compound", "Active.Active 1.Off atomic",
        "Active.Active 1.On atomic", "Active.Active 2 compound", "Active.Active 2.Fast atomic",
        "Active.Active 2.Slow atomic",
      ])
  }

  @Test func `forks and joins become transitions of several states`() {
    let reading = ChartReading(
      mermaid: """
        stateDiagram-v2
        state split <<fork>>
        state meet <<join>>
        [*] --> Start
        Start --> split : go
        split --> A
        split --> B
        state Both {
          A
          --
          B
        }
        A --> meet
        B --> meet
        meet --> Stop
        """)
    #expect(
      ChartFacts(reading.outline).transitions == [
        "Both: no event [In('A') && In('B')] -> Stop", "Start: event go -> Both.A, Both.B",
      ])
  }

  @Test(arguments: [
    ("stateDiagram-v2\nA --> B\n}", 3, "} closes nothing"),
    ("stateDiagram-v2\nstate A {\nB --> C", 3, "state A is not closed"),
    ("stateDiagram-v2\nA ==> B", 2, "A ==> B is not understood"),
    ("A --> B", 0, "there is no stateDiagram"), ("stateDiagram-v2", 0, "there is no state"),
    ("stateDiagram-v2\n[*] --> A\nB --> A\nA --> B : e", 0, ""),
    ("stateDiagram-v2\n[*] --> A\nA --> A : e\nB --> A : e", 4, "state B is unreachable"),
  ])
  func `what is wrong in a drawing is found, with its line`(text: String, line: Int, what: String) {
    let found = ChartReading(mermaid: text).all
    let isFound = found.contains { $0.line == line && $0.text == what }
    #expect(what.isEmpty ? found == [] : isFound, "\(found)")
  }

  @Test(arguments: ["mermaid", "plantuml"])
  func `drawings are bounded`(language: String) {
    func read(_ body: String) -> ChartReading {
      language == "mermaid"
        ? ChartReading(mermaid: "stateDiagram-v2\n" + body) : ChartReading(plantuml: body)
    }
    let deep = (0..<100).map { "state s\($0) {" }.joined(separator: "\n")
    let wide = (0..<10_001).map { "s\($0) : text" }.joined(separator: "\n")
    for body in [deep, wide, String(repeating: "x", count: 5 << 20)] {
      #expect(read(body).findings.contains { $0.kind == .mistake })
    }
  }
}

/// A chart as sentences, so that two of them can be compared whatever the order of their states.
struct ChartFacts {
  let states: [String]
  let transitions: [String]

  init(_ outline: Outline) {
    func path(_ state: Int) -> String {
      let it = outline.states[state]
      return it.parent.map { path($0) + "." + it.name } ?? it.name
    }
    func isInside(_ state: Int, _ around: Int) -> Bool {
      outline.states[state].parent.map { $0 == around || isInside($0, around) } ?? false
    }
    states = outline.states.indices.map { index in
      let it = outline.states[index]
      let first = it.initial.map(path) ?? ""
      let lists = [it.entry, it.exit, it.initialActions, it.ignored, it.deferred, it.refused]
      return "\(path(index)) \(it.kind); \(first) \(lists)"
    }.sorted()
    transitions = outline.transitions.map { it in
      let condition = it.guard.map { it.isNegated ? " [not \($0)]" : " [\($0)]" } ?? ""
      let actions = it.actions.isEmpty ? "" : " / " + it.actions.joined(separator: ", ")
      let targets = it.targets.map(path).sorted().joined(separator: ", ")
      // What `internal` means nothing for is not drawn (SCXML 3.13).
      let isInternal =
        it.isInternal && outline.states[it.source].kind == .compound && !it.targets.isEmpty
        && it.targets.allSatisfy { isInside($0, it.source) }
      return "\(path(it.source)): \(it.trigger.name)\(condition)\(actions) ->"
        + (targets.isEmpty ? "" : " " + targets) + (isInternal ? " internal" : "")
    }.sorted()
  }
}

extension Outline {
  /// Without what a drawing cannot carry: history without a default, a parallel state with less
  /// than two regions, and a compound state that does not say what is entered first.
  fileprivate var withoutLosses: Outline {
    var result = self
    for index in states.indices where states[index].kind.isPast {
      result.states[index].kind = .atomic
    }
    for index in states.indices {
      let inside = states.indices.filter { states[$0].parent == index }
      switch result.states[index].kind {
      case .parallel where inside.count < 2:
        result.states[index].kind = inside.isEmpty ? .atomic : .compound
      case _: break
      }
      if result.states[index].kind == .compound {
        result.states[index].initial = states[index].initial ?? inside.first
      }
    }
    return result
  }
}
