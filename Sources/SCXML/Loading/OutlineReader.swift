import BatonCore

/// Collects the states and transitions of a document, and what is wrong with them.
struct OutlineReader {
  /// States that a document may have and still be drawn.
  static let statesMax = Limits.states

  private let root: Element
  private let texts: ContentText
  private(set) var reading: ChartReading
  /// The numbers of the states by their ids.
  private var numbers: [ExactName: Int] = [:]
  /// The elements of the states in document order, with their numbers' places.
  private var elements: [Element] = []
  /// By state, nil for the chart, its first child that is no history state, and its first that is.
  private var firsts: [Int?: Int] = [:]
  private var firstPasts: [Int?: Int] = [:]

  init(_ root: Element) {
    self.root = root
    texts = ContentText(root)
    reading = ChartReading(name: root.attributes["name"] ?? "")
  }

  mutating func read() {
    for child in states(of: root) { addStates(child, under: nil) }
    guard !elements.isEmpty, elements.count <= Self.statesMax else { return }
    if firsts[nil] == nil { mistake(root, "scxml holds no state") }
    var number = 0
    for child in states(of: root) { addTransitions(child, &number) }
    for (number, element) in elements.enumerated() { setInitial(of: number, element) }
    checkDefaults()
    let first = initials(of: root, under: nil)
    reading.outline.initial = first.first ?? 0
    reading.outline.furtherInitials = Array(first.dropFirst())
    reading.outline.declarations = texts.declarations(of: root)
    reading.findings += Vocabulary(root).findings() + Meanings.findings(root)
  }

  private mutating func mistake(_ element: Element, _ text: String) {
    reading.findings.append(Finding(line: element.line, kind: .mistake, text: text))
  }

  private mutating func warn(_ element: Element, _ text: String) {
    reading.findings.append(Finding(line: element.line, kind: .warning, text: text))
  }

  /// The elements inside that are SCXML's.
  private func states(of element: Element) -> [Element] {
    element.children.filter { isState($0) }
  }

  private func isState(_ element: Element) -> Bool {
    element.namespace == root.namespace
      && ["state", "parallel", "final", "history"].contains(element.name)
  }

  private func own(_ name: String, of element: Element) -> [Element] {
    element.children.filter { $0.name == name && $0.namespace == root.namespace }
  }

  // MARK: States

  private mutating func addStates(_ element: Element, under parent: Int?) {
    let number = elements.count
    guard number <= Self.statesMax else { return }
    let children = states(of: element)
    let id = element.attributes["id"]
    if let id, numbers[ExactName(id)] != nil { mistake(element, "two states have the id \(id)") }
    if let id, numbers[ExactName(id)] == nil { numbers[ExactName(id)] = number }
    let name = element.attributes[OwnNames.name] ?? id ?? "_\(number)"
    var state = Outline.State(name: name, parent: parent, kind: kind(of: element, children))
    state.entry = own("onentry", of: element).flatMap(texts.actions)
    state.exit = own("onexit", of: element).flatMap(texts.actions)
    state.entry = texts.declarations(of: element) + state.entry + texts.invokes(of: element)
    if element.name == "final" { state.entry += texts.results(of: element) }
    for transition in own("transition", of: element) {
      let events = texts.events(of: transition)
      switch transition.attributes[OwnNames.verdict] {
      case "ignored": state.ignored += events
      case "refused": state.refused += events
      case "deferred": state.deferred += events
      case _: break
      }
    }
    state.notes =
      element.attributes[OwnNames.notes]?.split(separator: "\n").map(String.init) ?? []
    state.initialActions =
      own("initial", of: element).first.flatMap { own("transition", of: $0).first }
      .map(texts.actions) ?? []
    reading.add(state, line: element.line)
    elements.append(element)
    if state.kind.isPast {
      if firstPasts[parent] == nil { firstPasts[parent] = number }
    } else if firsts[parent] == nil {
      firsts[parent] = number
    }
    for child in children { addStates(child, under: number) }
  }

  private func kind(of element: Element, _ children: [Element]) -> Outline.Kind {
    switch element.name {
    case "parallel": .parallel
    case "final" where children.isEmpty: .final
    case "history" where children.isEmpty:
      .history(isDeep: element.attributes["type"] == "deep")
    case _: children.isEmpty ? .atomic : .compound
    }
  }

  /// A history state means its transition's target, or what is initial beside it.
  private mutating func checkWay(of number: Int, _ element: Element) {
    let state = reading.outline.states[number]
    if let way = own("transition", of: element).first {
      guard way.words("target").isEmpty else { return }
      mistake(way, "history \(state.name) does not say what is entered first")
    } else if state.parent != nil, firsts[state.parent] == nil {
      mistake(element, "history \(state.name) has no transition, and no state beside it")
    } else {
      warn(element, "history \(state.name) has no transition")
    }
  }

  private mutating func setInitial(of number: Int, _ element: Element) {
    let kind = reading.outline.states[number].kind
    if kind.isPast { checkWay(of: number, element) }
    guard kind == .compound else {
      if !element.words("initial").isEmpty, kind != .parallel {
        let name = reading.outline.states[number].name
        mistake(element, "\(element.name) \(name) has an initial state and holds none")
      }
      return
    }
    let found = initials(of: element, under: number)
    reading.outline.states[number].initial = found.first
    reading.outline.states[number].furtherInitials = Array(found.dropFirst())
  }

