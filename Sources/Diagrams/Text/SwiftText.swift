import BatonCore

/// Writes an outline as the source of a chart: the definition in full, guards and actions to be
/// filled in.
///
/// Names that are no words of Swift become such words; the symbols say the names as they were, so
/// that the chart is drawn as the outline is.
struct SwiftText: Sendable {
  private let outline: Outline
  private let states: SwiftSymbols
  private let events: SwiftSymbols
  private let guards: SwiftSymbols
  private let actions: SwiftSymbols
  private let delays: SwiftSymbols

  init(outline: Outline) {
    self.outline = outline
    states = SwiftSymbols("State", outline.states.map(\.name), areUnique: false)
    var (events, guards, actions, delays) = ([String](), [String](), [String](), [String]())
    for state in outline.states {
      events += state.ignored + state.refused + state.deferred
      actions += state.initialActions + state.entry + state.exit
    }
    for it in outline.transitions {
      if case .event(let name) = it.trigger { events.append(name) }
      if case .delay(let name) = it.trigger { delays.append(name) }
      guards += (it.condition?.names ?? []).filter { Formula<String>.state(askedBy: $0) == nil }
      actions += it.actions
    }
    self.events = SwiftSymbols("Event", events)
    self.guards = SwiftSymbols("Guard", guards)
    self.actions = SwiftSymbols("Action", actions)
    self.delays = SwiftSymbols("Delay", delays)
  }

  func text() -> String {
    var lines = ["import BatonCore", ""]
    lines += ["/// What a guard means, an action does and a delay lasts is to be filled in."]
    lines += outline.declarations.map { "/// - \(Self.comment($0))" }
    lines += outline.swiftExcesses.map { "/// Not possible: \($0)." }
    lines += ["enum \(typeName): Chart {"]
    lines += (states.declaration + events.declaration).map(Self.indented)
    lines += (guards.declaration + actions.declaration + delays.declaration).map(Self.indented)
    lines += ["  struct Memory: Hashable, Sendable {}", ""]
    lines += ["  static var name: StaticString { \(Self.literal(outline.name)) }", ""]
    lines += ["  static var definition: Definition<Self> {"]
    lines += ["    chart(initial: \(states.use(child(outline.initial, of: nil)))) {"]
    lines += strays(nil, "      ")
    lines += outline.children(of: nil).flatMap { state($0, "      ") }
    return (lines + ["    }", "  }"] + functions() + ["}", ""]).joined(separator: "\n")
  }

  private static func indented(_ line: String) -> String { line.isEmpty ? "" : "  " + line }

  private var typeName: String {
    let word = SwiftSymbols.word(outline.name, isType: true)
    // The protocol's own name would be hidden by it.
    if word == "Chart" { return "MainChart" }
    return word.hasSuffix("Chart") ? word : word + "Chart"
  }

  /// Text for a comment, on one line.
  static func comment(_ text: String) -> String {
    text.unicodeScalars.map { $0.isControl ? " " : String($0) }.joined()
  }

