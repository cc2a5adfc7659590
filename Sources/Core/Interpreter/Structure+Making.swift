/// What is found out once, when a structure is made.
extension Structure {
  static func check(
    _ states: [State], _ transitions: [Transition]
  ) throws(StructureError) {
    guard let root = states.first, root.parent == nil, root.kind == .compound else {
      throw .noRoot(0)
    }
    /// The states around the last one, outermost first.
    var open = [0]
    for number in states.indices.dropFirst() {
      guard let parent = states[number].parent else { throw .noRoot(number) }
      while let last = open.last, last != parent { open.removeLast() }
      guard open.last == parent else { throw .outOfOrder(state: number) }
      open.append(number)
    }
    for (number, transition) in transitions.enumerated() {
      let named = transition.targets + [transition.source]
      guard named.allSatisfy(states.indices.contains) else {
        throw .unknownState(transition: number)
      }
    }
    for (number, state) in states.enumerated() where state.kind == .compound || state.isHistory {
      guard let initial = state.initial, transitions.indices.contains(initial),
        !transitions[initial].targets.isEmpty
      else { throw .noInitial(state: number) }
    }
    try checkDefaults(states, transitions)
  }

  /// What is entered by default lies inside of what asks for it, or entering would never end:
  /// initial states inside their state (SCXML 3.3, 3.6), the defaults of a history state inside its
  /// parent (3.10), and no history state leads back to itself.
  private static func checkDefaults(
    _ states: [State], _ transitions: [Transition]
  ) throws(StructureError) {
    let ends = ends(states)
    for (number, state) in states.enumerated() {
      guard let initial = state.initial, state.kind == .compound || state.isHistory else {
        continue
      }
      let around = state.isHistory ? state.parent ?? 0 : number
      for target in transitions[initial].targets
      where target <= around || target >= ends[around] {
        throw .outside(state: number, target: target)
      }
      guard state.isHistory else { continue }
      var waiting = [number]
      var seen = Marks()
      while let next = waiting.popLast() {  // Ends when every history state was seen once.
        guard let way = states[next].initial else { continue }
        for target in transitions[way].targets where states[target].isHistory {
          if target == number { throw .circular(state: number) }
          if seen.insert(target) { waiting.append(target) }
        }
      }
    }
  }

  static func ends(_ states: [State]) -> [Int] {
    var ends = states.indices.map { $0 + 1 }
    for number in states.indices.dropFirst().reversed() {
      if let parent = states[number].parent { ends[parent] = max(ends[parent], ends[number]) }
    }
    return ends
  }

  static func hasRegions(_ states: [State]) -> [Bool] {
    var has = states.map { $0.kind == .parallel }
    for number in states.indices.dropFirst().reversed() where has[number] {
      if let parent = states[number].parent { has[parent] = true }
    }
    return has
  }

  /// By state, the transitions that it declares, initial and default ones left out.
  static func declared(_ states: [State], _ transitions: [Transition]) -> [[Int]] {
    var initial = Marks()
    for case let number? in states.map({ $0.initial }) { initial.insert(number) }
    var own: [[Int]] = Array(repeating: [], count: states.count)
    for (number, transition) in transitions.enumerated() where !initial.contains(number) {
      own[transition.source].append(number)
    }
    return own
  }

  /// By leaf, what it and the states around it declare, innermost first.
  static func candidates(_ states: [State], _ own: [[Int]]) -> [[Int]] {
    states.indices.map { number in
      guard states[number].kind == .atomic || states[number].kind == .final else { return [] }
      var found: [Int] = []
      var next: Int? = number
      while let state = next {
        found += own[state]
        next = states[state].parent
      }
      return found
    }
  }

  /// The innermost state that the transition does not leave (appendix D, getTransitionDomain).
  static func domain(of transition: Transition, _ states: [State], _ ends: [Int]) -> Int? {
    guard let first = transition.targets.min(), let last = transition.targets.max() else {
      return nil
    }
    return domain(of: transition, from: first, to: last, states, ends)
  }

  /// The same for targets that lie between two states.
  static func domain(
    of transition: Transition, from first: Int, to last: Int, _ states: [State], _ ends: [Int]
  ) -> Int {
    let source = transition.source
    func holdsAll(_ state: Int) -> Bool { first > state && last < ends[state] }
    if transition.isInternal, states[source].kind == .compound, holdsAll(source) { return source }
    var next = states[source].parent
    while let state = next {
      if states[state].kind == .compound, holdsAll(state) { return state }
      next = states[state].parent
    }
    return 0
  }
}
