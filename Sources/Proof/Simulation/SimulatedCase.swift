import BatonCore
import BatonTesting

/// A simulated handover in which everything is open: who is next, what fails, who dies, who cancels
/// and when; and another one afterwards.
struct SimulatedCase: StateTest {
  struct Wrong: Error, CustomStringConvertible {
    let description: String
  }

  let text: String
  static let name = "SimulatedHandover"

  static var commands: [Command<Self>] { [] }

  init(_ choices: Choices) throws {
    let queues = choices.pick([1, 2, 4], "queues")
    let handover = try SimulatedHandover(queues: queues)
    // Most cases have one fault or none: many hide each other.
    let isRough = choices.chance(oneIn: 4, "rough")
    let source = Self.plan(choices, isRough)
    let target = Self.plan(choices, isRough)
    handover.plan(source: source, target: target)
    var cancels = Self.cancels(choices)
    handover.begin()
    var round = 0
    let isSettled = handover.settle {
      round += 1
      for cancel in cancels where cancel.round == round {
        cancel.isSource ? handover.source.cancel() : handover.target.cancelIncoming()
        handover.deliver()
      }
      cancels.removeAll { $0.round <= round }
      return choices.below(2, "who is next") == 0
    }
    handover.plan()
    text =
      "\(queues) queues, source \(Self.text(source)), target \(Self.text(target)): "
      + "source \(handover.source.text), target \(handover.target.text)"
    // The target may have refused, or its user, before the source died.
    let mayRefuse = !target.faults.isEmpty || !source.faults.isEmpty || !Self.isCalm(choices)
    var faults = isSettled ? [] : ["it does not end"]
    faults += handover.faults(mayBeLost: source.deathAt != nil && mayRefuse)
    if faults.isEmpty, handover.hasGuest { faults += handover.next() }
    guard faults.isEmpty else {
      throw Wrong(description: "\(text): \(faults.joined(separator: "; "))")
    }
  }

  private static func isCalm(_ choices: Choices) -> Bool {
    !choices.made.contains { $0.label == "cancels" && $0.value > 0 }
  }

  private static func plan(_ choices: Choices, _ isRough: Bool) -> FaultPlan {
    var plan = FaultPlan()
    for _ in 0..<choices.int(0...(isRough ? 3 : 1), "faults") {
      let number = choices.int(1...60, "call")
      let code = choices.pick(codes, "error")
      plan.faults.append(
        .init(number: number, code: code, isLasting: choices.chance(oneIn: 4, "for good")))
    }
    if choices.chance(oneIn: isRough ? 3 : 6, "dies") { plan.deathAt = choices.int(1...60, "at") }
    return plan
  }

  /// Without EAGAIN, which for good would be a hang.
  private static let codes: [CInt] = [
    Errno.noMemory, Errno.processTableFull, Errno.inputOutput, Errno.brokenPipe,
    Errno.connectionReset, Errno.noBufferSpace, Errno.invalid, Errno.notPermitted,
  ]

  private static func cancels(_ choices: Choices) -> [(round: Int, isSource: Bool)] {
    (0..<choices.pick([0, 0, 0, 1, 2], "cancels")).map { _ in
      (choices.int(1...40, "round"), choices.below(2, "whose") == 0)
    }
  }

  private static func text(_ plan: FaultPlan) -> String {
    let faults = plan.faults.map {
      "\($0.number) fails (\($0.code)\($0.isLasting ? ", for good" : ""))"
    }
    let death = plan.deathAt.map { ["dies at \($0)"] } ?? []
    return (faults + death).isEmpty ? "calm" : (faults + death).joined(separator: ", ")
  }
}

@available(*, unavailable)
extension SimulatedCase: Sendable {}
