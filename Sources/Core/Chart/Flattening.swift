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

    /// What a row ends with, so that an event need not look where it ends.
    static var end: Candidate {
      Candidate(condition: nil, verdict: .unexpected, leaf: 0, operations: (0, 0))
    }
  }

  enum Operation {
    /// An action, and how many more stand in its block.
    case run(UInt16, rest: UInt8)
    case start(UInt16)
    case cancel(UInt16)
    case done(UInt16)
  }

  let plan: Plan
  let index: PlanIndex
  /// Where there are candidates; no others are written down.
  private(set) var rows: [Row] = []
  /// The first one is the end of all rows that have none.
  var candidates = [Candidate.end]
  var operations: [Operation] = []
  let eventlessColumn: Int
  let doneColumn: Int
  let delayColumn: Int
  var slots: [UInt16] = []
  var initialLeaf: UInt16 = 0
  var initialOperations: (start: UInt32, count: UInt16) = (0, 0)
  /// The terms of combined guards, and by transition where its own begin.
  private(set) var terms: [Layout.Term] = []
  private var termStarts: [UInt16] = []
  /// By transition its slot, of those that wait.
  private var slotNumbers: [Int]
  /// By state the slots of its transitions.
  private var ownedSlots: [[UInt16]]
  /// By leaf, whether it has an eventless transition.
  private var restless = Marks()
  /// Empty but while verdicts are added.
  private var decided = Marks()

  /// The candidates of one leaf and one trigger. Rows stand by leaf, and those of one by column.
  struct Row {
    var leaf: UInt16
    var column: UInt16
    var start: UInt32
    var count: UInt32
  }

  init(_ plan: Plan) {
    self.plan = plan
    index = PlanIndex(plan)
    eventlessColumn = plan.counts.kinds
    doneColumn = eventlessColumn + 1
    delayColumn = doneColumn + plan.counts.states
    slotNumbers = Array(repeating: 0, count: plan.transitions.count)
    ownedSlots = Array(repeating: [], count: plan.states.count)
    for (index, transition) in plan.transitions.enumerated() {
      guard case .delay(let delay) = transition.trigger else { continue }
      let slot = slots.count
      slotNumbers[index] = slot
      ownedSlots[transition.source].append(UInt16(slot))
      slots.append(delay)
    }
    for transition in plan.transitions {
      termStarts.append(UInt16(truncatingIfNeeded: terms.count))
      guard let condition = transition.condition, condition.single == nil else { continue }
      terms += condition.terms
    }
    guard !plan.needsInterpreter else { return }
    flatten()
    enterInitial()
  }

  /// Whether the leaf has an eventless transition, its own or an ancestor's.
  func isRestless(_ leaf: UInt16) -> Bool { restless.contains(Int(leaf)) }

  /// Where the terms of a transition's combined guards begin; what enters an initial state asks
  /// nothing.
  func termStart(of transition: Int) -> UInt16 {
    termStarts.indices.contains(transition) ? termStarts[transition] : 0
  }

  /// Whether a candidate does nothing but run actions; not when it starts or cancels a delay, or
  /// ends a state, or does nothing.
  func isRunning(_ candidate: Candidate) -> Bool {
    let start = Int(candidate.operations.start)
    for place in start..<(start + Int(candidate.operations.count)) {
      guard case .run = operations[place] else { return false }
    }
    return candidate.operations.count > 0
  }

  private mutating func enterInitial() {
    guard let first = index.position(of: plan.initial), let path = index.descent(from: first)
    else { return }
    let start = operations.count
    descend(path)
    finish(path[path.count - 1])
    initialOperations = (UInt32(start), UInt16(operations.count - start))
    initialLeaf = plan.states[path[path.count - 1]].symbol
  }

  /// All leaves in the order of their symbols, as rows stand.
  private mutating func flatten() {
    let leaves = plan.states.indices.filter { plan.states[$0].children.isEmpty }
    var row = RowMaker(columns: delayColumn + slots.count)
    for next in ascendingPlaces(leaves.map { UInt64(plan.states[$0].symbol) }) {
      let leaf = leaves[next]
      for place in index.lineage(of: leaf) {
        for number in plan.states[place].transitions {
          // Made first: as an argument it would be made while another copy of all this is held.
          let found = candidate(number, from: leaf)
          add(found, number, to: &row)
        }
        addVerdicts(of: plan.states[place], at: plan.states[leaf].symbol, to: &row)
      }
      close(plan.states[leaf].symbol, &row)
    }
  }

  private func add(_ candidate: Candidate, _ transition: Int, to row: inout RowMaker) {
    switch column(of: transition) {
    case RegionTable.Row.any: row.add(candidate, to: 0..<eventlessColumn)
    case let column: row.add(candidate, to: Int(column))
    }
  }

  /// What a state defers, ignores or refuses stands behind its transitions; the first of the three
  /// counts.
  private mutating func addVerdicts(of state: Plan.State, at leaf: UInt16, to row: inout RowMaker) {
    let lists: [(kinds: [UInt16], verdict: Outcome)] = [
      (state.deferred, .deferred), (state.ignored, .ignored), (state.refused, .refused),
    ]
    for (kinds, verdict) in lists {
      for kind in kinds where decided.insert(Int(kind)) {
        let candidate = Candidate(
          condition: nil, verdict: verdict, leaf: leaf, transition: nil, operations: (0, 0))
        row.add(candidate, to: Int(kind))
      }
    }
    for (kinds, _) in lists {
      for kind in kinds { decided.remove(Int(kind)) }
    }
  }

  /// Writes down what was found for a leaf.
  mutating func close(_ leaf: UInt16, _ row: inout RowMaker) {
    row.take { column, list in
      rows.append(
        Row(
          leaf: leaf, column: UInt16(column), start: UInt32(candidates.count),
          count: UInt32(list.count)))
      candidates += list
      if list[list.count - 1].condition != nil { candidates.append(.end) }
      if column == eventlessColumn { restless.insert(Int(leaf)) }
    }
  }

  private mutating func candidate(_ number: Int, from leaf: Int) -> Candidate {
    let transition = plan.transitions[number]
    let start = operations.count
    var end = leaf
    if let symbol = transition.target, let target = index.position(of: symbol) {
      let domain = index.domain(of: transition, target: target)
      for state in index.lineage(of: leaf, below: domain) { exit(state) }
      run(transition.actions)
      for state in index.lineage(of: target, below: domain).dropFirst().reversed() { enter(state) }
      descend(index.descent(from: target) ?? [target])
      end = index.leaf(under: target) ?? target
      finish(end)
    } else {
      run(transition.actions)
    }
    return Candidate(
      condition: transition.condition, verdict: .taken, leaf: plan.states[end].symbol,
      transition: number, operations: (UInt32(start), UInt16(operations.count - start)))
  }

  /// The trigger's column, or that for any event.
  func column(of number: Int) -> UInt16 {
    let transition = plan.transitions[number]
    switch transition.trigger {
    case .event(let kind): return kind
    case .any: return RegionTable.Row.any
    case .eventless: return UInt16(eventlessColumn)
    case .done: return UInt16(doneColumn + Int(plan.states[transition.source].symbol))
    case .delay: return UInt16(delayColumn + (slotNumbers[number]))
    }
  }

  /// One block: an action that fails ends it (SCXML 4.9).
  mutating func run(_ actions: [UInt16]) {
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
    run(plan.states[state].around.exit)
    for slot in ownedSlots[state] { operations.append(.cancel(slot)) }
  }

  mutating func enter(_ state: Int) {
    run(plan.states[state].entry)
    run(plan.states[state].around.entry)
    for slot in ownedSlots[state] { operations.append(.start(slot)) }
  }

  /// Entering a final child makes its parent done (SCXML 3.7).
  private mutating func finish(_ leaf: Int) {
    guard plan.states[leaf].isFinal, let parent = plan.states[leaf].parent else { return }
    operations.append(.done(plan.states[parent].symbol))
  }
}
