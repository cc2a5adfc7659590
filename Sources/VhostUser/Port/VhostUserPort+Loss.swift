public import BatonCore
import BatonNet

/// The interface may go under a port, whose front-ends stay.
extension VhostUserPort {
  /// Why there is no TAP: the interface was deleted, or could not be opened anew; nil while there
  /// is one.
  public var loss: Refusal? { tap.state == .failed ? tap.memory.refusal : nil }

  /// Asks whether the interface is still there, where frames of it are not read: nobody is
  /// connected, or has buffers. To be called now and then.
  public func lookForLoss() {
    if life.isServing { tap.lookForLoss() }
  }

  /// Opens the TAP anew, with the options as they were, after it was lost.
  ///
  /// A script or a helper runs first, as at the first opening: whoever watches is told how that
  /// ended (``VhostUserPortWatcher/port(_:reopened:)``), and so is who calls this while he is told
  /// of the loss.
  ///
  /// - Throws: The call that was refused, or `wrongState` while there is a TAP. Another try is
  ///   legal.
  public func reopen() throws(Refusal) {
    guard tap.state == .failed else { throw tap.hindrance }
    guard !tap.isHandling else { return tap.beginSoon() }
    try tap.begin(.running)
    if let loss { throw loss }
  }

  /// A TAP has taken the place of a lost one, or could not.
  func reopened(_ refusal: Refusal?) {
    if refusal == nil, let holder {
      sessionAgreed(holder)
      holder.serveAll()
      tap.feed()
    }
    watcher.port(self, reopened: refusal)
  }
}