  static func literal(_ text: String) -> String {
    let letters = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case _ where scalar.isControl || !scalar.isASCII:
        "\\u{\(String(scalar.value, radix: 16))}"
      case _: String(scalar)
      }
    }
    return "\"\(letters.joined())\""
  }

  // MARK: States

  /// The child of a level that a state is or lies in.
  private func child(_ state: Int, of parent: Int?) -> Int {
    ([state] + outline.ancestors(of: state)).first { outline.states[$0].parent == parent } ?? state
  }

  /// What the definition has no word for, as comments.
  private func strays(_ owner: Int?, _ indent: String) -> [String] {
    let all = outline.initials(of: owner)
    let isPlain = all.count < 2 && all.allSatisfy { outline.states[$0].parent == owner }
    let notes = owner.map { outline.states[$0].notes } ?? []
    let names = all.map { Self.comment(outline.states[$0].name) }.joined(separator: ", ")
    return notes.map { "\(indent)// \(Self.comment($0))" }
      + (isPlain ? [] : ["\(indent)// Not said here: what is entered first is \(names)."])
  }

  private func state(_ index: Int, _ indent: String) -> [String] {
    let it = outline.states[index]
    let name = states.use(index)
    if case .history(let isDeep) = it.kind { return history(index, isDeep, indent) }
    if it.kind == .final {
      let lost = (it.exit.isEmpty ? [] : ["exit"]).map {
        "\(indent)// Not said here: \($0) of \(name)."
      }
      return lost + [
        "\(indent)final(\(([name] + list("entry", it.entry)).joined(separator: ", ")))"
      ]
    }
    let isParallel = it.kind == .parallel
    var arguments = [name]
    let initial = it.initial.map { states.use(child($0, of: index)) }
    if let initial, it.initialActions.isEmpty { arguments.append("initial: \(initial)") }
    arguments += list("entry", it.entry) + list("exit", it.exit)
    var body = strays(index, indent + "  ")
    if let initial, !it.initialActions.isEmpty {
      let done = list("do", it.initialActions).joined()
      body.append("\(indent)  initially(\(done), to: \(initial))")
    }
    for (word, names) in [
      ("ignore", it.ignored), ("refuse", it.refused), ("postpone", it.deferred),
    ] where !names.isEmpty {
      body.append("\(indent)  \(word)(\(names.map(events.use).joined(separator: ", ")))")
    }
    body += outline.transitions.filter { $0.source == index }.map { indent + "  " + transition($0) }
    body += outline.children(of: index).flatMap { state($0, indent + "  ") }
    let head = "\(indent)\(isParallel ? "parallel" : "state")(\(arguments.joined(separator: ", ")))"
    return body.isEmpty && !isParallel ? [head] : [head + " {"] + body + [indent + "}"]
  }

  private func history(_ index: Int, _ isDeep: Bool, _ indent: String) -> [String] {
    let way = outline.transitions.first { $0.source == index }
    let beside = outline.children(of: outline.states[index].parent).first {
      outline.historyDepth(of: $0) == nil
    }
    guard let target = way?.targets.first ?? beside else { return [] }
    let arguments = [states.use(index)] + list("do", way?.actions ?? [])
    let word = isDeep ? "deepHistory" : "history"
    let others = (way?.targets ?? []).dropFirst().map { Self.comment(outline.states[$0].name) }
    let lost = others.joined(separator: ", ")
    return (others.isEmpty ? [] : ["\(indent)// Not said here: \(lost) is entered as well."]) + [
      "\(indent)\(word)(\(arguments.joined(separator: ", ")), to: \(states.use(target)))"
    ]
  }

  private func list(_ label: String, _ names: [String]) -> [String] {
    names.isEmpty ? [] : ["\(label): \(names.map(actions.use).joined(separator: ", "))"]
  }

  // MARK: Transitions

  private func transition(_ it: Outline.Transition) -> String {
    var arguments: [String] = []
    let word: String
    switch it.trigger {
    case .event(let name):
      word = "on"
      arguments.append(events.use(name))
    case .anyEvent: word = "onAny"
    case .delay(let name):
      word = "after"
      arguments.append(delays.use(name))
    case .done: word = "done"
    case .eventless: word = "always"
    }
    if let condition = it.condition {
      arguments.append(
        condition.single.map { "\($0.isNegated ? "unless" : "if"): \(guards.use($0.name))" }
          ?? "if: \(condition.map(guards.use).text)")
    }
    arguments += list("do", it.actions)
    let targets = it.targets.map(states.use).joined(separator: ", ")
    if !targets.isEmpty {
      arguments.append(it.targets.count > 1 ? "to: [\(targets)]" : "to: \(targets)")
    }
    let mayBeInternal = word == "on" || word == "onAny"
    if outline.staysInside(it), mayBeInternal { arguments.append("internal: true") }
    let line = "\(word)(\(arguments.joined(separator: ", ")))"
    // A guard sees the memory and the event, and not which states are active.
    let isAsking = (it.condition?.names ?? []).contains {
      Formula<String>.state(askedBy: $0) != nil
    }
    let isSaid =
      (it.targets.count < 2 || word == "on") && (!it.targets.isEmpty || word != "always")
      && !isAsking
    return isSaid ? line : "// Not said here: \(line)"
  }

  // MARK: Functions

  private func functions() -> [String] {
    var lines: [String] = []
    if !guards.isEmpty {
      lines += [
        "", "  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {",
      ]
      lines +=
        ["    switch `guard` {"] + guards.cases.map { "    case \($0): true" } + ["    }", "  }"]
    }
    if !actions.isEmpty {
      lines += ["", "  static func run("]
      lines += [
        "    _ action: Action, _ memory: inout Memory, _ event: Event?,",
        "    _ outbox: inout Outbox<Self>",
        "  ) {", "    switch action {",
      ]
      lines += actions.cases.map { "    case \($0): break" } + ["    }", "  }"]
    }
    if !delays.isEmpty {
      lines += ["", "  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {"]
      lines +=
        ["    switch delay {"]
        + zip(delays.cases, delays.all).map { pattern, name in
          "    case \(pattern): \(SCXMLWord.nanoseconds(name) ?? "1_000_000_000")"
        }
      lines += ["    }", "  }"]
    }
    return lines
  }
}

extension DiagramFormat {
  /// The source of a chart in Swift, which compiles: the definition in full, with guards that hold
  /// and actions that do nothing, to be filled in.
  ///
  /// Several initial states, and several targets of anything but an event, stand in it as comments.
  public static let swift = DiagramFormat(name: "swift", fileExtension: "swift") {
    SwiftText(outline: $0).text()
  }
}
