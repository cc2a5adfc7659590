package import BatonTesting

extension Yardstick {
  /// What must hold (the numbers are those of the properties of docs/VERIFICATION.md).
  package var properties: [String] {
    [
      "1 at most one side runs the guest",
      "2 the source never runs a guest that has run at the target",
      "4 the target runs only with every descriptor",
      "14 who is done, idle or gone holds no descriptor",
      "22 only a target with everything runs without the source's word",
    ]
  }

  /// Source, target and what lies between.
  package var processes: [String] { ["source", "target"] }

  package func judge(_ state: State) -> Verdict {
    let s = state.source
    let t = state.target
    let targetOwns = t == Target.start || t == Target.run
    let sourceRuns = s == Source.run || s == Source.offer
    var verdict = Verdict()
    verdict.require(0, !(sourceRuns && t == Target.run))
    verdict.require(1, when: sourceRuns, state.hasRun == 0)
    verdict.require(2, when: targetOwns, state.held == 1 << UInt8(budgets.queues) - 1)
    verdict.require(3, when: t == Target.idle || t >= Target.dead, state.held == 0)
    verdict.require(
      4, when: targetOwns && s == Source.dead, state.held == 1 << UInt8(budgets.queues) - 1)
    return verdict
  }

  /// Somebody runs the guest and nobody is between two steps; or it is lost with who had it, or
  /// stopped by the policy of a channel that loses.
  package func isSettled(_ state: State) -> Bool {
    let s = state.source
    let t = state.target
    switch s {
    case Source.run, Source.done, Source.halt: return true
    case Source.dead: return t >= Target.run
    case _: return false
    }
  }

  /// Cancels, attempts and restarts are wishes; crashes, losses and duplicates faults.
  package func actor(of action: UInt16) -> Actor {
    switch action {
    case 0, 1, 12, 16, 18: .nobody(at: 0)
    case 8, 13, 14, 15, 17: .nobody(at: 1)
    case 2...6: Actor(process: 0, fairness: UInt8(action))
    case _: Actor(process: 1, fairness: UInt8(action))
    }
  }

  package func text(action: UInt16) -> String {
    [
      "offers", "cancels", "sends a part", "says what is due", "reads", "hears of the death",
      "says it again", "reads", "reads, and cannot load", "answers", "starts the guest",
      "hears of the source's death", "dies", "dies", "is started anew", "loses a message to come",
      "loses a message to come", "gets a message twice", "gets a message twice",
    ][Int(action)]
  }

  /// Both sides and both channels.
  package func text(state: State) -> String {
    "source \(Source.names[Int(state.source)]), target \(Target.names[Int(state.target)]), "
      + "to target [\(text(state.toTarget, Letter.toTarget))], "
      + "to source [\(text(state.toSource, Letter.toSource))]"
  }

  private func text(_ queue: (UInt8, UInt8, UInt8), _ names: [String]) -> String {
    [queue.0, queue.1, queue.2].filter { $0 != 0 }
      .map { "\(names[Int($0 & 7)]).\($0 >> 5)" }.joined(separator: " ")
  }
}
