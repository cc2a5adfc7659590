package import BatonCore

/// A chart as a Promela model: states, transitions and their order as they are, guards and actions
/// in Promela's words, so that SPIN counts its states and checks it by itself.
///
/// For flat charts and nested ones whose guards and actions are about a few small variables;
/// without regions, eventless transitions and raised events, which
/// ``init(_:variables:guards:actions:)`` refuses. One `d_step` for each event in each leaf: the
/// first line whose guard holds, exits from the leaf outwards, the actions, entries inwards.
package struct PromelaChart<C: Chart>: Sendable {
  /// Why a chart cannot be said in Promela.
  package enum Refusal: Error, Hashable, Sendable {
    /// It has regions, history, eventless or done transitions.
    case tooRich
    case guardWithoutWords(String)
  }

  private let plan: Plan
  private let index: PlanIndex
  private let variables: [String]
  private let guards: [C.Guard: String]
  private let actions: [C.Action: String]

  /// A chart, and its data.
  ///
  /// - Parameters:
  ///   - variables: Declarations, such as `bit wasRunning`.
  ///   - guards: An expression for each guard.
  ///   - actions: Statements for each action that changes a variable; the others ask for effects.
  package init(
    _ table: Table<C>, variables: [String] = [], guards: [C.Guard: String] = [:],
    actions: [C.Action: String] = [:]
  ) throws(Refusal) {
    plan = table.plan
    index = PlanIndex(plan)
    let isRich =
      plan.states.contains { $0.kind != .ordinary && $0.kind != .final || !$0.invoked.isEmpty }
      || plan.transitions.contains { $0.trigger == .eventless || $0.trigger == .done }
    guard !isRich else { throw .tooRich }
    for code in C.Guard.allCases where guards[code] == nil { throw .guardWithoutWords(code.name) }
    self.variables = variables
    self.guards = guards
    self.actions = actions
  }

  package var text: String {
    var lines = ["/* \(C.name), made from the chart's definition. */"]
    for (place, state) in plan.states.enumerated() where state.children.isEmpty {
      lines.append("#define \(name(place)) \(place)")
    }
    let first = index.position(of: plan.initial).flatMap { index.leaf(under: $0) } ?? 0
    lines += variables.map { "\($0);" } + ["byte s = \(name(first));", ""]
    lines += ["active proctype chart() {", "end:", "  do"]
    for leaf in plan.states.indices
    where plan.states[leaf].children.isEmpty && plan.states[leaf].kind == .ordinary {
      for kind in C.Event.Kind.allCases { lines += step(leaf, kind) }
    }
    return (lines + ["  od", "}", ""]).joined(separator: "\n")
  }

  private func name(_ place: Int) -> String {
    "\(C.State(code: plan.states[place].symbol)?.name ?? "s\(place)")".uppercased()
  }

  /// What this event does in this leaf; nothing when no line mentions it.
  private func step(_ leaf: Int, _ kind: C.Event.Kind) -> [String] {
    var options: [String] = []
    var before = "true"
    for place in plan.lineage(of: leaf) {
      let state = plan.states[place]
      for index in state.transitions where plan.transitions[index].trigger == .event(kind.code) {
        let transition = plan.transitions[index]
        let condition = words(transition.condition)
        options.append("      :: \(before) && \(condition) -> \(operations(transition, leaf))")
        if transition.condition == nil { return closed(leaf, kind, options) }
        before += " && !\(condition)"
      }
      if (state.ignored + state.refused).contains(kind.code) {
        return closed(leaf, kind, options + ["      :: \(before) -> skip"])
      }
    }
    return options.isEmpty ? [] : closed(leaf, kind, options)
  }

  private func closed(_ leaf: Int, _ kind: C.Event.Kind, _ options: [String]) -> [String] {
    ["  :: d_step { s == \(name(leaf)) -> /* \(kind.name) */", "      if"] + options
      + ["      fi }"]
  }

  private func words(_ condition: Plan.Condition?) -> String {
    guard let condition else { return "true" }
    let words = condition.map { "(\(C.Guard(code: UInt16($0)).flatMap { guards[$0] } ?? "true"))" }
    return words.single == nil ? "(\(words.text))" : words.text
  }

  private func operations(_ transition: Plan.Transition, _ leaf: Int) -> String {
    var codes: [UInt16] = []
    var end: Int?
    if let target = transition.targets.first.flatMap({ index.position(of: $0) }) {
      let domain = index.domain(of: transition, target: target)
      for place in index.lineage(of: leaf, below: domain) { codes += plan.states[place].leaving }
      codes += transition.actions
      let around = index.lineage(of: target, below: domain).dropFirst()
      for place in around.reversed() { codes += plan.states[place].entering }
      for place in index.descent(from: target) ?? [target] { codes += plan.states[place].entering }
      end = index.leaf(under: target)
    } else {
      codes = transition.actions
    }
    let statements = codes.compactMap { C.Action(code: $0).flatMap { actions[$0] } }
    return (statements + [end.map { "s = \(name($0))" } ?? "skip"]).joined(separator: "; ")
  }
}
