public import BatonCore

/// What of a chart was used: states, transitions, guards' outcomes, events by state, and which
/// transition followed which.
public struct ChartCoverage<C: Chart>: Sendable {
  /// How often each state was the active leaf after a step, by raw value.
  package private(set) var states: [Int]
  /// How often each transition was taken, in document order.
  package private(set) var transitions: [Int]
  /// How often each guard held, by raw value.
  package private(set) var held: [Int]
  /// How often it did not.
  package private(set) var failed: [Int]
  /// How often each kind of event came in each leaf: `leaf * kinds + kind`.
  package private(set) var events: [Int]
  /// How often which fault hit in which leaf.
  package private(set) var faults: [String: [Int]] = [:]
  /// Transitions that followed one another: the earlier one times 2³², and the later one.
  package private(set) var pairs: Set<UInt64> = []
  private var last: [UInt16: UInt32] = [:]
  private let kinds = C.Event.Kind.allCases.count
  private let outline: Outline

  /// The coverage of a chart of which nothing was used yet.
  ///
  /// - Parameter table: The chart; records of other charts must not be added.
  public init(_ table: Table<C>) {
    outline = table.outline
    states = Array(repeating: 0, count: C.State.allCases.count)
    transitions = Array(repeating: 0, count: outline.transitions.count)
    held = Array(repeating: 0, count: C.Guard.allCases.count)
    failed = held
    events = Array(repeating: 0, count: states.count * kinds)
  }

  /// Counts one microstep: its transition, its guards and the state that it led to.
  public mutating func add(_ record: TransitionRecord) {
    states[Int(record.to)] += 1
    if Int(record.trigger) < kinds { events[Int(record.from) * kinds + Int(record.trigger)] += 1 }
    for code in held.indices where record.guardsAsked >> UInt64(code) & 1 == 1 {
      if record.guardsHeld >> UInt64(code) & 1 == 1 { held[code] += 1 } else { failed[code] += 1 }
    }
    guard let transition = record.transition else { return }
    transitions[Int(transition)] += 1
    if let before = last[record.machine] {
      pairs.insert(UInt64(before) << 32 | UInt64(transition))
    }
    last[record.machine] = transition
  }

  /// Counts leaves that are active beside those that records name.
  mutating func add(active leaves: [C.State]) {
    for leaf in leaves { states[leaf.index] += 1 }
  }

  /// A new machine begins: what follows follows nothing.
  package mutating func begin() { last = [:] }

  /// Adds a fault that hit while this leaf was active.
  package mutating func add(fault: String, in state: C.State) {
    faults[fault, default: Array(repeating: 0, count: states.count)][state.index] += 1
  }

  /// Adds what another walk or run used.
  public mutating func add(_ other: ChartCoverage) {
    func sum(_ a: [Int], _ b: [Int]) -> [Int] { zip(a, b).map { $0 + $1 } }
    states = sum(states, other.states)
    transitions = sum(transitions, other.transitions)
    held = sum(held, other.held)
    failed = sum(failed, other.failed)
    events = sum(events, other.events)
    pairs.formUnion(other.pairs)
    for (fault, counts) in other.faults {
      faults[fault] = faults[fault].map { sum($0, counts) } ?? counts
    }
  }

  /// What was never used and could have been.
  ///
  /// - Parameter reachable: What a walk through all states used: the rest can't be used by anybody,
  ///   and is not asked for. Nil asks for the whole definition.
  public func gaps(reachable: ChartCoverage? = nil) -> [CoverageGap] {
    var gaps: [CoverageGap] = []
    for state in C.State.allCases
    where !wasActive(state) && (reachable.map { $0.wasActive(state) } ?? true) {
      // Only leaves are active.
      let place = outline.states.first { $0.name == state.name }
      if reachable != nil || place?.kind == .atomic || place?.kind == .final {
        gaps.append(.state(state.name))
      }
    }
    for (place, transition) in outline.transitions.enumerated()
    where transitions[place] == 0 && (reachable.map { $0.transitions[place] > 0 } ?? true) {
      gaps.append(.transition(place, outline.text(transition)))
    }
    for code in C.Guard.allCases {
      if held[code.index] == 0, reachable.map({ $0.held[code.index] > 0 }) ?? true {
        gaps.append(.guardOutcome(code.name, true))
      }
      if failed[code.index] == 0, reachable.map({ $0.failed[code.index] > 0 }) ?? true {
        gaps.append(.guardOutcome(code.name, false))
      }
    }
    return gaps
  }

  /// Whether a step led to it, or began in it: the initial state may be one to which nothing leads
  /// back.
  private func wasActive(_ state: C.State) -> Bool {
    states[state.index] > 0
      || events[state.index * kinds..<(state.index + 1) * kinds].contains { $0 > 0 }
  }

  /// A state that holds others was active when one of those was; regions are active together.
  private func count(of state: C.State) -> Int {
    guard let place = outline.states.firstIndex(where: { $0.name == state.name }) else { return 0 }
    let inside = outline.states.indices.filter { outline.states[$0].parent == place }
    let counts = inside.map { child in
      C.State.allCases.first { $0.name == outline.states[child].name }.map { count(of: $0) } ?? 0
    }
    let isParallel = outline.states[place].kind == .parallel
    return states[state.index]
      + (isParallel ? counts.max() ?? 0 : counts.reduce(0, +))
  }

  /// The object that the page of a chart reads as its overlay (docs/WATCHING.md), and more.
  public var report: CoverageReport {
    var report = CoverageReport(chart: "\(C.name)")
    for state in C.State.allCases { report.states[state.name] = count(of: state) }
    for (place, count) in transitions.enumerated() { report.transitions["\(place)"] = count }
    for code in C.Guard.allCases {
      report.guards[code.name] = ["true": held[code.index], "false": failed[code.index]]
    }
    for state in C.State.allCases {
      for kind in C.Event.Kind.allCases {
        let count = events[state.index * kinds + kind.index]
        if count > 0 { report.events["\(state.name) \(kind.name)"] = count }
      }
      for (fault, counts) in faults where counts[state.index] > 0 {
        report.faults["\(state.name) \(fault)"] = counts[state.index]
      }
    }
    report.pairs = pairs.count
    return report
  }
}
