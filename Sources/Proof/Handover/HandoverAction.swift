import BatonCore
import BatonMig
package import BatonTesting

/// The steps of a handover, as numbers: each side's own, and what is done to it.
enum HandoverAction: UInt16, CaseIterable {
  case sourceDies, sourceHangs, sourceCancels, migrate, proceed
  case sourceReads, sourceReadsGarbage, sourceReadsMisfit, sourceHearsOfDeath
  case sourceWaits, copied, sent, sourceGoesOn
  case targetDies, targetHangs, targetCancels, listen, restart
  case targetReads, targetReadsGarbage, targetReadsMisfit, targetMeetsForeigner
  case targetHearsOfDeath, targetWaits, targetIsKilled, targetGoesOn
  case sourceSaysStopOrCont, targetSaysStopOrCont, strangerConnects, strangerLeaves
  case targetIsReady, targetIsNotReady
  /// And the effects: one of these and the code of a ``Work``, and `failing` where they fail.
  static let sourceWork: UInt16 = 256
  static let targetWork: UInt16 = 512
  static let failing: UInt16 = 128

  /// Who counts on it: each of these numbers is fair by itself.
  var actor: Actor {
    switch self {
    case .sourceDies, .sourceHangs, .sourceCancels, .migrate, .proceed, .sourceReadsGarbage,
      .sourceReadsMisfit, .sourceSaysStopOrCont:
      .nobody(at: 0)
    case .targetDies, .targetHangs, .targetCancels, .listen, .restart, .targetReadsGarbage,
      .targetReadsMisfit, .targetMeetsForeigner, .targetSaysStopOrCont, .strangerConnects,
      .targetIsReady, .targetIsNotReady:
      .nobody(at: 1)
    case .sourceReads, .sourceHearsOfDeath: Actor(process: 0, fairness: 1)
    case .sourceWaits: Actor(process: 0, fairness: 2)
    case .copied, .sent: Actor(process: 0, fairness: 3)
    case .sourceGoesOn: Actor(process: 0, fairness: 0)
    case .targetReads, .targetHearsOfDeath: Actor(process: 1, fairness: 5)
    case .targetWaits, .strangerLeaves: Actor(process: 1, fairness: 6)
    case .targetIsKilled: Actor(process: 1, fairness: 7)
    case .targetGoesOn: Actor(process: 1, fairness: 4)
    }
  }

  var text: String {
    switch self {
    case .sourceDies, .targetDies: "dies"
    case .sourceHangs, .targetHangs: "hangs"
    case .sourceCancels, .targetCancels: "is cancelled"
    case .migrate: "is asked to migrate"
    case .proceed: "is told to go on"
    case .sourceReads, .targetReads: "reads"
    case .sourceReadsGarbage, .targetReadsGarbage: "reads what is no record"
    case .sourceReadsMisfit, .targetReadsMisfit: "reads a greeting that does not fit"
    case .sourceHearsOfDeath, .targetHearsOfDeath: "hears of the other's death"
    case .sourceWaits, .targetWaits: "waits in vain"
    case .sourceSaysStopOrCont, .targetSaysStopOrCont: "is told to stop or to continue the guest"
    case .targetIsReady: "has its devices ready"
    case .targetIsNotReady: "has a device that does not get ready"
    case .strangerConnects: "is visited by a stranger"
    case .strangerLeaves: "is rid of the stranger"
    case .copied: "has copied"
    case .sent: "has sent all"
    case .sourceGoesOn, .targetGoesOn: "goes on"
    case .listen: "is asked to listen"
    case .restart: "is started anew"
    case .targetMeetsForeigner: "meets a process of another user"
    case .targetIsKilled: "dies of the kill"
    }
  }
}

extension HandoverModel {
  /// What is readable again and again is read at last: reading, and hearing of a death.
  package var strongDuties: UInt64 { 1 << 1 | 1 << 5 }

  package func actor(of action: UInt16) -> Actor {
    if let plain = HandoverAction(rawValue: action) { return plain.actor }
    let process: UInt8 = action < HandoverAction.targetWork ? 0 : 1
    if action & HandoverAction.failing != 0 { return .nobody(at: process) }
    return Actor(process: process, fairness: process == 0 ? 0 : 4)
  }

  package func text(action: UInt16) -> String {
    if let plain = HandoverAction(rawValue: action) { return plain.text }
    let code = UInt8(truncatingIfNeeded: action & (HandoverAction.failing - 1))
    let fails = action & HandoverAction.failing != 0 ? ", and fails" : ""
    if action < HandoverAction.targetWork { return Work<OutgoingChart>(code: code).text + fails }
    return Work<IncomingChart>(code: code).text + fails
  }

  package func text(state: HandoverState) -> String {
    let word = state.owner.map { "\($0)" } ?? "none"
    return "source \(text(state.source, sources.state(state.source.chart).name)) | "
      + "word \(word) | target \(text(state.target, targets.state(state.target.chart).name))"
  }

  package func leaves(of state: HandoverState) -> [String: String] {
    var leaves: [String: String] = [:]
    if state.source.flags.contains(.alive) {
      leaves["Outgoing"] = sources.state(state.source.chart).name
    }
    if state.target.flags.contains(.alive) {
      leaves["Incoming"] = targets.state(state.target.chart).name
    }
    return leaves
  }

  package func word(of state: HandoverState) -> String? { state.owner.map { "\($0)" } }

  private func text(_ side: HandoverState.Side, _ name: String) -> String {
    guard side.flags.contains(.alive) else { return "dead" }
    var words = [name]
    if side.flags.contains(.hung) { words.append("hung") }
    if side.flags.contains(.guest) { words.append("runs the guest") }
    if side.flags.contains(.halted) { words.append("has the guest paused") }
    let mail = side.inbox.all.compactMap { Letter(code: $0)?.text }
    if !mail.isEmpty { words.append("[" + mail.joined(separator: " ") + "]") }
    return words.joined(separator: " ")
  }
}
