import BatonCore
import BatonMig
import BatonTesting

extension IncomingChart {
  static func rule(_ step: ChartStep<Self>, _ effects: [Effect]) -> HandoverProperty? {
    let works: Set<Effect.Kind> = [.discard, .sendFailed, .startGuest, .activate, .sendRunning]
    let order = EffectOrder<Self>(notify: .notify, hangUp: .hangUp, works: works)
    if !order.holds(for: effects) { return .inOrder }
    let kinds = effects.map(\.kind)
    let (before, after) = (step.before.state, step.after.state)
    if after != before, [.failed, .cancelled].contains(after),
      !kinds.contains(.sendFailed) || !kinds.contains(.discard)
    {
      return .tells
    }
    if !isAnswered(step, kinds) { return .tells }
    if !hasReason(step) { return .firstReason }
    if !saysItsReason(step, effects) { return .causeIsKnown }
    let looks =
      step.told == .timeout
      || [.doorbell, .sourceDied, .channelClosed].contains(step.told.kind)
    return before == .ready && looks && !kinds.contains(.take) ? .asksTheWord : nil
  }

  /// Nothing ends an attempt but what went wrong, or the word, which only says who has the guest.
  private static func hasReason(_ step: ChartStep<Self>) -> Bool {
    let ends: [State] = [.failed, .cancelled]
    guard ends.contains(step.after.state), !ends.contains(step.before.state) else { return true }
    return step.told.cause != nil || step.told.kind == .owner
  }

  /// What goes out in FAILED is what this side gives as its own reason.
  private static func saysItsReason(_ step: ChartStep<Self>, _ effects: [Effect]) -> Bool {
    effects.allSatisfy { effect in
      guard case .sendFailed(let why) = effect else { return true }
      return why.cause == step.after.memory.refusal?.cause
    }
  }

  /// Who asks in vain is answered; who has connected is a visitor, and no reason for anything.
  private static func isAnswered(_ step: ChartStep<Self>, _ kinds: [Effect.Kind]) -> Bool {
    let (before, after) = (step.before.state, step.after)
    if [.preIncoming, .binding].contains(before),
      [.vetoed, .unavailable].contains(step.told.kind)
    {
      return after.state == .idle && kinds.contains(.reject) && after.memory.refusal != nil
    }
    if kinds.contains(.accept), ![.binding, .preparing].contains(before) { return false }
    if before == .preparing, step.told.kind == .prepared {
      return after.state == .listening && kinds == [.accept]
    }
    if before == .preparing, step.told.kind == .vetoed { return after.state == .failed }
    guard before == .listening else { return true }
    if step.told.kind == .greeted { return kinds.contains(.greet) }
    guard step.told.kind == .connected else { return true }
    return after.state == .listening && after.memory.refusal == nil
      && kinds == [step.told == .foreigner ? .turnAway : .admit]
  }
}
