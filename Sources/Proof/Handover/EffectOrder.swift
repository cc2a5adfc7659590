import BatonCore
import BatonMig

/// The order in which either side does its work and speaks of it, within one step.
struct EffectOrder<C: PlayedChart> {
  let notify: C.Effect.Kind
  let hangUp: C.Effect.Kind
  /// What is done before anybody is told of an end.
  let works: Set<C.Effect.Kind>

  /// The guest runs again, or everything is dropped, before anybody is told; those who registered
  /// know before those who look; who hangs up does it last.
  func holds(for effects: [C.Effect]) -> Bool {
    let told = effects.firstIndex(where: Self.tellsOfAnEnd)
    let done = effects.lastIndex { works.contains($0.kind) }
    if let told, let done, told < done { return false }
    let end = effects.firstIndex { $0.kind == hangUp }
    if let end, end != effects.count - 1 { return false }
    let notified = effects.firstIndex { $0.kind == notify }
    let reported = effects.firstIndex(where: Self.reportsAnEnd)
    guard let notified, let reported else { return true }
    return notified < reported
  }

  private static func tellsOfAnEnd(_ effect: C.Effect) -> Bool {
    if case .end = C.announcement(effect) { true } else { reportsAnEnd(effect) }
  }

  private static func reportsAnEnd(_ effect: C.Effect) -> Bool {
    guard case .status(let status) = C.announcement(effect) else { return false }
    return [.failed, .cancelled, .completed].contains(status)
  }
}
