import BatonCore

extension Outline {
  /// A transition in words: where it stands, what it waits for, its guard and where it leads.
  func text(_ transition: Outline.Transition) -> String {
    let trigger =
      switch transition.trigger {
      case .event(let name): name
      case .anyEvent: "*"
      case .delay(let name): "after \(name)"
      case .done: "done"
      case .eventless: "always"
      }
    let condition =
      transition.guard.map { transition.isNegated ? " [not \($0)]" : " [\($0)]" } ?? ""
    let targets = transition.targets.map { states[$0].name }.joined(separator: " ")
    return "\(states[transition.source].name) \(trigger)\(condition)"
      + (targets.isEmpty ? "" : " → \(targets)")
  }
}
