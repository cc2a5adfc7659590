import BatonCore
import BatonMig
import BatonTesting

/// What can be said of one step of a chart, wherever it is made.
extension HandoverModel {
  static func sourceRule(
    _ before: Snapshot<OutgoingChart>, _ code: UInt8, _ step: ChartBook<OutgoingChart>.Step,
    _ after: Snapshot<OutgoingChart>
  ) -> HandoverProperty? {
    guard let input = SourceInput(rawValue: code) else { return nil }
    let kinds = step.effects.map(\.kind)
    if !isInOrder(step.effects) { return .inOrder }
    if after.state != before.state, [.failed, .cancelled].contains(after.state),
      !kinds.contains(.sendCancel)
    {
      return .tells
    }
    switch before.state {
    case .offered:
      return isDecided(input, kinds, after, byTimeout: .killing) ? nil : .asksTheWord
    case .killing:
      let isIgnored = [.cancel, .refused, .closed, .broken].contains(input)
      return isIgnored || isDecided(input, kinds, after, byTimeout: .killing) ? nil : .asksTheWord
    case _: return nil
    }
  }

  /// At *offered* and behind it: what comes makes the source ask the word, and its answer decides.
  private static func isDecided(
    _ input: SourceInput, _ kinds: [OutgoingChart.Effect.Kind], _ after: Snapshot<OutgoingChart>,
    byTimeout: OutgoingChart.State
  ) -> Bool {
    switch input {
    case .cancel, .refused, .closed, .broken, .saysRunning: kinds.contains(.revoke)
    case .timeout: kinds.contains(.revoke) && after.state == byTimeout
    case .died: kinds.contains(.revokeFromDead)
    case .running: after.state == .completed
    case .revoked, .held: after.state == (after.memory.isCancelled ? .cancelled : .failed)
    case _: true
    }
  }

  /// The guest runs again before anybody is told; who hangs up does it last; a status stands before
  /// the work that it names.
  private static func isInOrder(_ effects: [OutgoingChart.Effect]) -> Bool {
    func place(_ matches: (OutgoingChart.Effect) -> Bool) -> Int? {
      effects.firstIndex(where: matches)
    }
    let told = place {
      switch $0 {
      case .notify(.precopyFailed), .notify(.precopyDone), .report(.failed), .report(.cancelled),
        .report(.completed):
        true
      case _: false
      }
    }
    let done = effects.lastIndex {
      switch $0 {
      case .restore, .startGuest, .withdraw, .release, .sendCancel, .sendBye: true
      case _: false
      }
    }
    if let told, let done, told < done { return false }
    if let end = place({ $0.kind == .hangUp }), end != effects.count - 1 { return false }
    let begun = place { [.copy, .quiesce].contains($0.kind) || $0.kind == .connect }
    let named = place {
      if case .report(let status) = $0 {
        [.active, .device, .setup].contains(status)
      } else {
        false
      }
    }
    if let begun, let named, begun < named { return false }
    return isNotifiedFirst(
      place { if case .notify(.precopyFailed) = $0 { true } else { $0.kind == .notify } },
      place {
        if case .report(let status) = $0 {
          [.failed, .cancelled, .completed].contains(status)
        } else {
          false
        }
      })
  }

  /// Those who registered know before those who look.
  private static func isNotifiedFirst(_ notified: Int?, _ reported: Int?) -> Bool {
    guard let notified, let reported else { return true }
    return notified < reported
  }

  static func targetRule(
    _ before: Snapshot<IncomingChart>, _ code: UInt8, _ step: ChartBook<IncomingChart>.Step,
    _ after: Snapshot<IncomingChart>
  ) -> HandoverProperty? {
    guard let input = TargetInput(rawValue: code) else { return nil }
    let kinds = step.effects.map(\.kind)
    if !isInOrder(step.effects) { return .inOrder }
    if after.state != before.state, [.failed, .cancelled].contains(after.state),
      !kinds.contains(.sendFailed) || !kinds.contains(.discard)
    {
      return .tells
    }
    switch before.state {
    case .preIncoming, .binding:
      guard [.vetoed, .unavailable].contains(input) else { return nil }
      return after.state == .idle && kinds.contains(.reject) && after.memory.refusal != nil
        ? nil : .tells
    case .greeting:
      if [.greeted, .oldVersion, .otherTransfer].contains(input) {
        return kinds.contains(.greet) ? nil : .tells
      }
      guard [.closed, .died].contains(input) else { return nil }
      return after.state == .listening && kinds.contains(.turnAway) && after.memory.refusal == nil
        ? nil : .tells
    case .ready:
      let asks: [TargetInput] = [.doorbell, .died, .closed, .timeout]
      return !asks.contains(input) || kinds.contains(.take) ? nil : .asksTheWord
    case _: return nil
    }
  }

  private static func isInOrder(_ effects: [IncomingChart.Effect]) -> Bool {
    func place(_ matches: (IncomingChart.Effect) -> Bool) -> Int? {
      effects.firstIndex(where: matches)
    }
    let told = place {
      switch $0 {
      case .notify(.incomingFailed), .notify(.incomingDone), .report(.failed), .report(.cancelled),
        .report(.completed):
        true
      case _: false
      }
    }
    let done = effects.lastIndex {
      [.discard, .sendFailed, .startGuest, .activate, .sendRunning].contains($0.kind)
    }
    if let told, let done, told < done { return false }
    if let end = place({ $0.kind == .hangUp }), end != effects.count - 1 { return false }
    return isNotifiedFirst(
      place { $0.kind == .notify },
      place {
        if case .report(let status) = $0 {
          [.failed, .cancelled, .completed].contains(status)
        } else {
          false
        }
      })
  }
}
