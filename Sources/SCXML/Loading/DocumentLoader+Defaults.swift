import BatonCore

/// What is entered by default has to lie inside of what asks for it, or entering would never end.
extension DocumentLoader {
  /// Initial states lie inside their state (SCXML 3.3, 3.6), the defaults of a history state inside
  /// its parent (3.10), and no history state leads back to itself.
  func checkDefaults() throws(LoadError) {
    for (number, state) in states.enumerated() {
      guard let initial = state.initial else { continue }
      let around = isHistory(number) ? state.parent ?? 0 : number
      for target in transitions[initial].targets where !lies(target, inside: around) {
        let what = isHistory(number) ? "the default of history" : "the initial state of"
        throw LoadError(
          file: file, line: line(of: initial),
          problem: "\(what) \(infos[number].id) is \(infos[target].id), "
            + "which does not lie inside of \(infos[around].id)")
      }
      if isHistory(number), leadsBack(number) {
        throw LoadError(
          file: file, line: line(of: initial),
          problem: "the default of history \(infos[number].id) leads back to itself")
      }
    }
  }

  private func isHistory(_ state: Int) -> Bool {
    if case .history = states[state].kind { true } else { false }
  }

  private func line(of transition: Int) -> Int {
    names.first { $0.transition == transition }?.line ?? 0
  }

  private func lies(_ state: Int, inside other: Int) -> Bool {
    var next = states[state].parent
    while let parent = next {  // Ends at the root: parents come before their children.
      if parent == other { return true }
      next = states[parent].parent
    }
    return false
  }

  private func leadsBack(_ history: Int) -> Bool {
    var seen: Set<Int> = []
    var waiting = [history]
    while let state = waiting.popLast() {  // Ends when every history state was seen once.
      guard let initial = states[state].initial else { continue }
      for target in transitions[initial].targets where isHistory(target) {
        if target == history { return true }
        if seen.insert(target).inserted { waiting.append(target) }
      }
    }
    return false
  }
}
