import BatonCore

/// What the arrows from the dot of a level mean.
extension DrawnStates {
  /// A level begins in one state, or in states that are active together; with guards it begins
  /// with a choice. What such an arrow cannot mean is told of.
  mutating func resolveStarts(_ parallel: Set<Int>) {
    var starts: [Int?: [Int]] = [:]
    for index in arrows.indices {
      guard case .dot(let scope, _) = arrows[index].from, case .box = arrows[index].to,
        !(scope.map(parallel.contains) ?? false)
      else { continue }
      dropTriggers(index)
      starts[scope, default: []].append(index)
    }
    var passed: Set<Int> = []
    for scope in starts.keys.sorted(by: { ($0 ?? -1) < ($1 ?? -1) }) {
      passed.formUnion(resolve(starts[scope] ?? [], of: scope, parallel))
    }
    arrows = arrows.indices.filter { !passed.contains($0) }.map { arrows[$0] }
  }

  private func label(_ arrow: Int) -> DrawnLabel {
    DrawnLabel(arrows[arrow].rows.first ?? [], isState: { _ in false })
  }

  /// Nothing is active yet that an event could come to.
  private mutating func dropTriggers(_ arrow: Int) {
    let label = label(arrow)
    let names = label.triggers.filter { $0 != .eventless }.map(\.name)
    guard !label.triggers.isEmpty else { return }
    if !names.isEmpty {
      let text = "\(names.joined(separator: ", ")) has no meaning at an initial arrow"
      find(text, line: arrows[arrow].line)
    }
    let condition = label.condition.map { "[\(label.isNegated ? "not " : "")\($0)]" }
    let actions = label.actions.isEmpty ? nil : "/ " + label.actions.joined(separator: ", ")
    let row = [condition, actions].compactMap { $0 }.joined(separator: " ")
    arrows[arrow].rows = row.isEmpty ? [] : [Scalars(row)]
  }

  /// - Returns: Arrows that are passed over.
  private mutating func resolve(
    _ starts: [Int], of scope: Int?, _ parallel: Set<Int>
  ) -> ArraySlice<Int> {
    let labels = starts.map { label($0) }
    let isGuarded = labels.contains { $0.condition != nil }
    let targets = boxes(at: starts.map { arrows[$0].to })
    if starts.count > 1, isGuarded {
      addChoice(scope, starts)
      return []
    }
    if isGuarded {
      find("the only initial arrow of a level has a guard", line: arrows[starts[0]].line)
    }
    // The chart as a whole has no place for actions.
    if scope == nil, starts.count == 1, !labels[0].actions.isEmpty { addChoice(scope, starts) }
    guard Set(targets).count > 1, !areTogether(targets, parallel) else { return [] }
    for start in starts.dropFirst() where arrows[start].to != arrows[starts[0]].to {
      guard case .box(let target) = arrows[start].to else { continue }
      let names = [boxes[target].name, boxes[targets[0]].name]
      find("\(names[0]) is not entered first: \(names[1]) is", line: arrows[start].line)
    }
    return starts.dropFirst()
  }

  /// Puts a pseudo state in front of what a level begins with.
  private mutating func addChoice(_ scope: Int?, _ starts: [Int]) {
    var name = scope.map { "initial of \(boxes[$0].name)" } ?? "initial"
    while boxes.contains(where: { $0.name == name }) { name += "'" }
    let line = arrows[starts[0]].line
    var box = Box(id: "", label: name, parent: scope, line: line)
    box.kind = .choice
    boxes.append(box)
    let choice = End.box(boxes.count - 1)
    let dot = arrows[starts[0]].from
    for start in starts { arrows[start].from = choice }
    arrows.append(Arrow(from: dot, to: choice, rows: [], line: line))
  }
}
