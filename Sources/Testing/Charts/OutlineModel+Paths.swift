import BatonCore

/// A step of a way is an event with all that comes of it by itself, up to where the chart rests.
extension OutlineModel: PathSource {
  /// A step, and between which transitions it has been.
  private struct Open {
    var step: PathStep<State>
    var met: Set<State> = []
  }

  /// The start is no choice where only one thing can come of it; otherwise it ends before the first
  /// eventless transition, and what comes then is a step of its own.
  var begin: PathStep<State> {
    let start = PathStep(state: initial, event: "the start")
    let all = settled(start)
    return all.count == 1 ? all[0] : start
  }

  func steps(from state: State) -> [PathStep<State>] {
    guard state.isResting else { return settled(PathStep(state: state, event: "no event")) }
    var steps: [PathStep<State>] = []
    branch(state) { action, branch in
      let heard = PathStep(state: state, event: text(action: action))
      steps += settled(joined(heard, branch))
    }
    return steps
  }

  /// All that may come of a step by itself; what goes round for ever is left out.
  private func settled(_ step: PathStep<State>) -> [PathStep<State>] {
    var settled: [PathStep<State>] = []
    var open = [Open(step: step)]
    while var next = open.popLast(), settled.count < Self.branchesMax {
      let state = next.step.state
      guard !state.isResting, !isFinished(state) else {
        settled.append(next.step)
        continue
      }
      guard next.met.insert(state).inserted else { continue }
      var following: [Open] = []
      branch(state) { _, branch in
        following.append(Open(step: joined(next.step, branch), met: next.met))
      }
      open += following.reversed()
    }
    return settled
  }

  private func joined(_ step: PathStep<State>, _ branch: Branch) -> PathStep<State> {
    var step = step
    step.state = branch.state
    step.guards += branch.guards
    step.transitions += branch.transitions
    step.effects += branch.actions
    step.passed += branch.entered.map { outline.states[$0].name }
    return step
  }
}
