package import BatonCore

extension EventLoop {
  /// The loop of a process that owns guests: nobody who does not read, and no file that may not
  /// grow, ends it, which is an error of a write then and no signal.
  ///
  /// - Throws: Why the process has no descriptors for it.
  static func ofProcess(_ kernel: Kernel) throws(SystemError) -> EventLoop {
    for signal in [Signal.brokenPipe, Signal.fileSize] { kernel.ignoreSignal(signal) }
    silenceLibevent()
    try checkRoom(in: kernel)
    return EventLoop(kernel: kernel)
  }
}

extension Kernel {
  /// The signals that ask a process to end in order. SIGHUP is none where it was ignored from the
  /// beginning (nohup(1)).
  package var endingSignals: [CInt] {
    [Signal.terminate, Signal.interrupt] + (ignoresSignal(Signal.hangUp) ? [] : [Signal.hangUp])
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
