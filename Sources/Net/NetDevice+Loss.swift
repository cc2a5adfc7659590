public import BatonCore

/// The interface may go under a running guest, which keeps its device.
extension NetDevice {
  /// Why there is no TAP: the interface was lost, or could not be opened; nil while there is one,
  /// or none was asked for yet.
  public var loss: Refusal? { tap.state == .failed ? tap.memory.refusal : nil }

  /// Opens the TAP anew, with the options as they were, after it was lost; the guest goes on.
  ///
  /// A script or a helper runs first, as at the first opening: whoever watches is told how that
  /// ended (``NetDeviceWatcher/netDevice(_:opened:)``), and so is who calls this while he is told
  /// of the loss.
  ///
  /// - Throws: The call that was refused; `wrongState` while there is a TAP; `mismatch` when the
  ///   new one's header has not the size that the guest's device was made for. Another try is
  ///   legal.
  public func reopen() throws(Refusal) {
    guard tap.state == .failed else { throw tap.hindrance }
    // Whoever is told of the loss right now is told of this as well.
    guard !tap.isHandling else { return tap.beginSoon() }
    try tap.begin(.running)
    if let loss { throw loss }
  }

  /// Serves the guest by a TAP that has taken the place of a lost one.
  func serveAnew(_ virtio: VirtioNet) throws(Refusal) {
    let size = tap.memory.properties.frameHeaderByteCount
    guard size == virtio.configuration.headerByteCount else {
      throw .mismatch(
        .headerSize, subject: name, here: .number(UInt64(virtio.configuration.headerByteCount)),
        there: .number(UInt64(size)))
    }
    setOffload(for: virtio)
    tap.feed()
    serveWaiting()
  }
}
