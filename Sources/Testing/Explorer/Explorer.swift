/// Walks all states of a model, breadth first, so that the way to a violation is a shortest one.
public struct Explorer<M: Model> {
  /// What is walked: it makes the successors and judges each state.
  public let model: M
  /// States after which it is given up; less than 2³².
  public var limit = 200_000_000
  /// Whether circles are looked for in which nothing settles; the graph is then kept, at 5 bytes
  /// for each transition.
  public var findsLivelocks = true
  /// Whether the walk ends with the first violation.
  public var stopsEarly = false
  /// Told now and then how many states were met, and at which depth.
  public var progress: ((Int, Int) -> Void)?

  @usableFromInline let store = StateStore<M.State>()

  /// An explorer of the model, which has walked nothing yet.
  public init(_ model: M) { self.model = model }

  /// States between two reports of progress.
  @usableFromInline static var reportEvery: Int { 1 << 20 }

  /// What is known while the walk goes on.
  @usableFromInline struct Findings {
    @usableFromInline var violations: [(name: String, state: Int)] = []
    @usableFromInline var asked: [Int]
    @usableFromInline var broken: UInt64 = 0
    @usableFromInline var transitions = 1
    @usableFromInline var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    @usableFromInline var isStuck = false
    /// The walk has ended at the limit.
    @usableFromInline var isCut = false

    @usableFromInline init(asked: [Int]) { self.asked = asked }

    @inlinable mutating func mix(_ value: UInt64) {
      digest = (digest ^ value) &* 0x0000_0100_0000_01B3
      digest ^= digest >> 29
    }
  }

  /// Walks all states; once.
  ///
  /// Inlinable, so that a model in another package is explored by code that was made for it: the
  /// generic code takes twice as long.
  ///
  /// - Returns: What was found; at the limit also what was found until then, when that is a
  ///   violation: ``Exploration/isComplete`` is false then.
  /// - Throws: `ExplorationError` when there are too many states and nothing was found in them.
  @inlinable public func run() throws(ExplorationError) -> Exploration {
    precondition(store.count == 0, "an explorer walks once")
    let clock = ContinuousClock()
    let begin = clock.now
    var found = Findings(asked: Array(repeating: 0, count: model.properties.count))
    var graph = findsLivelocks ? StateGraph() : nil
    _ = store.insert(model.initial, from: .max, by: 0)
    judge(0, &found)
    let depth = try walk(&found, &graph)
    if found.isCut { graph = nil }
    return report(found, graph, depth: depth, seconds: (clock.now - begin) / .seconds(1))
  }

  /// What the walk has found, and the circles in which nothing settles.
  @usableFromInline func report(
    _ found: Findings, _ graph: StateGraph?, depth: Int, seconds: Double
  ) -> Exploration {
    var result = Exploration(
      model: model.name, states: store.count, transitions: found.transitions, depth: depth,
      seconds: seconds, statesPerSecond: Double(store.count) / max(seconds, 1e-9),
      bytesPerState: Double(store.byteCount) / Double(store.count),
      violations: found.violations.map {
        Exploration.Violation(name: $0.name, steps: way(to: $0.state))
      },
      properties: zip(model.properties, found.asked).map {
        Exploration.Property(name: $0, states: $1)
      },
      digest: found.digest)
    result.isComplete = !found.isCut
    if let graph, found.violations.isEmpty || !stopsEarly {
      if let livelock = livelock(graph) { result.violations.append(livelock) }
      result.properties.append(.init(name: "settles at last", states: store.count))
    }
    return result
  }

  /// Layer by layer; how many there were behind the first.
  @inlinable func walk(
    _ found: inout Findings, _ graph: inout StateGraph?
  ) throws(ExplorationError) -> Int {
    var depth = 0
    var layer = 0..<1
    while !layer.isEmpty {  // Ends when a layer brings no new state.
      for number in layer {
        expand(number, &found, &graph)
        guard store.count < limit else {
          guard !found.violations.isEmpty else {
            throw .tooManyStates(limit: limit, depth: depth)
          }
          found.isCut = true
          return depth
        }
        if number % Self.reportEvery == Self.reportEvery - 1 { progress?(store.count, depth) }
        if stopsEarly, !found.violations.isEmpty { return depth }
      }
      layer = layer.upperBound..<store.count
      if !layer.isEmpty { depth += 1 }
    }
    return depth
  }

  /// Takes all steps from a state.
  @inlinable func expand(_ number: Int, _ found: inout Findings, _ graph: inout StateGraph?) {
    let state = store.state(number)
    var duties = 0
    graph?.begin()
    model.expand(state) { action, next in
      found.transitions += 1
      let (place, isNew) = store.insert(next, from: UInt32(number), by: action)
      found.mix(UInt64(place) << 16 | UInt64(action))
      if isNew { judge(place, &found) }
      guard let fairness = model.actor(of: action).fairness else { return }
      duties += 1
      graph?.add(UInt32(place), fairness)
    }
    if duties == 0, !model.isSettled(state), !found.isStuck {
      found.isStuck = true
      found.violations.append(("stuck", number))
    }
  }

  @inlinable func judge(_ number: Int, _ found: inout Findings) {
    let verdict = model.judge(store.state(number))
    var asked = verdict.asked
    while asked != 0 {
      found.asked[asked.trailingZeroBitCount] += 1
      asked &= asked - 1
    }
    var fresh = verdict.broken & ~found.broken
    found.broken |= fresh
    while fresh != 0 {
      found.violations.append((model.properties[fresh.trailingZeroBitCount], number))
      fresh &= fresh - 1
    }
  }

  func way(to state: Int) -> [Exploration.Step] {
    var steps: [Exploration.Step] = []
    var number = state
    while let origin = store.origin(number) {
      steps.append(step(origin.action, number))
      number = origin.parent
    }
    return [step("", "begin", number)] + steps.reversed()
  }

  func step(_ action: UInt16, _ number: Int) -> Exploration.Step {
    step(process(of: action), model.text(action: action), number)
  }

  private func process(of action: UInt16) -> String {
    model.processes[Int(model.actor(of: action).process)]
  }

  private func step(_ process: String, _ action: String, _ number: Int) -> Exploration.Step {
    let state = store.state(number)
    var enabled: [String] = []
    model.expand(state) { action, _ in
      let text = "\(self.process(of: action)) \(model.text(action: action))"
      if !enabled.contains(text) { enabled.append(text) }
    }
    return Exploration.Step(
      process: process, action: action, state: model.text(state: state),
      leaves: model.leaves(of: state), word: model.word(of: state), enabled: enabled)
  }
}

@available(*, unavailable)
extension Explorer: Sendable {}
