import BatonCore

/// The chart that a drawing shows.
extension DrawnStates {
  /// Whether this room has written the drawing: its rows say what they are.
  private var isOurs: Bool { !boxes.isEmpty && boxes.allSatisfy { $0.id.hasPrefix("s_") } }

  mutating func reading() -> ChartReading {
    let isOurs = isOurs
    nameHistories()
    if !isOurs { encloseHistory() }
    let parallel = parallels()
    resolvePoints(parallel)
    resolveStarts(parallel)
    var assembly = DrawnAssembly(self, parallel, isOurs: isOurs)
    return assembly.reading()
  }

  /// A language without a sign for history has it as a letter in front of the name, and a default.
  private mutating func nameHistories() {
    let isOurs = isOurs
    for index in boxes.indices {
      let label = Scalars(boxes[index].label ?? "")
      for (mark, isDeep) in [("H* ", true), ("H ", false)] where label.begins(with: mark) {
        // Where no arrow could be drawn, our own drawings have it as a row.
        let hasRow =
          isOurs && boxes[index].rows.contains { $0.text.trimmed.begins(with: "eventless → ") }
        let hasDefault =
          hasRow
          || arrows.contains { arrow in
            arrow.from == .box(index) && arrow.rows.contains { $0.trimmed.begins(with: "default") }
          }
        let isHistory = boxes[index].kind == .history(isDeep: isDeep)
        guard isHistory || (hasDefault && boxes[index].kind == .plain) else { continue }
        boxes[index].kind = .history(isDeep: isDeep)
        boxes[index].label = label.dropFirst(mark.unicodeScalars.count).text
        break
      }
    }
  }
}

/// Puts boxes and arrows into the order of a chart.
struct DrawnAssembly {
  private let chart: DrawnStates
  private let parallel: Set<Int>
  private let isOurs: Bool
  private let children: [Int?: [Int]]
  private var result: ChartReading
  /// By box, the number of its state.
  private var numbers: [Int?]
  private var byName: [Scalars: Int] = [:]
  /// Transitions with several targets have an arrow to each: those that are still to come.
  private var awaited: [Outline.Transition: Set<Int>] = [:]

  init(_ chart: DrawnStates, _ parallel: Set<Int>, isOurs: Bool) {
    self.chart = chart
    self.parallel = parallel
    self.isOurs = isOurs
    numbers = Array(repeating: nil, count: chart.boxes.count)
    let present = chart.boxes.indices.filter { !chart.boxes[$0].isGone }
    children = Dictionary(grouping: present) { chart.boxes[$0].parent }
    result = ChartReading(name: chart.name)
    result.findings = chart.findings
    if isOurs { result.outline.declarations = chart.declarations }
  }

  mutating func reading() -> ChartReading {
    addStates(nil, under: nil)
    for box in numbers.indices {
      if let number = numbers[box] {
        let name = Scalars(chart.boxes[box].name)
        byName[name] = byName[name] ?? number
      }
    }
    for box in numbers.indices where numbers[box] != nil { addRows(of: box) }
    for arrow in chart.arrows { add(arrow) }
    setInitials()
    addDefaults()
    // A drawing has no order: what has no guard is for all that the others leave.
    let order = result.outline.transitions.indices.sorted {
      let (one, other) = (result.outline.transitions[$0], result.outline.transitions[$1])
      return (one.source, one.guard == nil ? 1 : 0, $0)
        < (other.source, other.guard == nil ? 1 : 0, $1)
    }
    result.outline.transitions = order.map { result.outline.transitions[$0] }
    result.transitionLines = order.map { result.transitionLines[$0] }
    return result
  }

  // MARK: States

  private mutating func addStates(_ parent: Int?, under state: Int?) {
    for box in children[parent] ?? [] {
      let it = chart.boxes[box]
      let isOpen = children[box] != nil
      let kind: Outline.Kind
      switch it.kind {
      case .history(let isDeep) where !isOpen: kind = .history(isDeep: isDeep)
      case _ where isOpen: kind = parallel.contains(box) ? .parallel : .compound
      case _: kind = it.isFinal ? .final : .atomic
      }
      numbers[box] = result.outline.states.count
      result.add(Outline.State(name: it.name, parent: state, kind: kind), line: it.line)
      if it.isTold { result.told.insert(result.outline.states.count - 1) }
      addStates(box, under: numbers[box])
    }
  }

