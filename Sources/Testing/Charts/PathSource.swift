import BatonCore

/// One event and all that comes of it: an edge of the graph in which ways are looked for.
struct PathStep<State> {
  /// Where it leads.
  var state: State
  /// What comes.
  var event: String
  /// The transitions that are taken, one after the other.
  var transitions: [Int] = []
  /// What is asked, with `!` in front of what does not hold.
  var guards: [String] = []
  var effects: [String] = []
  /// States that it led to one after the other, by name: one may be left in the same step.
  var passed: [String] = []
}

/// A chart in which ways are looked for: with its code, or as it is drawn.
protocol PathSource {
  associatedtype State: Hashable

  var outline: Outline { get }
  /// What comes of the start.
  var begin: PathStep<State> { get }

  /// All that may come in a state.
  func steps(from state: State) -> [PathStep<State>]

  /// The active leaves, by name.
  func leaves(in state: State) -> [String]
}

extension ChartModel: PathSource {
  var begin: PathStep<State> { step(initial, "the start") }

  func steps(from state: State) -> [PathStep<State>] {
    var steps: [PathStep<State>] = []
    expand(state) { action, next in
      // What breaks a rule of the test is no way to show anything.
      if next.fault == nil { steps.append(step(next, text(action: action))) }
    }
    return steps
  }

  /// What was recorded of the last step.
  private func step(_ state: State, _ event: String) -> PathStep<State> {
    PathStep(
      state: state, event: event,
      transitions: records.compactMap { $0.transition.map(Int.init) },
      guards: records.flatMap { record in
        C.Guard.allCases.compactMap { it in
          guard record.guardsAsked >> UInt64(it.index) & 1 == 1 else { return nil }
          return (record.guardsHeld >> UInt64(it.index) & 1 == 1 ? "" : "!") + it.name
        }
      },
      effects: effects, passed: records.compactMap { C.State(code: $0.to)?.name })
  }
}
