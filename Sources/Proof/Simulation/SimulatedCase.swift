import BatonCore
import BatonTesting

/// A simulated handover in which everything is open: who is next, what fails, who dies or hangs,
/// who cancels, stops, continues or visits, and when; and another one afterwards.
struct SimulatedCase: StateTest {
  struct Wrong: Error, CustomStringConvertible {
    let description: String
  }

  let text: String
  static let name = "SimulatedHandover"

  static var commands: [Command<Self>] { [] }

  init(_ choices: Choices) throws { try self.init(choices, mistake: nil) }

  /// The same with a mistake, to see it found.
  init(_ choices: Choices, mistake: SoakMistake?) throws {
    let queues = choices.pick([1, 2, 4], "queues")
    // What does not fit is refused by its name.
    let isOdd = choices.chance(oneIn: 12, "another device")
    let handover = try SimulatedHandover(queues: queues, others: isOdd ? queues + 1 : nil)
    let script = SimulatedScript(choices, mistake: mistake)
    for (what, count) in script.counts { choices.count(what, count) }
    let isSettled = script.play(handover) { choices.below(2, "who is next") == 0 }
    text =
      "\(queues) queues\(isOdd ? " and one more" : ""), \(script.text): "
      + "source \(handover.source.text), target \(handover.target.text)"
    choices.count("handovers")
    choices.count("standstills", handover.standstills.count)
    var faults = isSettled ? [] : ["it does not end"]
    if script.isCalm, !isOdd, !handover.target.hasGuest {
      faults.append("nothing went wrong, and the guest did not move")
    }
    faults += handover.broken()
    handover.plan()
    faults += handover.faults(mayBeLost: script.mayBeLost)
    if faults.isEmpty, handover.hasGuest {
      choices.count("handovers")
      faults += handover.next()
    }
    guard faults.isEmpty else {
      throw Wrong(description: "\(text): \(faults.joined(separator: "; "))")
    }
  }
}

@available(*, unavailable)
extension SimulatedCase: Sendable {}
