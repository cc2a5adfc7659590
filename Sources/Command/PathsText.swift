import BatonTesting

/// Ways through a chart, for a terminal.
struct PathsText {
  private let list: ChartPaths

  init(_ list: ChartPaths) { self.list = list }

  /// A line for each step, and one above each way that says what it shows; ends with a newline.
  var text: String {
    var lines = [heading]
    for (number, path) in list.paths.enumerated() {
      lines.append("\(number + 1). \(shows(path))")
      lines += path.steps.map { "     \(step($0))" }
    }
    lines += list.unreachable.map { "no way leads to: \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }

  private var heading: String {
    let steps = list.paths.reduce(0) { $0 + $1.steps.count }
    let pairs = list.paths.reduce(0) { $0 + $1.pairs.count }
    return "\(list.chart): \(list.paths.count) ways of \(steps) steps, "
      + "\(list.transitions.count) transitions, \(pairs) pairs; "
      + "begins in \(list.initial.joined(separator: " + "))"
  }

  /// What no way before it does.
  private func shows(_ path: ChartPaths.Path) -> String {
    let pairs = path.pairs.map { "\(list.transitions[$0[0]]), then \(list.transitions[$0[1]])" }
    return
      (path.states.map { "state \($0)" }
      + path.transitions.map { "transition \(list.transitions[$0])" } + pairs)
      .joined(separator: "; ")
  }

  /// As a drawing labels an arrow.
  private func step(_ step: ChartPaths.Step) -> String {
    let guards = step.guards.isEmpty ? "" : " [\(step.guards.joined(separator: ", "))]"
    let effects = step.effects.isEmpty ? "" : " / \(step.effects.joined(separator: ", "))"
    let ignored = step.transitions.isEmpty ? " (nothing is taken)" : ""
    return "\(step.event)\(guards)\(effects) → \(step.states.joined(separator: " + "))\(ignored)"
  }
}
