import Foundation

extension Exploration.Violation {
  /// The steps as a sequence diagram for a terminal: a column for each process, time downwards, and
  /// the word between them where there is one.
  public var diagram: String {
    let names = steps.map(\.process).filter { !$0.isEmpty }
      .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.sorted()
    let width = max(24, (steps.map(\.action.count).max() ?? 0) + 3)
    func row(_ cells: [String], _ end: String) -> String {
      let text = cells.map { $0.padding(toLength: width, withPad: " ", startingAt: 0) }.joined()
      return (text + end).replacing(/\ +$/, with: "")
    }
    var lines = [row(names, steps.contains { $0.word != nil } ? "word" : "")]
    for (place, step) in steps.enumerated() where place > 0 {
      if place == circle { lines.append("and from here for ever:") }
      let cells = names.map { $0 == step.process ? "● \(step.action)" : "│" }
      let isNews = step.word != steps[place - 1].word
      lines.append(row(cells, isNews ? step.word ?? "" : ""))
    }
    return lines.joined(separator: "\n")
  }

  /// The steps as lines of a trace, for the page that replays them.
  ///
  /// What could happen next stands where the memory does.
  public var trace: String {
    var lines: [String] = []
    for (place, step) in steps.enumerated() {
      let before = place > 0 ? steps[place - 1] : step
      for (chart, leaf) in step.leaves.sorted(by: { $0.key < $1.key }) {
        let from = before.leaves[chart] ?? leaf
        let isActor = step.process.isEmpty || Self.owner(of: chart) == step.process
        guard isActor || from != leaf else { continue }
        let isNews = step.word != before.word
        var object: [String: Any] = [
          "t_ns": place * 1_000, "machine": "\(chart) 1", "event": step.action, "from": from,
          "to": leaf, "outcome": "taken",
          "memory": ["can happen next": step.enabled.joined(separator: "; ")],
        ]
        // With regions a leaf alone says too little, and all of them are no name of one.
        if step.active.count > 1 { object["configuration"] = step.active }
        if isNews, let word = step.word { object["payload"] = "owner(\(word))" }
        guard let data = try? JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
        else { continue }
        lines.append(String(decoding: data, as: UTF8.self))
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Whose chart it is; a chart by itself has its own process.
  private static func owner(of chart: String) -> String {
    ["Outgoing": "source", "Incoming": "target"][chart] ?? chart
  }
}
