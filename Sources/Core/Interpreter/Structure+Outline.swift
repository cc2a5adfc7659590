extension Structure {
  /// A chart without code as numbers for the interpreter: state n of the outline is state n + 1.
  ///
  /// - Returns: The structure, and by its transitions those of the outline; nil for what leads to
  ///   an initial state.
  /// - Throws: `StructureError`, as ``init(states:transitions:)``.
  package static func made(
    of outline: Outline
  ) throws(StructureError) -> (Structure, numbers: [Int?]) {
    var states = [State(parent: nil, kind: .compound, initial: 0)]
    let first = ([outline.initial] + outline.furtherInitials).map { $0 + 1 }
    var transitions = [Transition(source: 0, targets: first)]
    var numbers: [Int?] = [nil]
    for (number, state) in outline.states.enumerated() {
      var made = State(parent: (state.parent ?? -1) + 1, kind: Kind(state.kind))
      if state.kind == .compound, let initial = state.initial {
        made.initial = transitions.count
        let targets = ([initial] + state.furtherInitials).map { $0 + 1 }
        transitions.append(Transition(source: number + 1, targets: targets))
        numbers.append(nil)
      }
      states.append(made)
    }
    for (number, it) in outline.transitions.enumerated() {
      guard states.indices.contains(it.source + 1) else {
        throw .unknownState(transition: number)
      }
      if states[it.source + 1].isHistory, states[it.source + 1].initial == nil {
        states[it.source + 1].initial = transitions.count
      }
      transitions.append(
        Transition(
          source: it.source + 1, targets: it.targets.map { $0 + 1 }, isInternal: it.isInternal,
          isEventless: it.trigger == .eventless))
      numbers.append(number)
    }
    for (number, targets) in pasts(states, transitions) {
      states[number].initial = transitions.count
      transitions.append(Transition(source: number, targets: targets))
      numbers.append(nil)
    }
    return (try Structure(states: states, transitions: transitions), numbers)
  }

  /// The history states that do not say what is entered first, and what that is: what is initial
  /// beside them, or all that is beside them in a parallel state.
  private static func pasts(
    _ states: [State], _ transitions: [Transition]
  ) -> [(number: Int, targets: [Int])] {
    states.indices.compactMap { number in
      guard states[number].isHistory, states[number].initial == nil,
        let parent = states[number].parent
      else { return nil }
      let beside = states.indices.filter { states[$0].parent == parent && !states[$0].isHistory }
      guard !beside.isEmpty else { return nil }
      let initial = states[parent].initial.map { transitions[$0].targets } ?? beside
      let isPast = initial.contains { states[$0].isHistory }
      return (number, isPast ? Array(beside.prefix(1)) : initial)
    }
  }
}

extension Structure.Kind {
  fileprivate init(_ kind: Outline.Kind) {
    switch kind {
    case .atomic: self = .atomic
    case .compound: self = .compound
    case .parallel: self = .parallel
    case .final: self = .final
    case .history(let isDeep): self = .history(isDeep: isDeep)
    }
  }
}
