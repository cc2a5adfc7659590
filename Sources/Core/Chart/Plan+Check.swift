extension Plan {
  /// Every mistake of the definition, in document order.
  package func mistakes() -> [Mistake] {
    // What follows from it is no help.
    if !invoking.misfits.isEmpty { return invoking.misfits.map { .invokingState($0) } }
    let index = PlanIndex(self)
    var found = structureMistakes(index)
    if found.isEmpty {
      let reach = PlanReach(self, index)
      found += states.indices.filter { !reach.isReached[$0] }.map {
        .unreachableState(states[$0].symbol)
      }
    }
    found += transitionMistakes(index) + useMistakes() + sizeMistakes()
    return found
  }

  /// The pairs of leaf and event kind that no line mentions: neither handled, ignored nor refused.
  ///
  /// A machine never rests in a leaf with an eventless transition without guard, so no event meets
  /// it there.
  package func gaps() -> [(state: UInt16, kind: UInt16)] {
    let index = PlanIndex(self)
    let successors = eventlessSuccessors(index)
    let heard = mentioned()
    var result: [(state: UInt16, kind: UInt16)] = []
    for leaf in states.indices where isResting(leaf) && successors[leaf] == nil {
      for kind in 0..<counts.kinds
      where !heard.contains(kind, of: leaf) && !results.contains(UInt16(kind)) {
        result.append((states[leaf].symbol, UInt16(kind)))
      }
    }
    return result
  }

  /// Whether a machine can wait for an event in this leaf.
  private func isResting(_ leaf: Int) -> Bool {
    states[leaf].children.isEmpty && !states[leaf].isFinal && !states[leaf].isHistory
  }

  /// By state the kinds that it, a state around it or another region mentions: all regions hear
  /// every event.
  private func mentioned() -> KindSets {
    var heard = KindSets(states: states.count, kinds: counts.kinds)
    for (place, state) in states.enumerated() {
      for kind in state.ignored + state.refused + state.deferred { heard.insert(kind, of: place) }
      for number in state.transitions {
        switch transitions[number].trigger {
        case .event(let kind): heard.insert(kind, of: place)
        case .any: heard.insertAll(of: place)
        case .delay, .done, .eventless: break
        }
      }
    }
    var inside = heard
    for place in states.indices.reversed() {
      if let parent = states[place].parent { inside.formUnion(of: parent, with: place) }
    }
    for place in states.indices {
      if states[place].kind == .parallel { heard.formUnion(inside, of: place) }
      if let parent = states[place].parent { heard.formUnion(of: place, with: parent) }
    }
    return heard
  }

  private func structureMistakes(_ index: PlanIndex) -> [Mistake] {
    var found: [Mistake] = strays > 0 ? [.lineOutsideState] : []
    found += invoking.resuming.map { .resumingHistory($0) }
    found += invoking.namesakes.map { .sameName($0) }
    let last = states.map { Int($0.symbol) }.max() ?? 0
    var seen = [Bool](repeating: false, count: max(last + 1, counts.states))
    for state in states {
      if seen[Int(state.symbol)] { found.append(.duplicateState(state.symbol)) }
      seen[Int(state.symbol)] = true
    }
    for symbol in 0..<counts.states where !seen[symbol] {
      found.append(.undeclaredState(UInt16(symbol)))
    }
    found += initialMistakes(nil, children: roots, initial: initial)
    for state in states where !state.children.isEmpty && state.kind == .ordinary {
      found += initialMistakes(state.symbol, children: state.children, initial: state.initial)
    }
    for state in states where state.isFinal {
      if !state.children.isEmpty || !state.transitions.isEmpty {
        found.append(.finalIsLeft(state.symbol))
      }
    }
    for transition in transitions {
      for target in transition.targets where index.position(of: target) == nil {
        found.append(
          .unknownTarget(source: states[transition.source].symbol, target: target))
      }
    }
    return found + regionMistakes(index)
  }

  private func initialMistakes(
    _ owner: UInt16?, children: [Int], initial: UInt16?
  ) -> [Mistake] {
    guard let initial else { return [.missingInitial(owner)] }
    let isChild = children.contains { states[$0].symbol == initial && !states[$0].isHistory }
    return isChild ? [] : [.initialIsNoChild(owner, initial: initial)]
  }

  private func transitionMistakes(_ index: PlanIndex) -> [Mistake] {
    var found: [Mistake] = []
    var closed = Marks()
    for state in states where !state.isHistory {
      for index in state.transitions {
        let transition = transitions[index]
        if closed.contains(place(of: transition.trigger)), !transition.isSpread {
          found.append(
            .nondeterminism(source: state.symbol, event: eventKind(transition.trigger)))
        }
        // A line for any event closes none, as where it is one line.
        if transition.condition == nil, !transition.isSpread {
          closed.insert(place(of: transition.trigger))
        }
      }
      let isWaiting = closed.contains(place(of: .done))
      if isWaiting, !canBeDone(state) {
        found.append(.doneWithoutFinal(state.symbol))
      }
      for index in state.transitions { closed.remove(place(of: transitions[index].trigger)) }
    }
    return found + shadowMistakes() + cycleMistakes(index)
  }

  /// A number for each trigger.
  private func place(of trigger: Trigger) -> Int {
    switch trigger {
    case .any: 0
    case .done: 1
    case .eventless: 2
    case .delay(let delay): 3 + 2 * Int(delay)
    case .event(let kind): 4 + 2 * Int(kind)
    }
  }

  /// A state is done by a final child; a parallel one when each of its regions is.
  private func canBeDone(_ state: State) -> Bool {
    guard state.kind == .parallel else { return state.children.contains { states[$0].isFinal } }
    return state.children.filter { !states[$0].isHistory }.allSatisfy { canBeDone(states[$0]) }
  }

  /// Follows eventless transitions without guards from every leaf; one that is met again on the
  /// same way lies in a circle, and so does all between.
  private func cycleMistakes(_ index: PlanIndex) -> [Mistake] {
    let successors = eventlessSuccessors(index)
    /// By leaf the way on which it was met first, from 1.
    var ways = Array(repeating: 0, count: states.count)
    var isCircling = Array(repeating: false, count: states.count)
    for start in states.indices where states[start].children.isEmpty {
      var current: Int? = start
      while let here = current, ways[here] == 0 {
        ways[here] = start + 1
        current = successors[here]
      }
      while let here = current, ways[here] == start + 1, !isCircling[here] {
        isCircling[here] = true
        current = successors[here]
      }
    }
    return states.indices.filter { isCircling[$0] }.map { .eventlessCycle(states[$0].symbol) }
  }

  /// By state the leaf to which the first eventless transition without guard leads, its own or of
  /// a state around it.
  private func eventlessSuccessors(_ index: PlanIndex) -> [Int?] {
    /// By state the transition that counts.
    var ways: [Int?] = []
    for state in states {
      let own = state.transitions.first {
        transitions[$0].trigger == .eventless && transitions[$0].condition == nil
      }
      ways.append(own ?? state.parent.flatMap { ways[$0] })
    }
    return states.indices.map { place in
      guard let way = ways[place] else { return nil }
      guard let target = transitions[way].target else { return place }
      return index.position(of: target).flatMap { index.leaf(under: $0) }
    }
  }

  private func useMistakes() -> [Mistake] {
    var guards = Marks()
    var actions = guards
    actions.insert(invoking.spares)
    var delays = guards
    var kinds = guards
    kinds.insert(results)
    var isAnyHeard = false
    for transition in transitions {
      for name in transition.condition?.names ?? [] { guards.insert(Int(name)) }
      actions.insert(transition.actions)
      switch transition.trigger {
      case .event(let kind): kinds.insert(Int(kind))
      case .delay(let delay): delays.insert(Int(delay))
      case .any: isAnyHeard = true
      case .done, .eventless: break
      }
    }
    for state in states {
      for list in [state.entry, state.exit, state.initialActions] { actions.insert(list) }
    }
    let unused = { (used: Marks, count: Int) in
      (0..<count).filter { !used.contains($0) }.map { UInt16(truncatingIfNeeded: $0) }
    }
    return unused(guards, counts.guards).map { .unusedGuard($0) }
      + unused(actions, counts.actions).map { .unusedAction($0) }
      + unused(delays, counts.delays).map { .unusedDelay($0) }
      + (isAnyHeard ? [] : unused(kinds, counts.kinds).map { .unhandledEvent($0) })
  }

  private func sizeMistakes() -> [Mistake] {
    var found: [Mistake] = []
    if counts.states > Limits.states { found.append(.tooLarge("states")) }
    if counts.kinds > Limits.kinds { found.append(.tooLarge("events")) }
    if counts.guards > Limits.guards { found.append(.tooLarge("guards")) }
    if counts.actions > Limits.actions || !areActionsFew { found.append(.tooLarge("actions")) }
    if rowCount > Limits.rows { found.append(.tooLarge("transitions of all leaves together")) }
    let waits = transitions.filter { if case .delay = $0.trigger { true } else { false } }
    if waits.count > Limits.delays { found.append(.tooLarge("delays")) }
    let terms = transitions.map { $0.condition?.names.count ?? 0 }
    if terms.contains(where: { $0 > Limits.terms }) || terms.reduce(0, +) > Int(UInt16.max) {
      found.append(.tooLarge("conditions"))
    }
    return found
  }

  /// What all leaves together say, with what the states around them say for them.
  private var rowCount: Int {
    /// By state how many leaves lie in it.
    var leaves = states.map { $0.children.isEmpty ? 1 : 0 }
    for (place, state) in states.enumerated().reversed() {
      if let parent = state.parent { leaves[parent] += leaves[place] }
    }
    var count = 0
    for (place, state) in states.enumerated() {
      let decided = state.ignored.count + state.refused.count + state.deferred.count
      count += decided * leaves[place]
    }
    for transition in transitions {
      let isForAny = if case .any = transition.trigger { true } else { false }
      count += (isForAny ? counts.kinds : 1) * leaves[transition.source]
    }
    return count
  }

  /// Whether the actions of a block can be counted in a byte, and those of a transition from any
  /// leaf to any other in two.
  private var areActionsFew: Bool {
    /// By state what is done to enter and to leave it, and all around it.
    var sums: [Int] = []
    for state in states {
      let blocks = [state.entering.count, state.leaving.count, state.initialActions.count]
      guard blocks.allSatisfy({ $0 <= Limits.block }) else { return false }
      let own = blocks.reduce(2 * Limits.delays, +)
      sums.append(own + (state.parent.map { sums[$0] } ?? 0))
    }
    return transitions.allSatisfy { $0.actions.count <= Limits.block }
      && sums.allSatisfy { 2 * $0 + Limits.block < Int(UInt16.max) }
  }

  private func eventKind(_ trigger: Trigger) -> UInt16? {
    if case .event(let kind) = trigger { kind } else { nil }
  }
}
