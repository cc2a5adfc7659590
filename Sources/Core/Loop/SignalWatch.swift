/// Watches one signal of this process for its owner, until dropped.
///
/// libevent installs a handler for the time, and serves signals on one loop of a process only: this
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
