import BatonCore
import BatonMig

/// Asks whether both sides of an attempt that ended without success know why.
struct SimulatedReasons {
  private let source: SimulatedHost
  private let target: SimulatedHost

  init(_ source: SimulatedHost, _ target: SimulatedHost) {
    self.source = source
    self.target = target
  }

  private var here: Refusal? {
    guard let outgoing = source.outgoing else { return nil }
    return [.failed, .cancelled].contains(outgoing.state) ? outgoing.refusal : nil
  }

  private var there: Refusal? {
    guard let incoming = target.incoming else { return nil }
    return [.failed, .cancelled].contains(incoming.state) ? incoming.refusal : nil
  }

  /// Whether the attempt ended for both, and everybody could be told.
  private var isAsked: Bool {
    let calls = source.kernel.process.refused.union(target.kernel.process.refused)
    return source.isAlive && target.isAlive && calls.isDisjoint(with: [.send, .receive])
  }

  /// What does not hold, by name.
  var faults: [String] {
    guard isAsked else { return [] }
    var faults: [String] = []
    // A target that has not heard who the source is has no attempt with it.
    let isGreeted = source.witness.isGreeted
    if let told = source.witness.told {
      faults += judge("source", told, here, isGreeted ? there : nil)
    }
    if let told = target.witness.told { faults += judge("target", told, there, here) }
    for (name, reason) in [("source", isGreeted ? here : nil), ("target", there)] {
      guard let reason, reason.isLoss else { continue }
      faults.append("the \(name) knows nothing but \(reason)")
    }
    return faults
  }

  /// - Parameters:
  ///   - told: What the other side said.
  ///   - own: What this one says of its end; nil when it has none.
  ///   - other: What the other one says of its own, in its words; nil when it goes on.
  private func judge(
    _ name: String, _ told: Refusal, _ own: Refusal?, _ other: Refusal?
  ) -> [String] {
    var faults: [String] = []
    if let own, own != told { faults.append("the \(name) was told \(told) and says \(own)") }
    if let other, other.fromThere != told {
      faults.append("the \(name) was told \(told) and not \(other.fromThere)")
    }
    return faults
  }
}

@available(*, unavailable)
extension SimulatedReasons: Sendable {}
