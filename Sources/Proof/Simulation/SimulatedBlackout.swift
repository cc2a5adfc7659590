/// How long nobody has the guest: from the moment when a migration stops it until it is started, or
/// stands paused, wherever that is; by the machine's clock.
final class SimulatedBlackout {
  private var since: UInt64?
  /// The longest one that has ended, in nanoseconds.
  private(set) var longest: UInt64 = 0
  /// How many there were.
  private(set) var count = 0

  func begin(at now: UInt64) {
    guard since == nil else { return }
    since = now
    count += 1
  }

  func end(at now: UInt64) {
    guard let since else { return }
    longest = max(longest, now - since)
    self.since = nil
  }

  /// Takes a time out of it in which nobody could have ended it.
  func excuse(from begin: UInt64, to end: UInt64) {
    guard let since else { return }
    self.since = since + (end - min(end, max(since, begin)))
  }

  /// What was measured so far is forgotten; a guest that stands still goes on doing so.
  func reset() { (longest, count) = (0, 0) }
}

@available(*, unavailable)
extension SimulatedBlackout: Sendable {}
