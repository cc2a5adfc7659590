import BatonCore
import BatonDiagrams
import Testing

/// What is seen of a chart once some of its states are folded.
@Suite(.timeLimit(.minutes(15))) struct OverviewTests {
  /// A chart, how it is folded, and what is left of it.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var depth = Int.max
    var folding: Set<String> = []
    let states: [String]
    let transitions: [String]
    let draw: @Sendable (inout Sketch) -> Void

    var testDescription: String { name }
  }

  @Test(arguments: cases) func `a chart is folded`(_ it: Case) {
    var sketch = Sketch("Case")
    it.draw(&sketch)
    let seen = sketch.outline.overview(depth: it.depth, folding: it.folding)
    #expect(seen.states.map { Self.text($0, in: seen) } == it.states)
    #expect(seen.transitions.map { Self.text($0, in: seen) } == it.transitions)
  }

  /// `parent.name(hidden)`, with the sign of what is no atomic state.
  private static func text(_ state: Outline.State, in outline: Outline) -> String {
    let parent = state.parent.map { outline.states[$0].name + "." } ?? ""
    let hidden = state.hiddenCount > 0 ? "(\(state.hiddenCount))" : ""
    let initial = state.initial.map { " from \(outline.states[$0].name)" } ?? ""
    return "\(parent)\(state.name)\(hidden)\(initial)"
  }

  /// `source trigger [guard] → targets`.
  private static func text(_ it: Outline.Transition, in outline: Outline) -> String {
    let trigger =
      switch it.trigger {
      case .event(let name): name
      case .anyEvent: "*"
      case .delay(let name): "after \(name)"
      case .done: "done"
      case .eventless: "eventless"
      }
    let condition = it.guard.map { it.isNegated ? " [not \($0)]" : " [\($0)]" } ?? ""
    let targets = it.targets.map { outline.states[$0].name }.joined(separator: ", ")
    return "\(outline.states[it.source].name) \(trigger)\(condition) → \(targets)"
  }

  /// Two compound states, one inside the other, beside an atomic one.
  private static let nested: @Sendable (inout Sketch) -> Void = { sketch in
    sketch.state("outer")
    sketch.state("inner", in: "outer", entry: ["act"], refused: ["other"])
    sketch.state("leaf", in: "inner", ignored: ["other"])
    sketch.state("second", in: "inner")
    sketch.state("beside")
    sketch.on(.event("next"), from: "leaf", to: "second", do: ["act"])
    sketch.on(.event("leave"), from: "leaf", to: "beside", do: ["act"])
    sketch.on(.event("leave"), from: "second", to: "beside", when: "isLate")
    sketch.on(.event("come"), from: "beside", to: "second")
    sketch.on(.event("again"), from: "outer", to: "outer")
    sketch.on(.event("down"), from: "outer", to: "leaf")
    sketch.on(.event("up"), from: "leaf", to: "outer")
    sketch.on(.event("note"), from: "beside", do: ["act"])
  }

  private static let choice: @Sendable (inout Sketch) -> Void = { sketch in
    sketch.state("start")
    sketch.state("box")
    sketch.state("one", in: "box")
    sketch.state("two", in: "box", kind: .final)
    sketch.state("end", kind: .final)
    sketch.on(.event("go"), from: "start", to: "one", when: "isShort")
    sketch.on(.event("go"), from: "start", to: "end")
    sketch.on(.event("stop"), from: "start", to: "end", when: "isAllowed")
    sketch.on(.event("step"), from: "one", to: "two")
    sketch.on(.done, from: "box", to: "end")
    sketch.on(.event("back"), from: "one", to: "start", when: "isFirst")
    sketch.on(.event("back"), from: "one", to: "end", when: "isFirst", unless: true)
    sketch.on(.event("back"), from: "two", to: "start", when: "isSecond")
  }

  private static let regions: @Sendable (inout Sketch) -> Void = { sketch in
    sketch.state("off")
    sketch.state("on", kind: .parallel)
    sketch.state("left", in: "on")
    sketch.state("dark", in: "left")
    sketch.state("light", in: "left")
    sketch.state("right", in: "on")
    sketch.state("mute", in: "right")
    sketch.state("was", in: "on", kind: .history(isDeep: true))
    sketch.on(.event("both"), from: "off", to: "light", "mute")
    sketch.on(.event("return"), from: "off", to: "was")
    sketch.on(.event("off"), from: "on", to: "off")
    sketch.on(.event("cross"), from: "dark", to: "mute")
  }

  static let cases: [Case] = [
    Case(
      name: "nothing is folded: only lists and actions are left out",
      states: [
        "outer from inner", "outer.inner from leaf", "inner.leaf", "inner.second", "beside",
      ],
      transitions: [
        "leaf next → second", "leaf leave → beside", "second leave → beside",
        "beside come → second", "outer again → outer", "outer down → leaf", "leaf up → outer",
      ], draw: nested),
    Case(
      name: "a level is folded: duplicates merge, what is inside is gone", depth: 1,
      states: ["outer(3)", "beside"],
      transitions: ["outer leave → beside", "beside come → outer", "outer again → outer"],
      draw: nested),
    Case(
      name: "two levels stay", depth: 2, states: ["outer from inner", "outer.inner(2)", "beside"],
      transitions: [
        "inner leave → beside", "beside come → inner", "outer again → outer", "outer down → inner",
        "inner up → outer",
      ], draw: nested),
    Case(
      name: "less than one level is one", depth: 0, states: ["outer(3)", "beside"],
      transitions: ["outer leave → beside", "beside come → outer", "outer again → outer"],
      draw: nested),
    Case(
      name: "one state is folded by name", folding: ["inner", "beside", "nobody"],
      states: ["outer from inner", "outer.inner(2)", "beside"],
      transitions: [
        "inner leave → beside", "beside come → inner", "outer again → outer", "outer down → inner",
        "inner up → outer",
      ], draw: nested),
    Case(
      name: "the outermost folded state hides the others", folding: ["inner", "outer"],
      states: ["outer(3)", "beside"],
      transitions: ["outer leave → beside", "beside come → outer", "outer again → outer"],
      draw: nested),
    Case(
      name: "a guard stays where it chooses between targets and nothing speaks against it",
      depth: 1, states: ["start", "box(2)", "end"],
      transitions: [
        "start go [isShort] → box", "start go → end", "start stop → end", "box done → end",
        "box back → start", "box back [not isFirst] → end",
      ], draw: choice),
    Case(
      name: "regions and history are hidden with their state, and targets become one", depth: 1,
      states: ["off", "on(6)"],
      transitions: ["off both → on", "off return → on", "on off → off"], draw: regions),
    Case(
      name: "a folded region stays a region", depth: 2,
      states: ["off", "on", "on.left(2)", "on.right(1)", "on.was"],
      transitions: [
        "off both → left, right", "off return → was", "on off → off", "left cross → right",
      ], draw: regions),
  ]

  @Test(arguments: Sample.all) func `an overview of an overview is itself`(outline: Outline) {
    let once = outline.overview(depth: 2)
    // What is folded has no state inside any more, so that only the count is left to compare.
    var twice = once.overview(depth: 2)
    for index in twice.states.indices {
      twice.states[index].hiddenCount = once.states[index].hiddenCount
    }
    #expect(twice == once)
  }

  @Test func `a folded state says how much it hides`() {
    #expect(Sample.small.overview(depth: 1).diagram(.svg).contains(">3 states inside<"))
  }
}