  /// What a history state enters by default lies in its parent (SCXML 3.10), and is in the end no
  /// history state.
  private mutating func checkDefaults() {
    var ways: [Int: [Int]] = [:]
    for way in reading.outline.transitions { ways[way.source, default: []] += way.targets }
    let states = reading.outline.states
    for (number, state) in states.enumerated() where state.kind.isPast {
      for target in ways[number] ?? [] {
        guard let parent = state.parent, !isInside(target, parent) else { continue }
        let text = "what history \(state.name) enters by default is \(states[target].name), "
        mistake(elements[number], text + "which does not lie in \(states[parent].name)")
      }
      var seen: Set<Int> = []
      var waiting = ways[number] ?? []
      while let next = waiting.popLast() {  // Ends when every history state was seen once.
        guard states[next].kind.isPast, seen.insert(next).inserted else { continue }
        waiting += ways[next] ?? []
      }
      guard seen.contains(number) else { continue }
      mistake(elements[number], "the default of history \(state.name) leads back to itself")
    }
  }

  /// What is entered first: by the element or the attribute, else the first child (SCXML 3.3).
  private mutating func initials(of element: Element, under state: Int?) -> [Int] {
    let way = own("initial", of: element).first.flatMap { own("transition", of: $0).first }
    if let way, way.words("target").isEmpty {
      let name = state.map { reading.outline.states[$0].name } ?? element.name
      mistake(way, "\(name) does not say what is entered first")
    }
    let words = way?.words("target") ?? element.words("initial")
    let found = words.compactMap { find($0, way ?? element) }
    for (word, number) in zip(words, found) where words.count == found.count {
      guard let state, !isInside(number, state) else { continue }
      let name = reading.outline.states[state].name
      mistake(way ?? element, "initial \(word) does not lie in \(name)")
    }
    checkTogether(found, way ?? element)
    if !found.isEmpty { return found }
    return (firsts[state] ?? firstPasts[state]).map { [$0] } ?? []
  }

  private mutating func checkTogether(_ targets: [Int], _ element: Element) {
    let states = reading.outline.states
    let clash = TargetSet.clash(
      targets, parent: { states[$0].parent }, isParallel: { states[$0].kind == .parallel })
    guard let (one, next) = clash else { return }
    mistake(element, "\(states[one].name) and \(states[next].name) can't be active together")
  }

  private func isInside(_ state: Int, _ around: Int) -> Bool {
    var next = reading.outline.states[state].parent
    while let parent = next, parent >= around {
      if parent == around { return true }
      next = reading.outline.states[parent].parent
    }
    return false
  }

  private mutating func find(_ id: String, _ element: Element) -> Int? {
    if let number = numbers[ExactName(id)] { return number }
    let hint = Vocabulary.hint(id, among: numbers.keys.map(\.text).sorted())
    mistake(element, "no state has the id \(id)\(hint)")
    return nil
  }

  // MARK: Transitions

  /// By the place of its element, since a state need not have an id.
  private mutating func addTransitions(_ element: Element, _ number: inout Int) {
    let source = number
    number += 1
    for child in element.children {
      if isState(child) {
        addTransitions(child, &number)
      } else if child.name == "transition", child.namespace == root.namespace {
        add(child, to: source)
      }
    }
  }

  private mutating func add(_ element: Element, to source: Int) {
    guard element.attributes[OwnNames.verdict] == nil else { return }
    let targets = element.words("target").compactMap { find($0, element) }
    checkTogether(targets, element)
    let (condition, isNegated) = texts.condition(of: element)
    for trigger in triggers(element, source) {
      reading.add(
        Outline.Transition(
          source: source, trigger: trigger, guard: condition, isNegated: isNegated,
          actions: texts.actions(element), targets: targets,
          isInternal: element.attributes["type"] == "internal" || targets.isEmpty),
        line: element.line)
    }
  }

  private func triggers(_ element: Element, _ source: Int) -> [Outline.Trigger] {
    if let delay = element.attributes[OwnNames.delay] { return [.delay(delay)] }
    let events = texts.events(of: element)
    guard !events.isEmpty else { return [.eventless] }
    let id = elements[source].attributes["id"]
    return events.map { name in
      if element.attributes[OwnNames.event] != nil { return .event(name) }
      if name == "*" { return .anyEvent }
      if let id, ExactName(name) == ExactName("done.state.\(id)") { return .done }
      return .event(name)
    }
  }
}

/// What SCXML has no word for, in the documents that BatonDiagrams writes.
enum OwnNames {
  private static let namespace = "{https://baton.example/chart}"

  static let verdict = namespace + "verdict"
  static let `guard` = namespace + "guard"
  static let delay = namespace + "delay"
  /// A name that is no id.
  static let name = namespace + "name"
  /// An event whose name is no event descriptor.
  static let event = namespace + "event"
  /// What is declared for the whole, on lines.
  static let declarations = namespace + "declarations"
  /// What a drawing says in a state, on lines.
  static let notes = namespace + "notes"
  /// An action that cannot stand between the quotes of an expression.
  static let action = namespace + "action"
}
