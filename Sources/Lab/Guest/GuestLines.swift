import Synchronization

/// What a device and a guest on two threads have beside guest memory: an interrupt line, and a bell
/// for each direction. All of them count.
final class GuestLines: Sendable {
  /// Interrupts raised by the device.
  let interrupts = Atomic<UInt64>(0)
  /// The count at which the guest has served all that it found, and rung for it.
  let served = Atomic<UInt64>(0)
  /// Bells of the transmit and of the receive queue.
  let sent = Atomic<UInt64>(0)
  let given = Atomic<UInt64>(0)
  /// The guest has found itself in its memory, is to end, and has ended.
  let isThere = Atomic(false)
  let isOver = Atomic(false)
  let isGone = Atomic(false)
}
