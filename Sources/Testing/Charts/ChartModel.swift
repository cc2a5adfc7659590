import BatonCore

/// All that a machine of a chart can come to, by events from outside, answers and delays.
final class ChartModel<C: Chart>: ValueModel {
  struct State: Hashable {
    var snapshot: Snapshot<C>
    /// What may come of the effects that were emitted, oldest first.
    var answers: [[C.Event]] = []
    /// The outcome of the last event was unexpected, or the chart failed.
    var fault: String?
    /// What the last step emitted: two ways to do the same are two different charts.
    var emitted: [String] = []
  }

  /// What a step used of the chart.
  struct Use {
    var records: [TransitionRecord] = []
    /// Leaves that are active beside those that the records name.
    var leaves: [C.State] = []
  }

  private let test: ChartTest<C>
  private let observer = CoverageObserver()
  private(set) var coverage: ChartCoverage<C>
  /// What the last step asked of the driver, in order.
  private(set) var effects: [String] = []
  /// What the last step used.
  private(set) var use = Use()
  private var isRun = false

  /// The ends of the whole chart, in which no event is expected any more.
  private let ends: Set<String>

  /// The states that hold others.
  private let parents: Set<String>

  init(_ test: ChartTest<C>) {
    self.test = test
    let states = test.table.outline.states
    parents = Set(states.compactMap(\.parent).map { states[$0].name })
    ends = Set(
      test.table.outline.states.filter { $0.kind == .final && $0.parent == nil }.map(\.name))
    coverage = ChartCoverage(test.table)
  }

  /// A run of one machine begins: from here on only what ``count(_:)`` is told was used, and
  /// transitions that follow one another are counted.
  func beginRun() {
    isRun = true
    coverage.begin()
  }

  /// Counts a step as one that was taken: to look what may come next is no use of the chart.
  func count(_ use: Use) {
    for record in use.records { coverage.add(record) }
    coverage.add(active: use.leaves)
  }

  /// The microsteps of the last step, oldest first.
  var records: [TransitionRecord] { use.records }

  var outline: Outline { test.table.outline }

  var name: String { "\(C.name)" }
  var properties: [String] {
    ["every event is expected"] + test.invariants.map(\.name)
  }
  var processes: [String] { ["\(C.name)"] }

  private static var answerBase: UInt16 { 0x4000 }
  private static var delayAction: UInt16 { 0x3FFF }

  var initial: State {
    var machine = Machine(test.table, memory: test.memory, observer: observer)
    return after(&machine, State(snapshot: machine.snapshot)) {
      machine, outbox throws(MachineError) in
      try machine.start(at: 0, into: &outbox)
      return .taken
    }
  }

