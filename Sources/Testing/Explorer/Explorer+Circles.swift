extension Explorer {
  /// The shortest way to a state that is not settled and lies on a fair circle, and a circle.
  ///
  /// It is one of duties alone: whoever wishes for ever may keep a model from rest.
  func livelock(_ graph: StateGraph, _ restless: [UInt32]) -> Exploration.Violation? {
    guard !restless.isEmpty else { return nil }
    var search = StateGraph.Search(graph, isWhole: true)
    var components: [[UInt32]] = []
    search.components(from: restless) { components.append($0) }
    let circle = fairCircle(graph, &search, components) { !model.isSettled(store[$0]) }
    guard let circle else { return nil }
    let way = way(to: circle.state)
    return Exploration.Violation(
      name: "livelock", steps: way + self.circle(through: circle.state, circle.members, graph),
      circle: way.count)
  }

  /// The first state of those that are asked about that lies on a fair circle, and what its circle
  /// may go through.
  ///
  /// A component is fair when every duty that can be done in all of its states is done inside: then
  /// a run through all of it
  /// is fair, and never leaves it (weak fairness). Where a strong duty can be done somewhere and is
  /// not done inside, a fair run keeps away from those states: what is left is looked at again.
  func fairCircle(
    _ graph: StateGraph, _ search: inout StateGraph.Search, _ components: [[UInt32]],
    through isWanted: (Int) -> Bool
  ) -> (state: Int, members: [UInt32])? {
    var first: (state: Int, members: [UInt32])?
    var work = components
    while let members = work.popLast() {  // Ends: what is put back is smaller than what was taken.
      guard let wanted = members.lazy.map({ Int($0) }).filter(isWanted).min(),
        first.map({ wanted < $0.state }) ?? true
      else { continue }
      let duties = duties(members, graph)
      let starved = duties.sometimes & ~duties.done & model.strongDuties
      if starved != 0 {
        let rest = members.filter { enabled(Int($0), graph) & starved == 0 }
        if !rest.isEmpty { search.components(of: rest) { work.append($0) } }
      } else if duties.always & ~duties.done == 0 {
        first = (wanted, members)
      }
    }
    return first
  }

  private func enabled(_ state: Int, _ graph: StateGraph) -> UInt64 {
    graph.steps(state).reduce(0) { $0 | 1 << UInt64(graph.duties[$1]) }
  }

  /// The duties that can be done in all members, and in some, and those that are done inside.
  private func duties(
    _ members: [UInt32], _ graph: StateGraph
  ) -> (always: UInt64, sometimes: UInt64, done: UInt64) {
    let inside = Set(members)
    var result: (always: UInt64, sometimes: UInt64, done: UInt64) = (.max, 0, 0)
    for member in members {
      let here = enabled(Int(member), graph)
      result.always &= here
      result.sometimes |= here
      for place in graph.steps(Int(member)) where inside.contains(graph.targets[place]) {
        result.done |= 1 << UInt64(graph.duties[place])
      }
    }
    return result
  }

  /// One step of a circle: a duty, and where it leads from and to.
  private struct Hop {
    let from: Int
    let action: UInt16
    let duty: UInt64
    let to: Int
  }

  /// A fair circle from a state back to itself, without the state it begins in: every duty that can
  /// be done all along is done in it, and perhaps what is nobody's duty.
  func circle(
    through state: Int, _ members: [UInt32], _ graph: StateGraph, withWishes: Bool = false
  ) -> [Exploration.Step] {
    let inside = Set(members)
    let all = duties(members, graph)
    var hops: [Hop] = []
    var here: Int { hops.last?.to ?? state }
    func go(_ isGoal: (Hop) -> Bool) {
      hops += way(from: here, inside, withWishes: withWishes, isGoal)
    }
    for duty in (0..<64).map({ UInt64(1) << $0 }) {
      if all.done & duty != 0, !hops.contains(where: { $0.duty == duty }) {
        go { $0.duty == duty }
      } else if all.sometimes & ~all.done & duty != 0 {
        // It need not be done where it can't be done all along.
        let isPaused = ([state] + hops.map(\.to)).contains { enabled($0, graph) & duty == 0 }
        if !isPaused { go { enabled($0.to, graph) & duty == 0 } }
      }
    }
    if hops.isEmpty || here != state { go { $0.to == state } }
    return hops.map { step($0.action, $0.to) }
  }

  /// A shortest way from a state that stays inside and ends with a step that is wanted.
  private func way(
    from start: Int, _ inside: Set<UInt32>, withWishes: Bool, _ isGoal: (Hop) -> Bool
  ) -> [Hop] {
    var origins: [Int: Hop] = [:]
    var layer = [start]
    var last: Hop?
    while last == nil, !layer.isEmpty {  // Ends when a layer brings no new state.
      var next: [Int] = []
      for number in layer where last == nil {
        model.expand(store[number]) { action, after in
          let fairness = model.actor(of: action).fairness
          guard last == nil, fairness != nil || withWishes, let place = store.find(after),
            inside.contains(UInt32(place))
          else { return }
          let duty: UInt64 = fairness.map { 1 << UInt64($0) } ?? 0
          let hop = Hop(from: number, action: action, duty: duty, to: place)
          if isGoal(hop) { last = hop }
          guard place != start, origins[place] == nil else { return }
          origins[place] = hop
          next.append(place)
        }
      }
      layer = next
    }
    var way: [Hop] = []
    var hop = last
    while let step = hop {  // Ends at the start: each step was found from an earlier one.
      way.append(step)
      hop = step.from == start ? nil : origins[step.from]
    }
    return way.reversed()
  }
}
