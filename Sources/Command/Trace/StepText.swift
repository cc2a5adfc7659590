import BatonCore
import BatonTraces

/// A step of a trace as text: the event with its payload, guards, what was left, done and entered,
/// effects, timers, and what the memory's fields became.
struct StepText {
  private let charts: [String: Outline]

  init(_ charts: [Outline]) {
    self.charts = Dictionary(charts.map { ($0.name, $0) }) { first, _ in first }
  }

  /// What a step is in one line: its number, when it was, whose it is, and where it led.
  ///
  /// - Parameters:
  ///   - number: Which step it is, from 1.
  ///   - origin: The time of the first step, in nanoseconds.
  func head(_ line: TraceLine, _ number: Int, since origin: UInt64) -> String {
    // Several processes write one file, so that a line may be older than the one before.
    let micros = Double(Int64(bitPattern: line.time &- origin)) / 1000
    let move = line.from == line.to ? "in \(line.to)" : "\(line.from) → \(line.to)"
    let sign = micros < 0 ? "" : "+"
    return Self.plain("\(number). \(sign)\(micros) µs  \(line.machine)  \(line.event)  \(move)")
  }

  /// All of a step, in lines.
  ///
  /// - Parameter former: The step of the same machine before, for what has changed since.
  func text(_ line: TraceLine, _ number: Int, since origin: UInt64, after former: TraceLine?)
    -> String
  {
    var rows = [head(line, number, since: origin)]
    func add(_ name: String, _ words: [String]) {
      guard !words.isEmpty else { return }
      let gap = String(repeating: " ", count: max(1, 10 - name.count))
      rows.append("    \(name)\(gap)\(words.joined(separator: ", "))")
    }
    if let payload = line.payload, payload != line.event { add("payload", [payload]) }
    if let leaves = line.configuration, leaves != [line.to] { add("active", leaves) }
    if line.outcome != "taken" { add("outcome", [line.outcome]) }
    add("guards", (line.guards ?? [:]).sorted { $0.key < $1.key }.map { "\($0) \($1 ? "✓" : "✗")" })
    if let moves = moves(line, former) {
      add("left", moves.left)
      add("done", moves.done)
      add("entered", moves.entered)
    }
    add("effects", line.effects ?? [])
    add(
      "timers",
      (line.timers ?? [:]).sorted { $0.key < $1.key }.map {
        "\($0) in \(Double(Int64(bitPattern: $1 &- line.time)) / 1000) µs"
      })
    for (name, before, after) in changes(line, former) { add(name, ["\(before) → \(after)"]) }
    return rows.map(Self.plain).joined(separator: "\n")
  }

  /// Without what a terminal would obey: a trace may be anybody's.
  private static func plain(_ text: String) -> String {
    var plain = ""
    for scalar in text.unicodeScalars {
      if scalar.properties.generalCategory == .control {
        plain += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        plain.unicodeScalars.append(scalar)
      }
    }
    return plain
  }

  private func changes(_ line: TraceLine, _ former: TraceLine?) -> [(String, String, String)] {
    guard let after = line.memory, let before = former?.memory else { return [] }
    return after.keys.sorted().compactMap { name in
      guard let old = before[name], let new = after[name], old != new else { return nil }
      return (name, old, new)
    }
  }

  /// What a transition left, did and entered, in the order of SCXML's algorithm.
  private func moves(_ line: TraceLine, _ former: TraceLine?)
    -> (left: [String], done: [String], entered: [String])?
  {
    guard let chart = charts[line.chart], let number = line.transition, line.outcome == "taken",
      chart.transitions.indices.contains(number)
    else { return nil }
    let it = chart.transitions[number]
    guard !it.targets.isEmpty else { return ([], it.actions, []) }
    let domain = domain(of: it, chart)
    func inside(_ leaves: [String]) -> [Int] {
      let active = Set(
        leaves.flatMap { name in
          chart.states.firstIndex { $0.name == name }.map { lineage($0, chart) } ?? []
        })
      return active.filter { state in
        domain.map { $0 != state && lineage(state, chart).contains($0) } ?? true
      }.sorted()
    }
    // A chart of one leaf says where it was; of others the step before does.
    let before = line.configuration == nil ? [line.from] : former?.configuration ?? []
    let left = Array(inside(before).reversed())
    let entered = inside(line.configuration ?? [line.to])
    let done =
      left.flatMap { chart.states[$0].exit } + it.actions
      + entered.flatMap { chart.states[$0].entry }
    return (left.map { chart.states[$0].name }, done, entered.map { chart.states[$0].name })
  }

  /// The innermost compound state that a transition does not leave; nil for the chart (SCXML 3.13).
  private func domain(of it: Outline.Transition, _ chart: Outline) -> Int? {
    func holds(_ state: Int) -> Bool {
      chart.states[state].kind == .compound
        && it.targets.allSatisfy { $0 != state && lineage($0, chart).contains(state) }
    }
    if it.isInternal, holds(it.source) { return it.source }
    return lineage(it.source, chart).dropFirst().first(where: holds)
  }

  private func lineage(_ state: Int, _ chart: Outline) -> [Int] {
    var found = [state]
    while let parent = chart.states[found[found.count - 1]].parent { found.append(parent) }
    return found
  }
}
