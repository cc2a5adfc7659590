import BatonCore

/// The transitions of one drawing of a page, between states of the whole chart that it shows.
struct SheetLines: Sendable {
  /// What is lifted to a state that hides its source is one line where it says the same.
  private struct Key: Hashable {
    let source: Int
    let targets: [Int]
    let trigger: Outline.Trigger
  }

  private let chart: Outline
  private let cut: ChartCut
  /// The states around the container.
  private let around: Set<Int>
  private(set) var transitions: [Outline.Transition] = []
  /// All states of the drawing: the container, what is inside of it, neighbours.
  private(set) var drawn: [Int]

  init(_ chart: Outline, cut: ChartCut, transitions numbers: [Int]) {
    self.chart = chart
    self.cut = cut
    around = Set(cut.container.map(chart.ancestors) ?? [])
    drawn = (cut.container.map { [$0] } ?? []) + cut.seen
    var merged: [Key: Int] = [:]
    for number in numbers {
      guard let line = lifted(chart.transitions[number]) else { continue }
      guard !isWhole(chart.transitions[number].source) else {
        transitions.append(line)
        continue
      }
      let key = Key(source: line.source, targets: line.targets, trigger: line.trigger)
      if let same = merged[key] {
        transitions[same].merge(line)
      } else {
        merged[key] = transitions.count
        transitions.append(line)
      }
    }
    let known = Set(drawn)
    let ends = Set(transitions.flatMap { [$0.source] + $0.targets })
    drawn += ends.subtracting(known).sorted()
  }

  /// The state of the drawing that stands for one of the chart: itself, the folded one around it,
  /// or, outside of the container, the outermost that does not hold the container as well.
  func place(of state: Int) -> Int {
    var place = state
    // Ends at the root.
    while true {
      if place == cut.container || cut.isInside(place) || around.contains(place) { return place }
      guard let parent = chart.states[place].parent, !around.contains(parent) else { return place }
      place = parent
    }
  }

  /// True for a state that stands in the drawing with all that it says.
  private func isWhole(_ state: Int) -> Bool {
    state == cut.container || cut.isInside(state) && !cut.folds.contains(state)
  }

  /// A transition as this drawing shows it: with all its words where its source does; nil where
  /// another drawing shows it.
  private func lifted(_ it: Outline.Transition) -> Outline.Transition? {
    let isWhole = isWhole(it.source)
    guard !it.targets.isEmpty else { return isWhole ? it : nil }
    var line = it
    line.source = place(of: it.source)
    let isLeaving = line.source == cut.container || cut.isInside(line.source)
    let targets = it.targets.filter { target in
      let place = place(of: target)
      guard isLeaving || cut.isInside(place) else { return false }
      return place != line.source || (it.source == line.source && target == place)
    }
    guard !targets.isEmpty else { return nil }
    line.targets = Set(targets.map(place)).sorted()
    if !isWhole { line.actions = [] }
    return line
  }
}

extension Outline.Transition {
  /// Stands for another one as well, which differs in its guard at most.
  fileprivate mutating func merge(_ other: Outline.Transition) {
    if self.guard != other.guard || isNegated != other.isNegated {
      self.guard = nil
      isNegated = false
    }
    isInternal = isInternal && other.isInternal
  }
}
