import BatonNet

/// How guest and device keep each other from interrupts and bells that nobody needs (virtio 1.2,
/// 2.7.7 to 2.7.10).
extension SoftwareGuest {
  /// Whether the device shall interrupt when it completes the buffer at `index` of a queue.
  func setInterrupts(
    of queue: Int, areWanted: Bool, from index: UInt16, _ layout: GuestLayout
  ) {
    if usesEventIndex {
      // An index that is behind is met only when the indices have gone all the way round.
      area.storeRelaxed(areWanted ? index : index &- 1, at: layout.usedEvent(queue))
    } else {
      area.storeRelaxed(areWanted ? 0 : 1, at: layout.available(queue))
    }
  }

  /// Which of a pair's queues the device wants to hear of, after their available indices went from
  /// one value to another.
  func kicks(_ pair: Int, received: Step, sent: Step, _ layout: GuestLayout) -> Kicks {
    guard received.isStep || sent.isStep else { return [] }
    // Between our indices and the device's word on them (virtio 1.2, 2.7.13.4.1).
    fullBarrier()
    var kicks: Kicks = []
    if wantsBell(2 * pair, received, layout) { kicks.insert(.receive) }
    if wantsBell(2 * pair + 1, sent, layout) { kicks.insert(.transmit) }
    return kicks
  }

  /// An available index before and after a step of the guest.
  struct Step {
    let old: UInt16
    let new: UInt16
    var isStep: Bool { old != new }
  }

  private func wantsBell(_ queue: Int, _ step: Step, _ layout: GuestLayout) -> Bool {
    guard step.isStep else { return false }
    guard usesEventIndex else {
      // VRING_USED_F_NO_NOTIFY (2.7.10).
      return area.loadRelaxed(at: layout.used(queue)) & 1 == 0
    }
    let event = area.loadRelaxed(at: layout.availableEvent(queue))
    return passes(event, from: step.old, to: step.new)
  }
}
