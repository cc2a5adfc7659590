extension Explorer {
  /// The steps of a shortest way from an initial state.
  func way(to state: Int) -> [Exploration.Step] {
    var places: [(action: UInt16, number: Int)] = []
    var number = state
    while let origin = store.origin(number) {
      places.append((origin.action, number))
      number = origin.parent
    }
    if model.isSymmetric { return way(from: number, along: places.reversed().map(\.number)) }
    return [step("", "begin", store[number])] + places.reversed().map { step($0.action, $0.number) }
  }

  /// The same in states of the model, where only their representatives are kept.
  private func way(from first: Int, along numbers: [Int]) -> [Exploration.Step] {
    var here =
      model.initials.first { store.find(model.representative(of: $0)) == first }
      ?? store[first]
    var steps = [step("", "begin", here)]
    for number in numbers {
      var taken: (action: UInt16, state: M.State)?
      model.expand(here) { action, next in
        guard taken == nil, store.find(model.representative(of: next)) == number else { return }
        taken = (action, next)
      }
      // States of which the same is true but for names can take the same steps but for names: a
      // model in which they cannot has no such symmetry.
      guard let taken else { return steps + [step("", Self.lost, store[number])] }
      here = taken.state
      steps.append(step(process(of: taken.action), model.text(action: taken.action), here))
    }
    return steps
  }

  /// The step that a way says where the model's symmetry does not hold.
  private static var lost: String { "no step leads on: what the model calls the same is not" }

  func step(_ action: UInt16, _ number: Int) -> Exploration.Step {
    step(process(of: action), model.text(action: action), store[number])
  }

  private func process(of action: UInt16) -> String {
    model.processes[Int(model.actor(of: action).process)]
  }

  private func step(_ process: String, _ action: String, _ state: M.State) -> Exploration.Step {
    var enabled: [String] = []
    model.expand(state) { action, _ in
      let text = "\(self.process(of: action)) \(model.text(action: action))"
      if !enabled.contains(text) { enabled.append(text) }
    }
    return Exploration.Step(
      process: process, action: action, state: model.text(state: state),
      leaves: model.leaves(of: state), word: model.word(of: state), enabled: enabled,
      active: (model as? any PathSource).map { Self.active($0, state) } ?? [])
  }

  private static func active<S: PathSource>(_ source: S, _ state: M.State) -> [String] {
    (state as? S.State).map(source.leaves(in:)) ?? []
  }
}
