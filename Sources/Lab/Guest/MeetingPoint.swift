import Foundation
import Synchronization

/// Where two threads wait for each other, so that both go on within some nanoseconds, and tell each
/// other what came of it.
///
/// The words of the two lie in cache lines of their own: neither disturbs the other but by coming.
final class MeetingPoint: Sendable {
  /// Two lines, since processors fetch them in pairs.
  private typealias Gap = InlineArray<16, UInt64>

  private let gapBefore = Gap(repeating: 0)
  private let device = Atomic<UInt64>(0)
  /// How long the guest is to wait after the next start.
  let guestDelay = Atomic(0)
  private let gapBetween = Gap(repeating: 0)
  private let guest = Atomic<UInt64>(0)
  /// What the guest has counted, and how it rang, as it comes to the end of a round.
  let framesIn = Atomic<UInt64>(0)
  let framesOut = Atomic<UInt64>(0)
  let kicks = Atomic<UInt8>(0)
  private let gapBehind = Gap(repeating: 0)
  private let isGone = Atomic(false)

  /// The device's thread has come to a turn, and goes on when the guest's has come as well; false
  /// when there is none any more.
  func deviceComes(to turn: UInt64) -> Bool {
    device.store(turn, ordering: .releasing)
    var spins = 0
    while true {
      let seen = guest.load(ordering: .acquiring)
      if seen == .max { return false }
      if seen >= turn { return true }
      Self.breathe(&spins)
    }
  }

  /// The guest's thread has come to a turn; false when there is none any more.
  func guestComes(to turn: UInt64) -> Bool {
    guest.store(turn, ordering: .releasing)
    var spins = 0
    while true {
      let seen = device.load(ordering: .acquiring)
      if seen == .max { return false }
      if seen >= turn { return true }
      Self.breathe(&spins)
    }
  }

  /// Ends the guest's thread, and waits until it has gone.
  func end() {
    device.store(.max, ordering: .releasing)
    var spins = 0
    while !isGone.load(ordering: .acquiring) { Self.breathe(&spins) }
  }

  /// The guest's thread touches nothing any more.
  func guestGoes() {
    // Whoever waits for this guest does not wait for ever.
    guest.store(.max, ordering: .releasing)
    isGone.store(true, ordering: .releasing)
  }

  /// Lets a moment pass: some nanoseconds for each unit, more in a debug build.
  func wait(_ units: Int) {
    for _ in 0..<max(0, units) where device.load(ordering: .relaxed) == .max { return }
  }

  /// Somebody else may need the processor, perhaps the one that is waited for.
  private static func breathe(_ spins: inout Int) {
    spins &+= 1
    if spins & 0xfff == 0 { sched_yield() }
  }
}
