/// Walks all states of a model, breadth first, so that the way to a violation is a shortest one.
public struct Explorer<M: Model>: Sendable {
  /// What is walked.
  public let model: M
  /// States after which it is given up; less than 2³².
  public var limit = 200_000_000
  /// Told now and then how many states were met, and at which depth.
  public var progress: (@Sendable (Int, Int) -> Void)?

  /// An explorer of the model.
  public init(_ model: M) { self.model = model }

  /// States between two reports of progress.
  private static var reportEvery: Int { 1 << 20 }

  /// Walks all states.
  ///
  /// - Throws: `ExplorationError` when there are too many.
  public func run() throws(ExplorationError) -> Exploration {
    let clock = ContinuousClock()
    let begin = clock.now
    let store = StateStore<M.State>()
    var found: [(name: String, state: Int)] = []
    var transitions = 1
    var depth = 0
    _ = store.insert(model.initial, from: .max, by: 0)
    note(0, store, &found)
    var layer = 0..<1
    while !layer.isEmpty {  // Ends when a layer brings no new state.
      for number in layer {
        transitions += expand(number, store, &found)
        guard store.count < limit else {
          throw .tooManyStates(limit: limit, depth: depth)
        }
        if number % Self.reportEvery == Self.reportEvery - 1 { progress?(store.count, depth) }
      }
      layer = layer.upperBound..<store.count
      if !layer.isEmpty { depth += 1 }
    }
    let duration = clock.now - begin
    let seconds = duration / .seconds(1)
    return Exploration(
      model: model.name, states: store.count, transitions: transitions, depth: depth,
      seconds: seconds, statesPerSecond: Double(store.count) / max(seconds, 1e-9),
      bytesPerState: Double(store.byteCount) / Double(store.count),
      violations: found.map {
        Exploration.Violation(name: $0.name, steps: way(to: $0.state, store))
      })
  }

  /// Takes all steps from a state; how many there were.
  private func expand(
    _ number: Int, _ store: StateStore<M.State>, _ found: inout [(name: String, state: Int)]
  ) -> Int {
    let state = store.state(number)
    var steps = 0
    model.expand(state) { action, next in
      steps += 1
      if store.insert(next, from: UInt32(number), by: action) {
        note(store.count - 1, store, &found)
      }
    }
    if steps == 0, !model.mayRest(in: state) { add("stuck", number, &found) }
    return steps
  }

  private func note(
    _ number: Int, _ store: StateStore<M.State>, _ found: inout [(name: String, state: Int)]
  ) {
    if let name = model.violation(of: store.state(number)) { add(name, number, &found) }
  }

  private func add(_ name: String, _ number: Int, _ found: inout [(name: String, state: Int)]) {
    if !found.contains(where: { $0.name == name }) { found.append((name, number)) }
  }

  private func way(to state: Int, _ store: StateStore<M.State>) -> [String] {
    var steps: [String] = []
    var number = state
    while let origin = store.origin(number) {
      let after = model.text(state: store.state(number))
      steps.append("\(model.text(action: origin.action)): \(after)")
      number = origin.parent
    }
    return ["begin: \(model.text(state: store.state(number)))"] + steps.reversed()
  }
}
