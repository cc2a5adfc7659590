package import BatonCore

extension EventLoop {
  /// The loop of a process that owns guests: nobody who does not read, and no file that may not
  /// grow, ends it, which is an error of a write then and no signal.
  static func ofProcess(_ kernel: Kernel) -> EventLoop {
    for signal in [Signal.brokenPipe, Signal.fileSize] { kernel.ignoreSignal(signal) }
    silenceLibevent()
    return EventLoop(kernel: kernel)
  }
}

/// A signal watch in an array.
package final class SignalBox {
  private let watch: SignalWatch

  /// Keeps the watch as long as the box lives.
  package init(_ watch: consuming SignalWatch) { self.watch = watch }
}

@available(*, unavailable)
extension SignalBox: Sendable {}