  /// By box, what the arrows from its dot lead to; nil is the chart.
  private mutating func firstStates() -> [Int?: [Int]] {
    var first: [Int?: [Int]] = [:]
    for arrow in chart.arrows {
      guard case .dot(let scope, _) = arrow.from, case .box(let target) = arrow.to,
        let number = numbers[target]
      else { continue }
      let all = [number] + arrow.others.compactMap { numbers[$0] }
      first[scope, default: []] += all.filter { !(first[scope] ?? []).contains($0) }
      if let scope, !chart.ancestors(target).contains(scope) {
        let names = [chart.boxes[target].name, chart.boxes[scope].name]
        result.findings.append(
          Finding(
            line: arrow.line, kind: .mistake,
            text: "\(names[0]) is entered first in \(names[1]) and does not lie in it"))
      }
      let label = DrawnLabel(arrow.rows.first ?? [], isState: { _ in false })
      if let scope, let state = numbers[scope] {
        result.outline.states[state].initialActions += label.actions
      }
    }
    return first
  }

  private mutating func setInitials() {
    let first = firstStates()
    for box in [nil] + numbers.indices.map(Optional.some) {
      let state = box.flatMap { numbers[$0] }
      if let state, result.outline.states[state].kind != .compound { continue }
      if box != nil, state == nil { continue }
      var initials = first[box] ?? []
      if initials.isEmpty, let found = anyChild(of: state) {
        let owner = state.map { "state \(result.outline.states[$0].name)" } ?? "the chart"
        let name = result.outline.states[found].name
        result.findings.append(
          Finding(
            line: state.map { result.stateLines[$0] } ?? 0, kind: .warning,
            text: "\(owner) does not say what is entered first: \(name) is taken"))
        initials = [found]
      }
      if let state {
        result.outline.states[state].initial = initials.first
        result.outline.states[state].furtherInitials = Array(initials.dropFirst())
      } else {
        result.outline.initial = initials.first ?? 0
        result.outline.furtherInitials = Array(initials.dropFirst())
      }
    }
  }

  /// A drawing need not say what a history state means before there is a past.
  private mutating func addDefaults() {
    let states = result.outline.states
    let sources = Set(result.outline.transitions.map(\.source))
    for number in states.indices where states[number].kind.isPast && !sources.contains(number) {
      let first = states[number].parent.flatMap { states[$0].initial }
      let beside = first.flatMap { states[$0].kind.isPast ? nil : $0 }
      guard let target = beside ?? anyChild(of: states[number].parent) else { continue }
      result.add(
        Outline.Transition(source: number, trigger: .eventless, targets: [target]),
        line: result.stateLines[number])
    }
  }

  private func anyChild(of state: Int?) -> Int? {
    result.outline.states.indices.first {
      result.outline.states[$0].parent == state && !result.outline.states[$0].kind.isPast
    }
  }

  // MARK: Rows

  private mutating func addRows(of box: Int) {
    for row in chart.boxes[box].rows {
      let text = row.text.trimmed
      switch isOurs ? row.mark : nil {
      case .declaration?: result.outline.declarations.append(text.text)
      case .remark?:
        if let state = numbers[box] { result.outline.states[state].notes.append(text.text) }
      case nil: addRow(text, box, row.line)
      }
    }
  }

  private mutating func addRow(_ text: Scalars, _ box: Int, _ line: Int) {
    guard let state = numbers[box], !text.isEmpty else { return }
    if let (word, names) = Self.list(text) {
      switch word {
      case "entry": result.outline.states[state].entry += names
      case "exit": result.outline.states[state].exit += names
      case "initial": result.outline.states[state].initialActions += names
      case "deferred": result.outline.states[state].deferred += names
      case "ignored": result.outline.states[state].ignored += names
      case _: result.outline.states[state].refused += names
      }
      return
    }
    var label = DrawnLabel(text, isState: { byName[Scalars($0)] != nil })
    if label.isDefault, !result.outline.states[state].kind.isPast {
      label.triggers = [.event("default")]
    }
    if !isOurs { nameEnds(&label, state) }
    let isTransition =
      !label.targets.isEmpty || !label.actions.isEmpty && !label.triggers.isEmpty
      || label.condition != nil && !label.triggers.isEmpty
    // An overview says how many states it hides.
    let isCount = text.first?.properties.numericType != nil && text.ends(with: " inside")
    guard isTransition || (isOurs && !isCount) else {
      result.outline.states[state].notes.append(text.text)
      return
    }
    add(label, from: state, to: label.targets.compactMap { byName[Scalars($0)] }, line)
  }

