import BatonCore
import BatonMig
import BatonTesting

extension OutgoingChart {
  static func rule(_ step: ChartStep<Self>, _ effects: [Effect]) -> HandoverProperty? {
    let kinds = effects.map(\.kind)
    if !isInOrder(effects, kinds) { return .inOrder }
    let (before, after) = (step.before.state, step.after.state)
    if !isDarknessBounded(step, kinds) { return .boundedDarkness }
    if !saysItsReason(step, effects) { return .causeIsKnown }
    if after != before, [.failed, .cancelled].contains(after), !kinds.contains(.sendCancel) {
      return .tells
    }
    let isLeftToTheWord =
      before == .killing
      && [.cancel, .refused, .channelClosed, .channelBroken].contains(step.told.kind)
    if [.offered, .killing].contains(before), !isLeftToTheWord, !isDecided(step, kinds) {
      return .asksTheWord
    }
    return nil
  }

  /// What goes out in CANCEL is what this side gives as its own reason.
  private static func saysItsReason(_ step: ChartStep<Self>, _ effects: [Effect]) -> Bool {
    effects.allSatisfy { effect in
      guard case .sendCancel(let why) = effect else { return true }
      return why.cause == step.after.memory.refusal?.cause
    }
  }

  /// At *offered* and behind it: what comes makes the source ask the word, and its answer decides.
  private static func isDecided(_ step: ChartStep<Self>, _ kinds: [Effect.Kind]) -> Bool {
    let after = step.after
    return switch step.told.event {
    case nil: kinds.contains(.revoke) && after.state == .killing
    case .cancel, .refused, .channelClosed, .channelBroken, .running: kinds.contains(.revoke)
    case .targetDied: kinds.contains(.revokeFromDead)
    case .owner(.running): after.state == .completed
    case .owner(.revoked), .owner(.held):
      after.state == (after.memory.isCancelled ? .cancelled : .failed)
    case .owner(.offered), .owner(.taken), .owner(.condemned), .owner(nil): true
    case .migrate, .proceed, .stop, .cont, .prepared, .vetoed, .connected, .unreachable, .greeted,
      .accepted, .converged, .quiesced, .deviceFailed, .sent:
      true
    }
  }

  /// From the stop of the guest on its budget runs, in one piece: no step begins it anew, or adds
  /// a patience to it; its end is the end of the wait, or the beginning of the killing.
  private static func isDarknessBounded(_ step: ChartStep<Self>, _ kinds: [Effect.Kind]) -> Bool {
    let dark: Set<State> = [.quiescing, .saving, .offered]
    let (before, after) = (step.before.state, step.after.state)
    if before == .killing || after == .killing {
      return step.told.event != nil || kinds.contains(.revoke) && after == .killing
    }
    guard dark.contains(after) else { return true }
    if step.told.event == nil { return false }
    let due = Set(step.delays)
    return due == (dark.contains(before) ? [.kept] : [.begun(switchNanos)])
  }

  private static var switchNanos: UInt64 { order(payload: 0).switchMillis * 1_000_000 }

  /// Beside what both sides keep to: a status stands before the work that it names.
  private static func isInOrder(_ effects: [Effect], _ kinds: [Effect.Kind]) -> Bool {
    let works: Set<Effect.Kind> = [
      .restore, .startGuest, .withdraw, .release, .sendCancel, .sendBye,
    ]
    guard EffectOrder<Self>(notify: .notify, hangUp: .hangUp, works: works).holds(for: effects)
    else { return false }
    let begun = kinds.firstIndex { [.connect, .copy, .quiesce].contains($0) }
    let named = effects.firstIndex {
      [.report(.setup), .report(.active), .report(.device)].contains($0)
    }
    guard let begun, let named else { return true }
    return named < begun
  }
}
