/// What became of a frame that the guest sent.
public enum WriteOutcome: Sendable {
  /// The kernel has it.
  case written
  /// There is no room now: the frame stays in the guest's ring, to be tried again.
  case wouldBlock
  /// The kernel will not have it (an interface that is down, a frame it cannot read): it is lost.
  case dropped
}

/// Where a device writes the guest's frames: the TAP, or a test.
public protocol FrameSink: AnyObject {
  /// Writes one frame of a queue pair, with the TAP's header before it if the TAP has one.
  ///
  /// The bytes may lie in guest memory and are valid during the call only.
  func write(pair: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome
}

/// The device's way to interrupt the guest.
public protocol Interrupting: AnyObject {
  /// Chains of a queue were completed.
  func interrupt(queue: Int)
  /// The configuration or the device's status has changed (virtio 1.2, 2.3).
  func interruptForConfiguration()
}
