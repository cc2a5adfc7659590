public import BatonCore

/// Someone who is told what happens to a network device without being asked for.
public protocol NetDeviceWatcher: AnyObject {
  /// The interface was deleted under the device (`ip link del`); the guest runs on without a
  /// network, and its frames are dropped and counted, until ``NetDevice/reopen()``.
  ///
  /// - Parameters:
  ///   - device: The one that has lost it.
  ///   - refusal: The call that found it, with its errno (EBADFD).
  func netDevice(_ device: NetDevice, lost refusal: Refusal)
}
