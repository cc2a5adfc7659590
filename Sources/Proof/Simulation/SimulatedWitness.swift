import BatonCore
import BatonMig

/// Sees what one side of a migration is told by the other one.
final class SimulatedWitness: Observer {
  /// Why the other side ended the attempt, as it said in FAILED or CANCEL, when nothing was wrong
  /// here before.
  private(set) var told: Refusal?
  /// The target has read what the source's user said last.
  private(set) var hasHeard = false
  /// The source knows that the target has heard who it is.
  private(set) var isGreeted = false
  private var reason: Refusal?
  private var step: Step?

  private struct Step {
    let notice: Refusal?
    let reason: Refusal?
    var isBegin = false
    var isBye = false
    var isGreeting = false
  }

  var wantsDetail: Bool { true }

  func described(_ detail: RecordDetail) {
    if let event = detail.event as? OutgoingChart.Event {
      let memory = detail.memory as? OutgoingChart.Memory
      step = Step(
        notice: event.notice, reason: memory?.refusal, isBegin: event.kind == .migrate,
        isGreeting: event.kind == .greeted)
    } else if let event = detail.event as? IncomingChart.Event {
      let memory = detail.memory as? IncomingChart.Memory
      step = Step(
        notice: event.notice, reason: memory?.refusal, isBegin: event.kind == .listen,
        isBye: event.kind == .bye)
    }
  }

  func observed(_ record: TransitionRecord) {
    guard let step, record.outcome == .taken else { return }
    self.step = nil
    if step.isBegin { (told, hasHeard, isGreeted) = (nil, false, false) }
    if reason == nil || step.isBegin { told = step.notice ?? told }
    reason = step.reason
    if step.isBye { hasHeard = true }
    if step.isGreeting { isGreeted = true }
  }
}

extension OutgoingChart.Event {
  /// What FAILED said; nil for all else.
  fileprivate var notice: Refusal? {
    if case .refused(let refusal) = self { refusal } else { nil }
  }
}

extension IncomingChart.Event {
  /// What CANCEL said; nil for all else.
  fileprivate var notice: Refusal? {
    if case .withdrawn(let refusal) = self { refusal } else { nil }
  }
}

extension Refusal {
  /// The same, told by the other side: its `here` is our `there` where two sides are compared.
  var fromThere: Refusal {
    guard cause == .mismatch else { return self }
    var refusal = self
    (refusal.here, refusal.there) = (there, here)
    return refusal
  }

  /// Only that the other side is gone.
  var isLoss: Bool { [.channelClosed, .peerDied].contains(cause) }
}

@available(*, unavailable)
extension SimulatedWitness: Sendable {}
