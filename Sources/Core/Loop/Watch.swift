/// Watches one descriptor for its owner, until dropped; level-triggered and persistent.
///
/// Drop it before the descriptor is closed: an open file description that others share stays in the
/// kernel's list as long as they hold it.
public struct Watch: ~Copyable {
  private let loop: any Loop
  private let registration: Registration

  /// Whether the descriptor is watched at the moment.
  public private(set) var isActive = true

  /// Starts to watch `descriptor` and calls `watcher` with `id`; `what` is read, write or both.
  public init(
    _ loop: any Loop, descriptor: CInt, for what: Ready, id: Int = 0,
    calling watcher: any Watcher
  ) {
    self.loop = loop
    self.registration = loop.add(descriptor: descriptor, for: what, watcher: watcher, watch: id)
  }

  /// Adds `descriptor` to a group, which is watched and suspended as one; drop it before the
  /// descriptor is closed, or close the group before.
  public init(
    in group: borrowing WatchGroup, descriptor: CInt, for what: Ready, id: Int = 0,
    calling watcher: any Watcher
  ) {
    self.loop = group.loop
    self.registration = loop.add(
      descriptor: descriptor, for: what, watcher: watcher, watch: id, in: group.registration)
  }

  deinit { loop.remove(registration) }

  /// Stops watching until ``resume()``: one epoll_ctl(2) and no allocation.
  public mutating func suspend() {
    guard isActive else { return }
    isActive = false
    loop.suspend(registration)
  }

  /// Watches again after ``suspend()``; what became ready meanwhile is reported.
  public mutating func resume() {
    guard !isActive else { return }
    isActive = true
    loop.resume(registration)
  }
}

@available(*, unavailable)
extension Watch: Sendable {}
