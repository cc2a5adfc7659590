/// Turns a plan into rows, candidates and operations.
///
/// Exits run from the leaf outwards, then the transition's actions, then entries from the domain
/// inwards and down the initial children (SCXML 3.13 and appendix D).
struct Flattening {
  struct Candidate {
    var condition: Plan.Condition?
    var verdict: Outcome
    /// The raw value of a state; with regions the structure's number of one.
    var leaf: UInt16
    var transition: Int?
    var operations: (start: UInt32, count: UInt16)
    /// How many operations are exits, and how many the transition's own; only with regions.
    var exitCount: UInt8 = 0
    var contentCount: UInt8 = 0
    var traits: Layout.Traits = []
  }

  enum Operation {
    /// An action, and how many more stand in its block.
    case run(UInt8, rest: UInt8)
    case start(UInt8)
    case cancel(UInt8)
    case done(UInt8)
  }

  let plan: Plan
  var rows: [(start: UInt32, count: UInt32)]
  var candidates: [Candidate] = []
  var operations: [Operation] = []
  let columns: Int
  let eventlessColumn: Int
  let doneColumn: Int
  let delayColumn: Int
  var slots: [UInt8] = []
  var initialLeaf: UInt8 = 0
  var initialOperations: (start: UInt32, count: UInt16) = (0, 0)
  /// The terms of combined guards, and by transition where its own begin.
  private(set) var terms: [Layout.Term] = []
  private var termStarts: [UInt16] = []
  /// The transitions that wait for a delay, by slot.
  private var waiting: [Int] = []

  init(_ plan: Plan) {
    self.plan = plan
    for (index, transition) in plan.transitions.enumerated() {
      if case .delay(let delay) = transition.trigger {
        slots.append(delay)
        waiting.append(index)
      }
    }
    for transition in plan.transitions {
      termStarts.append(UInt16(truncatingIfNeeded: terms.count))
      guard let condition = transition.condition, condition.single == nil else { continue }
      terms += condition.terms
    }
    eventlessColumn = plan.counts.kinds
    doneColumn = eventlessColumn + 1
    delayColumn = doneColumn + plan.counts.states
    columns = delayColumn + slots.count
    rows = Array(repeating: (0, 0), count: columns * plan.counts.states)
    guard !plan.needsInterpreter else { return }
    for leaf in plan.states.indices where plan.states[leaf].children.isEmpty { flatten(leaf) }
    enterInitial()
  }

  /// Whether the leaf has an eventless transition, its own or an ancestor's.
  func isRestless(_ leaf: UInt16) -> Bool { rows[Int(leaf) * columns + eventlessColumn].count > 0 }

  /// Where the terms of a transition's combined guards begin; what enters an initial state asks
  /// nothing.
  func termStart(of transition: Int) -> UInt16 {
    termStarts.indices.contains(transition) ? termStarts[transition] : 0
  }

  /// The action of a candidate that does nothing else.
  func singleAction(_ candidate: Candidate) -> UInt8? {
    guard candidate.operations.count == 1,
      case .run(let action, rest: _) = operations[Int(candidate.operations.start)]
    else { return nil }
    return action
  }

  private mutating func enterInitial() {
    guard let first = plan.position(of: plan.initial), let path = plan.descent(from: first) else {
      return
    }
    let start = operations.count
    descend(path)
    finish(path[path.count - 1])
    initialOperations = (UInt32(start), UInt16(operations.count - start))
    initialLeaf = plan.states[path[path.count - 1]].symbol
  }