  /// What a row lists, behind the word that says what it is.
  private static func list(_ text: Scalars) -> (String, [String])? {
    for word in ["entry", "exit", "initial"] {
      var rest = text
      guard rest.take(word), let sign = rest.first, sign == "/" || sign == ":" else { continue }
      return (word, DrawnLabel.listed(rest.dropFirst().trimmed))
    }
    for word in ["deferred", "ignored", "refused"] where text.begins(with: word + ": ") {
      return (word, text.dropFirst(word.count + 2).pieces(between: ", ").map(\.text))
    }
    return nil
  }

  // MARK: Transitions

  private mutating func add(_ arrow: DrawnStates.Arrow) {
    guard case .box(let from) = arrow.from, case .box(let to) = arrow.to,
      let source = numbers[from], let target = numbers[to]
    else { return }
    let further = arrow.others.compactMap { numbers[$0] }
    for row in arrow.rows.isEmpty ? [[]] : arrow.rows {
      var label = DrawnLabel(row, isState: { byName[Scalars($0)] != nil })
      label.isInternal = label.isInternal || arrow.isInternal
      let isChoice = chart.boxes[from].kind == .choice
      if isChoice, label.condition == nil, !label.triggers.isEmpty { label.askHead() }
      if label.isDefault, !isChoice, !result.outline.states[source].kind.isPast {
        label.triggers = [.event("default")]
      }
      if !isOurs { nameEnds(&label, source) }
      // UML's word for all that the other ways leave (2.5.1, 14.2.3.8.4).
      if label.condition == "else" { label.condition = nil }
      if !arrow.joined.isEmpty { join(&label, arrow.joined) }
      let others = label.others.compactMap { byName[Scalars($0)] }
      add(label, from: source, to: [target] + others + further, arrow.line)
    }
  }

  /// All of these states must be active, beside what the arrow itself asks.
  private func join(_ label: inout DrawnLabel, _ states: [Int]) {
    let asked = states.map { state in
      let name = chart.boxes[state].name
      return name.unicodeScalars.contains("'") ? "In(\"\(name)\")" : "In('\(name)')"
    }
    let own = label.condition.map { label.isNegated ? ["!(\($0))"] : ["(\($0))"] } ?? []
    let whole = (asked + own).joined(separator: " && ")
    label.condition = Formula<String>(whole)?.text ?? whole
    label.isNegated = false
  }

  /// Where nothing can come to an end, `done` is the name of an event.
  private func nameEnds(_ label: inout DrawnLabel, _ source: Int) {
    guard label.triggers.contains(.done), !result.outline.mayBeDone(source) else { return }
    label.triggers = label.triggers.map { $0 == .done ? .event("done") : $0 }
  }

  private mutating func add(_ label: DrawnLabel, from source: Int, to targets: [Int], _ line: Int) {
    for trigger in label.triggers.isEmpty ? [silent(label, source)] : label.triggers {
      let transition = Outline.Transition(
        source: source, trigger: trigger, guard: label.condition, isNegated: label.isNegated,
        actions: label.actions, targets: Set(targets).sorted(),
        isInternal: label.isInternal || targets.isEmpty)
      if targets.count > 1 {
        if awaited[transition]?.remove(targets[0]) != nil { continue }
        if !label.others.isEmpty { awaited[transition] = Set(targets.dropFirst()) }
      }
      result.add(transition, line: line)
    }
  }

  /// An arrow without a word is taken at once, or when the state that it leaves is done (UML 2.5.1,
  /// 14.2.3.8.3).
  private func silent(_ label: DrawnLabel, _ source: Int) -> Outline.Trigger {
    let states = result.outline.states
    // Regions of which not all have an end wait for ever, which `check` tells: they are not left at
    // once either.
    let ends = states.indices.contains { place in
      states[place].parent == source && states[source].kind == .parallel
        && result.outline.mayBeDone(place)
    }
    return !label.isDefault && (ends || result.outline.mayBeDone(source)) ? .done : .eventless
  }
}
