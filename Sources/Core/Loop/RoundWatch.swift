/// Calls its owner after every round of the loop, until dropped: collect in the callbacks, act
/// once.
///
/// On a base that its host runs itself, the call comes behind the callbacks that were due with
/// ours.
public struct RoundWatch: ~Copyable {
  private let loop: any Loop
  private let registration: Registration

  /// Starts to call `watcher` with `id` and ``Ready/roundEnd``.
  public init(_ loop: any Loop, id: Int = 0, calling watcher: any Watcher) {
    self.loop = loop
    self.registration = loop.addRound(watcher: watcher, watch: id)
  }

  deinit { loop.remove(registration) }
}

@available(*, unavailable)
extension RoundWatch: Sendable {}
