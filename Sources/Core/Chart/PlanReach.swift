/// Which states a chart ever comes to: each is entered once by default and looked at once from
/// below, however many transitions lead there.
struct PlanReach {
  private let plan: Plan
  private let index: PlanIndex
  private(set) var isReached: [Bool]
  /// What is entered with a state by default was noted.
  private var isDown: [Bool]
  /// What is entered around a state was noted.
  private var isUp: [Bool]
  /// Reached, and their transitions not followed yet.
  private var work: [Int] = []

  init(_ plan: Plan, _ index: PlanIndex) {
    self.plan = plan
    self.index = index
    isReached = Array(repeating: false, count: plan.states.count)
    isDown = isReached
    isUp = isReached
    if let first = index.position(of: plan.initial) { enter(first) }
    while let next = work.popLast() {  // Ends: a state is reached once.
      for number in plan.states[next].transitions {
        for target in plan.transitions[number].targets {
          if let place = index.position(of: target) { enter(place) }
        }
      }
    }
  }

  private mutating func enter(_ target: Int) {
    enterDown(target)
    var next = index.parent(of: target)
    while let around = next, !isUp[around] {
      isUp[around] = true
      reach(around)
      // The other regions are entered with one of them.
      if plan.states[around].kind == .parallel { enterDown(around) }
      next = index.parent(of: around)
    }
  }

  private mutating func reach(_ state: Int) {
    guard !isReached[state] else { return }
    isReached[state] = true
    work.append(state)
  }

  /// Down the initial children, into all regions, and by the default of a history state.
  private mutating func enterDown(_ target: Int) {
    var waiting = [target]
    while let here = waiting.popLast() {  // Ends: a state is looked at once.
      guard !isDown[here] else { continue }
      isDown[here] = true
      reach(here)
      let state = plan.states[here]
      switch state.kind {
      case .final: break
      case .parallel: waiting += state.children.filter { !plan.states[$0].isHistory }
      case .ordinary: waiting += state.children.filter { plan.states[$0].symbol == state.initial }
      case .history:
        let targets = state.transitions.flatMap { plan.transitions[$0].targets }
        waiting += targets.compactMap { index.position(of: $0) }
      }
    }
  }
}
