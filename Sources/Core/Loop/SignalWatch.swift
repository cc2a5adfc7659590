/// Watches one signal of this process for its owner, until dropped.
///
/// A handler is installed for the time, and of the watches of one signal the last one is told: this
/// is for the program's own loop, not for a library inside another.
public struct SignalWatch: ~Copyable {
  private let loop: any Loop
  private let registration: Registration

  /// Starts to watch `signal`, a number of ``Signal`` or another, and calls `watcher` with `id`.
  public init(_ loop: any Loop, signal: CInt, id: Int = 0, calling watcher: any Watcher) {
    self.loop = loop
    self.registration = loop.add(signal: signal, watcher: watcher, watch: id)
  }

  deinit { loop.remove(registration) }
}

@available(*, unavailable)
extension SignalWatch: Sendable {}
