extension Explorer {
  /// The shortest way to a state that is not settled and lies on a fair circle, and a circle.
  ///
  /// Faults and wishes have budgets, so that a circle has none of them. A component is fair when
  /// every duty that can be done in all of its states is done inside: then a run through all of it
  /// is fair, and settles never (weak fairness). Where a strong duty can be done somewhere and is
  /// not done inside, a fair run keeps away from those states: what is left is looked at again.
  func livelock(_ graph: StateGraph) -> Exploration.Violation? {
    var worst: (state: Int, members: [UInt32])?
    var work: [[UInt32]] = []
    graph.components { work.append($0) }
    while let members = work.popLast() {
      let duties = duties(members, graph)
      let starved = duties.sometimes & ~duties.done & model.strongDuties
      if starved != 0 {
        let rest = members.filter { enabled(Int($0), graph) & starved == 0 }
        if !rest.isEmpty { graph.components(of: rest) { work.append($0) } }
        continue
      }
      guard duties.always & ~duties.done == 0 else { continue }
      let restless = members.lazy.map { Int($0) }.filter {
        !model.isSettled(store.state($0))
      }.min()
      if let restless, worst.map({ restless < $0.state }) ?? true { worst = (restless, members) }
    }
    guard let worst else { return nil }
    let way = way(to: worst.state)
    return Exploration.Violation(
      name: "livelock", steps: way + circle(through: worst.state, worst.members, graph),
      circle: way.count)
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

  /// A shortest circle from a state back to itself, without the state it begins in.
  private func circle(
    through state: Int, _ members: [UInt32], _ graph: StateGraph
  ) -> [Exploration.Step] {
    var origins: [Int: (from: Int, action: UInt16)] = [:]
    let inside = Set(members)
    var layer = [state]
    while origins[state] == nil, !layer.isEmpty {
      var next: [Int] = []
      for number in layer {
        model.expand(store.state(number)) { action, after in
          guard model.actor(of: action).fairness != nil, let place = store.find(after),
            inside.contains(UInt32(place)), origins[place] == nil
          else { return }
          origins[place] = (number, action)
          next.append(place)
        }
      }
      layer = next
    }
    var steps: [Exploration.Step] = []
    var number = state
    repeat {
      guard let origin = origins[number] else { break }
      steps.append(step(origin.action, number))
      number = origin.from
    } while number != state
    return steps.reversed()
  }
}
