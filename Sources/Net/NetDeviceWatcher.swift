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

  /// The TAP is open, or could not be opened: told in ``NetDevice/begin(_:)`` and
  /// ``NetDevice/reopen()``, or later when a script or a helper had to run first.
  ///
  /// - Parameters:
  ///   - device: The one that was begun, or opened anew.
  ///   - refusal: Why it has no TAP; nil when it has one.
  func netDevice(_ device: NetDevice, opened refusal: Refusal?)

  /// The TAP is closed for good: told in ``NetDevice/close()``, or later when a down script had to
  /// run first. The device has to be kept until the call is over.
  func netDeviceClosed(_ device: NetDevice)

  /// Something did not go as it should, and ends nothing: the down script, for instance.
  func netDevice(_ device: NetDevice, warned refusal: Refusal)

  /// A script or a helper of the device's TAP has written a line, without its end.
  func netDevice(_ device: NetDevice, said line: [UInt8], by program: TapProgram)
}

extension NetDeviceWatcher {
  /// Whoever uses neither scripts nor helpers has the answer of `begin` and `reopen`.
  public func netDevice(_ device: NetDevice, opened refusal: Refusal?) {}

  /// Whoever has no down script knows when `close` is over.
  public func netDeviceClosed(_ device: NetDevice) {}

  /// Nobody is told of it here.
  public func netDevice(_ device: NetDevice, warned refusal: Refusal) {}

  /// Nobody reads what it wrote.
  public func netDevice(_ device: NetDevice, said line: [UInt8], by program: TapProgram) {}
}
