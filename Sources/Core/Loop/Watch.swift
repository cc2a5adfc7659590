/// Watches one descriptor for its owner, until dropped; level-triggered and persistent.
///
/// Drop it before the descriptor is closed: an open file description that others share stays in the
/// kernel's list as long as they hold it.
public struct Watch: ~Copyable {
  private var enrolment: Enrolment

  /// Whether the descriptor is watched at the moment.
  public var isActive: Bool { enrolment.isActive }

  /// Starts to watch `descriptor` and calls `watcher` with `id`; `what` is read, write or both.
  public init(
    _ loop: any Loop, descriptor: CInt, for what: Ready, id: Int = 0,
    calling watcher: any Watcher
  ) {
    enrolment = Enrolment(
      loop, loop.add(descriptor: descriptor, for: what, watcher: watcher, watch: id),
      isActive: true)
  }

  /// A watch that belongs to a group; see ``WatchGroup/watch(_:for:id:calling:)``.
  init(_ enrolment: Enrolment) { self.enrolment = enrolment }

  deinit { enrolment.end() }

  /// Stops watching until ``resume()``: one epoll_ctl(2) and no allocation.
  public mutating func suspend() { enrolment.suspend() }

  /// Watches again after ``suspend()``; what became ready meanwhile is reported.
  public mutating func resume() { enrolment.resume() }
}

@available(*, unavailable)
extension Watch: Sendable {}