  func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    for place in test.events.indices {
      if let next = wished(place, in: state) { step(UInt16(place), next) }
    }
    due(state, step)
  }

  /// Whether anything may still come.
  private func goesOn(_ state: State) -> Bool {
    state.fault == nil && !ends.contains(state.snapshot.state.name)
  }

  /// What an event from outside leads to; nil when none is expected any more.
  func wished(_ place: Int, in state: State) -> State? {
    goesOn(state) ? sent(test.events[place], state) : nil
  }

  /// The steps that nobody has to wish for: answers, and delays.
  func due(_ state: State, _ step: (UInt16, State) -> Void) {
    guard goesOn(state) else { return }
    for snapshot in state.snapshot.eachDueFirst {
      var machine = machine(state)
      machine.snapshot = snapshot
      step(
        Self.delayAction,
        after(&machine, state) { machine, outbox throws(MachineError) in
          _ = try machine.fire(at: 0, into: &outbox)
          return .taken
        })
    }
    guard let options = state.answers.first else { return }
    var next = state
    next.answers.removeFirst()
    for (place, event) in options.enumerated() {
      step(Self.answerBase + UInt16(place), sent(event, next))
    }
  }

  private func sent(_ event: C.Event, _ state: State) -> State {
    var machine = machine(state)
    return after(&machine, state) { machine, outbox throws(MachineError) in
      try machine.send(event, at: 0, into: &outbox)
    }
  }

  private func machine(_ state: State) -> Machine<C> {
    var machine = Machine(test.table, memory: state.snapshot.memory, observer: observer)
    machine.snapshot = state.snapshot
    return machine
  }

  private func after(
    _ machine: inout Machine<C>, _ state: State,
    _ act: (inout Machine<C>, inout Outbox<C>) throws(MachineError) -> Outcome
  ) -> State {
    observer.records = []
    var outbox = Outbox<C>()
    var next = state
    do throws(MachineError) {
      let outcome = try act(&machine, &outbox)
      if outcome == .unexpected, test.expectsEvents { next.fault = "an event was unexpected" }
    } catch {
      next.fault = "\(error)"
    }
    let found = machine.snapshot
    // A record names one leaf; with regions others are active beside it.
    let named = Set(observer.records.map(\.to))
    use = Use(
      records: observer.records,
      leaves: leaves(found, of: machine).filter { !named.contains($0.code) })
    if !isRun {
      // Steps of a walk follow no step; those of a run follow each other.
      coverage.begin()
      count(use)
    }
    next.snapshot = found.normalised(memory: found.memory, due: 1_000_000)
    next.emitted = []
    effects = (0..<outbox.count).map { "\(outbox[$0])" }
    for place in 0..<outbox.count {
      let answers = test.answers(outbox[place])
      if !answers.isEmpty { next.answers.append(answers) }
      if test.comparesEffects { next.emitted.append(effects[place]) }
    }
    return next
  }

  func judge(_ state: State) -> Verdict {
    var verdict = Verdict()
    verdict.require(0, state.fault == nil)
    for (place, invariant) in test.invariants.enumerated() {
      verdict.require(place + 1, invariant.holds(state.snapshot))
    }
    return verdict
  }

  /// With a fault nothing more is asked.
  func isSettled(_ state: State) -> Bool {
    state.fault != nil || (state.answers.isEmpty && test.mayRest(state.snapshot))
  }

  /// Events from outside are wishes; answers come, and delays run out.
  func actor(of action: UInt16) -> Actor {
    if action < Self.delayAction { return .nobody(at: 0) }
    return Actor(process: 0, fairness: action == Self.delayAction ? 0 : 1)
  }

  func leaves(of state: State) -> [String: String] {
    ["\(C.name)": leaves(in: state).joined(separator: " ")]
  }

  /// The active leaves, by name.
  func leaves(in state: State) -> [String] {
    var machine = Machine(test.table, memory: state.snapshot.memory)
    machine.snapshot = state.snapshot
    return leaves(state.snapshot, of: machine).map(\.name)
  }

  /// The active leaves of a machine that is in this state: with regions one of each.
  private func leaves(_ snapshot: Snapshot<C>, of machine: borrowing Machine<C>) -> [C.State] {
    guard !snapshot.regions.words.isEmpty else { return [machine.state] }
    return machine.configuration.filter { !parents.contains($0.name) }
  }

  func text(action: UInt16) -> String {
    if action < Self.delayAction { return "\(test.events[Int(action)])" }
    return action == Self.delayAction
      ? "a delay runs out" : "answer \(action - Self.answerBase + 1)"
  }

  func text(state: State) -> String {
    let emitted = state.emitted.isEmpty ? "" : " emits \(state.emitted.joined(separator: ", "))"
    let whole = MemoryLayout<C.Memory>.size == 0 ? "" : " \(state.snapshot.memory)"
    let memory = whole.count > 120 ? "\(whole.prefix(119))…" : whole
    return leaves(in: state).joined(separator: " ") + memory + emitted
      + (state.fault.map { " ✗ \($0)" } ?? "")
  }
}

@available(*, unavailable)
extension ChartModel: Sendable {}
