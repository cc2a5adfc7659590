/// The states that a run can come to between a premise and what it leads to.
private struct Owing {
  /// In how many states the premise holds.
  var premises = 0
  /// The states in which the answer is owed, breadth first.
  var states: [UInt32] = []
  /// The state before each, by number: `root` where the premise holds, `none` where nothing is
  /// owed.
  var parents: [UInt32]
  var actions: [UInt16]

  static let none = UInt32.max
  static let root = UInt32.max - 1

  init(count: Int) {
    parents = Array(repeating: Self.none, count: count)
    actions = Array(repeating: 0, count: count)
  }

  mutating func add(_ number: Int, from parent: UInt32, by action: UInt16 = 0) {
    guard parents[number] == Self.none else { return }
    parents[number] = parent
    actions[number] = action
    states.append(UInt32(number))
  }
}

extension Explorer {
  /// Looks of each response whether all fair runs come to it from its premise: a run that ends
  /// before, or goes round for ever, breaks it.
  func respond(_ result: inout Exploration) {
    for (place, name) in model.responses.enumerated() {
      let owing = owing(1 << UInt64(place))
      result.properties.append(.init(name: name, states: owing.premises))
      let graph = graph(of: owing)
      let end = owing.states.first { state in
        graph.steps(Int(state)).allSatisfy { graph.duties[$0] == .max }
      }
      if let end {
        result.violations.append(.init(name: name, steps: way(to: Int(end), owing)))
        continue
      }
      var search = StateGraph.Search(graph, isWhole: false)
      var components: [[UInt32]] = []
      search.components(of: owing.states) { components.append($0) }
      guard let circle = fairCircle(graph, &search, components, through: { _ in true })
      else { continue }
      let way = way(to: circle.state, owing)
      let round = self.circle(through: circle.state, circle.members, graph, withWishes: true)
      result.violations.append(.init(name: name, steps: way + round, circle: way.count))
    }
  }

  /// All steps from the states in which the response is owed, those that are nobody's duty as well.
  private func graph(of owing: Owing) -> StateGraph {
    var graph = StateGraph()
    for number in 0..<store.count {
      graph.begin()
      guard owing.parents[number] != Owing.none else { continue }
      model.expand(store[number]) { action, after in
        guard let place = store.find(after) else { return }
        graph.add(UInt32(place), model.actor(of: action).fairness ?? .max)
      }
    }
    return graph
  }

  /// Where the response is owed: faults and wishes may lead there as well as duties.
  private func owing(_ response: UInt64) -> Owing {
    var owing = Owing(count: store.count)
    for number in 0..<store.count {
      let says = model.respond(store[number])
      guard says.premises & response != 0 else { continue }
      owing.premises += 1
      if says.answers & response == 0 { owing.add(number, from: Owing.root) }
    }
    var next = 0
    while next < owing.states.count {  // Ends when no state is met that was not met before.
      let number = owing.states[next]
      model.expand(store[Int(number)]) { action, after in
        guard let place = store.find(after), model.respond(after).answers & response == 0
        else { return }
        owing.add(place, from: number, by: action)
      }
      next += 1
    }
    return owing
  }

  /// A way to a state in which the response is owed, by way of the premise.
  private func way(to state: Int, _ owing: Owing) -> [Exploration.Step] {
    var steps: [Exploration.Step] = []
    var number = state
    while owing.parents[number] != Owing.root {  // Ends: each was met from one before it.
      steps.append(step(owing.actions[number], number))
      number = Int(owing.parents[number])
    }
    return way(to: number) + steps.reversed()
  }
}