  private mutating func flatten(_ leaf: Int) {
    for kind in 0..<UInt8(plan.counts.kinds) {
      row(leaf, Int(kind)) { state in
        if state.deferred.contains(kind) { return .deferred }
        if state.ignored.contains(kind) { return .ignored }
        return state.refused.contains(kind) ? .refused : nil
      } matching: {
        $0.trigger == .event(kind) || $0.trigger == .any
      }
    }
    row(leaf, eventlessColumn) { $0.trigger == .eventless }
    for ancestor in plan.lineage(of: leaf).dropFirst() {
      row(leaf, doneColumn + Int(plan.states[ancestor].symbol)) { [plan] in
        $0.trigger == .done && plan.states[$0.source].symbol == plan.states[ancestor].symbol
      }
    }
    for (slot, index) in waiting.enumerated() {
      let source = plan.transitions[index].source
      guard plan.lineage(of: leaf).contains(source) else { continue }
      append(leaf, delayColumn + slot, [index])
    }
  }

  private mutating func row(
    _ leaf: Int, _ column: Int, verdict: (Plan.State) -> Outcome? = { _ in nil },
    matching: (Plan.Transition) -> Bool
  ) {
    let start = candidates.count
    for position in plan.lineage(of: leaf) {
      let state = plan.states[position]
      for index in state.transitions where matching(plan.transitions[index]) {
        candidates.append(candidate(index, from: leaf))
      }
      if let verdict = verdict(state) {
        candidates.append(
          Candidate(
            condition: nil, verdict: verdict, leaf: UInt16(plan.states[leaf].symbol),
            transition: nil,
            operations: (0, 0)))
      }
    }
    close(leaf, column, start)
  }

  private mutating func append(_ leaf: Int, _ column: Int, _ indices: [Int]) {
    let start = candidates.count
    for index in indices { candidates.append(candidate(index, from: leaf)) }
    close(leaf, column, start)
  }

  private mutating func close(_ leaf: Int, _ column: Int, _ start: Int) {
    let row = Int(plan.states[leaf].symbol) * columns + column
    rows[row] = (UInt32(start), UInt32(candidates.count - start))
  }

  private mutating func candidate(_ index: Int, from leaf: Int) -> Candidate {
    let transition = plan.transitions[index]
    let start = operations.count
    var end = leaf
    if let target = transition.target.flatMap({ plan.position(of: $0) }) {
      let domain = plan.domain(of: transition, target: target)
      for state in plan.lineage(of: leaf).prefix(while: { $0 != domain }) { exit(state) }
      run(transition.actions)
      for state in plan.lineage(of: target).dropFirst().prefix(while: { $0 != domain }).reversed() {
        enter(state)
      }
      descend(plan.descent(from: target) ?? [target])
      end = plan.leaf(under: target) ?? target
      finish(end)
    } else {
      run(transition.actions)
    }
    return Candidate(
      condition: transition.condition, verdict: .taken, leaf: UInt16(plan.states[end].symbol),
      transition: index, operations: (UInt32(start), UInt16(operations.count - start)))
  }

  /// One block: an action that fails ends it (SCXML 4.9).
  mutating func run(_ actions: [UInt8]) {
    for (place, action) in actions.enumerated() {
      operations.append(.run(action, rest: UInt8(actions.count - 1 - place)))
    }
  }

  /// Enters a state and its initial children, with what is done on the way to each.
  private mutating func descend(_ path: [Int]) {
    for state in path {
      enter(state)
      if state != path.last { run(plan.states[state].initialActions) }
    }
  }

  mutating func exit(_ state: Int) {
    run(plan.states[state].exit)
    for slot in slotsOwned(by: state) { operations.append(.cancel(slot)) }
  }

  mutating func enter(_ state: Int) {
    run(plan.states[state].entry)
    for slot in slotsOwned(by: state) { operations.append(.start(slot)) }
  }

  /// Entering a final child makes its parent done (SCXML 3.7).
  private mutating func finish(_ leaf: Int) {
    guard plan.states[leaf].isFinal, let parent = plan.states[leaf].parent else { return }
    operations.append(.done(plan.states[parent].symbol))
  }

  /// The slot of a transition that waits for a delay.
  func slot(of transition: Int) -> Int? { waiting.firstIndex(of: transition) }

  private func slotsOwned(by state: Int) -> [UInt8] {
    waiting.indices.filter { plan.transitions[waiting[$0]].source == state }.map(UInt8.init)
  }
}
