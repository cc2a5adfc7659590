/// The same for charts with regions: nothing is flattened, each state and transition has its own
/// operations.
extension Flattening {
  /// The table for the interpreter, whose operations stand behind those of this flattening.
  mutating func regions() -> RegionTable {
    var states = [Structure.State(parent: nil, kind: .compound, initial: plan.transitions.count)]
    var transitions = plan.transitions.map { transition in
      Structure.Transition(
        source: transition.source + 1,
        targets: transition.targets.compactMap { index.position(of: $0) }.map { $0 + 1 },
        isInternal: transition.isInternal, isEventless: transition.trigger == .eventless)
    }
    var rows = plan.transitions.indices.map { row(of: $0) }
    addInitial(of: 0, plan.initial, [], &transitions, &rows)
    for (position, state) in plan.states.enumerated() {
      var initial = state.isHistory ? state.transitions.first : nil
      if state.kind == .ordinary, !state.children.isEmpty, let child = state.initial {
        initial = transitions.count
        addInitial(of: position + 1, child, state.initialActions, &transitions, &rows)
      }
      var made = Structure.State(
        parent: state.parent.map { $0 + 1 } ?? 0, kind: Structure.Kind(state), initial: initial)
      made.isForgetful = !state.invoked.isEmpty
      states.append(made)
    }
    for position in plan.states.indices { addVerdicts(of: position, &transitions, &rows) }
    var entries = [RegionTable.Span(start: 0, count: 0)]
    var exits = entries
    for position in plan.states.indices {
      entries.append(span { $0.enter(position) })
      exits.append(span { $0.exit(position) })
    }
    let structure: Structure
    do throws(StructureError) {
      structure = try Structure(states: states, transitions: transitions)
    } catch {
      preconditionFailure("a plan without mistakes is a structure")
    }
    return RegionTable(
      structure: structure, rows: rows, entries: entries, exits: exits,
      symbols: [0] + plan.states.map { $0.symbol },
      eventlessColumn: eventlessColumn)
  }

  /// The operations that the body adds.
  private mutating func span(_ body: (inout Flattening) -> Void) -> RegionTable.Span {
    let start = operations.count
    body(&self)
    return RegionTable.Span(start: UInt32(start), count: UInt16(operations.count - start))
  }

  private mutating func row(of number: Int) -> RegionTable.Row {
    let transition = plan.transitions[number]
    let source = plan.states[transition.source]
    return RegionTable.Row(
      column: source.isHistory ? RegionTable.Row.none : column(of: number),
      verdict: .taken, transition: UInt32(number), from: source.symbol,
      to: transition.target ?? source.symbol,
      operations: span { $0.run(transition.actions) })
  }

  private mutating func addInitial(
    of state: Int, _ target: UInt16, _ actions: [UInt16],
    _ transitions: inout [Structure.Transition], _ rows: inout [RegionTable.Row]
  ) {
    let targets = index.position(of: target).map { [$0 + 1] } ?? []
    transitions.append(Structure.Transition(source: state, targets: targets))
    rows.append(
      RegionTable.Row(
        column: RegionTable.Row.none, verdict: .taken, transition: Layout.Candidate.unlisted,
        from: target, to: target, operations: span { $0.run(actions) }))
  }

  /// What a state defers, ignores or refuses stands behind its transitions.
  private mutating func addVerdicts(
    of position: Int, _ transitions: inout [Structure.Transition],
    _ rows: inout [RegionTable.Row]
  ) {
    let state = plan.states[position]
    let lists: [(kinds: [UInt16], verdict: Outcome)] = [
      (state.deferred, .deferred), (state.ignored, .ignored), (state.refused, .refused),
    ]
    for (kinds, verdict) in lists {
      for kind in kinds {
        transitions.append(Structure.Transition(source: position + 1, targets: []))
        rows.append(
          RegionTable.Row(
            column: kind, verdict: verdict, transition: Layout.Candidate.unlisted,
            from: state.symbol, to: state.symbol,
            operations: RegionTable.Span(start: 0, count: 0)))
      }
    }
  }
}

extension Structure.Kind {
  init(_ state: Plan.State) {
    switch state.kind {
    case .ordinary: self = state.children.isEmpty ? .atomic : .compound
    case .parallel: self = .parallel
    case .final: self = .final
    case .history(let isDeep): self = .history(isDeep: isDeep)
    }
  }
}
