import BatonCore

/// The watches of one queue; dropped before its descriptor is closed.
final class TapQueue {
  /// Frames wait in the kernel. Made when the TAP is served for the first time.
  var readable: Watch?
  /// The kernel has room again. Made when it had none for the first time.
  var writable: Watch?
  /// The device had no buffer: nothing is read until it says that it has one.
  var isStarved = false

  /// Stops both watches; that of a group's queue for reading stands still with its group.
  func hold(inGroup: Bool) {
    if !inGroup { readable?.suspend() }
    writable?.suspend()
  }
}

@available(*, unavailable)
extension TapQueue: Sendable {}
