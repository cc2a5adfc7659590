import BatonCore

/// One of the drawings of a chart on a page: the chart with some states folded, or the inside of
/// one of those, with the neighbours that lines lead to.
struct ChartSheet: Sendable {
  /// The state whose inside it is; nil for the chart itself.
  let container: Int?
  /// What is drawn.
  private(set) var outline: Outline
  /// By drawn state its index in the whole chart.
  let originals: [Int]
  /// By drawn state what a click on it does; nil where nothing.
  let roles: [Drawing.State.Role?]

  /// The whole chart in one.
  init(whole outline: Outline) {
    container = nil
    self.outline = outline
    originals = Array(outline.states.indices)
    roles = originals.map { _ in nil }
  }

  /// The part of a chart that is seen inside of a state, or of the root for nil.
  init(_ chart: Outline, cut: ChartCut, transitions: [Int], sizes: [Int]) {
    let lines = SheetLines(chart, cut: cut, transitions: transitions)
    let part = SheetStates(chart: chart, cut: cut, lines: lines, sizes: sizes)
    container = cut.container
    originals = lines.drawn
    roles = originals.map(cut.role)
    let isInside = cut.container != nil
    outline = Outline(
      name: cut.container.map(chart.path) ?? chart.name,
      initial: isInside ? -1 : part.number(chart.initial), states: originals.map(part.state),
      transitions: lines.transitions.map(part.transition))
    guard !isInside else { return }
    outline.furtherInitials = part.numbers(chart.furtherInitials, beside: outline.initial)
    outline.declarations = chart.declarations
  }

  /// The drawing, whose states are called as in the whole chart.
  func picture(of chart: Outline) -> String {
    let drawing = outline.drawing().called { number in
      (path: chart.path(of: originals[number]), role: roles[number])
    }
    return SVG(drawing: drawing).picture
  }
}

/// Which states of a chart one drawing shows.
struct ChartCut: Sendable {
  /// The state whose inside it is; nil for the chart itself.
  let container: Int?
  /// What is seen strictly inside of it, in document order.
  let seen: [Int]
  /// Those of `seen` that hide what is inside of them.
  let folds: Set<Int>
  private let inside: Set<Int>

  init(container: Int?, seen: [Int], folds: Set<Int>) {
    self.container = container
    self.seen = seen
    self.folds = folds
    inside = Set(seen)
  }

  func isInside(_ state: Int) -> Bool { inside.contains(state) }

  func role(of state: Int) -> Drawing.State.Role? {
    if state == container { return .opened }
    if folds.contains(state) { return .folded }
    return isInside(state) ? nil : .outside
  }
}

/// What of a chart's states and transitions one drawing has, with its own numbers.
private struct SheetStates: Sendable {
  private let chart: Outline
  private let cut: ChartCut
  private let lines: SheetLines
  private let sizes: [Int]
  private let numbers: [Int: Int]

  init(chart: Outline, cut: ChartCut, lines: SheetLines, sizes: [Int]) {
    (self.chart, self.cut, self.lines, self.sizes) = (chart, cut, lines, sizes)
    numbers = Dictionary(uniqueKeysWithValues: zip(lines.drawn, lines.drawn.indices))
  }

  /// The number of what stands for a state; -1, which no state has, where nothing does.
  func number(_ state: Int) -> Int { numbers[lines.place(of: state)] ?? -1 }

  /// Those of further initial states, each once.
  func numbers(_ states: [Int], beside initial: Int) -> [Int] {
    Set(states.map(number)).subtracting([initial]).sorted()
  }

  func state(_ index: Int) -> Outline.State {
    var it = chart.states[index]
    let parent = index == cut.container ? nil : it.parent.flatMap { numbers[$0] }
    let isContainer = it.kind == .compound || it.kind == .parallel
    switch cut.role(of: index) {
    case .folded:
      it = Outline.State(name: it.name, parent: parent, kind: .atomic)
      it.hiddenCount = sizes[index]
    case .outside:
      it = Outline.State(name: it.name, parent: nil, kind: isContainer ? .atomic : it.kind)
    case .opened, nil:
      it.parent = parent
      guard let initial = it.initial.map(number) else { break }
      it.initial = initial
      it.furtherInitials = numbers(it.furtherInitials, beside: initial)
    }
    return it
  }

  func transition(_ it: Outline.Transition) -> Outline.Transition {
    var line = it
    line.source = numbers[it.source] ?? 0
    line.targets = it.targets.compactMap { numbers[$0] }
    return line
  }
}
