/// The device's way to interrupt the guest.
public protocol Interrupting: AnyObject {
  /// Chains of a queue were completed.
  func interrupt(queue: Int)
  /// The configuration or the device's status has changed (virtio 1.2, 2.3).
  func interruptForConfiguration()
}
