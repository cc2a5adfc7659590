/// Descriptors that are watched and let go of as one, whatever their number: a device's queues.
///
/// To suspend or resume it is one epoll_ctl(2). It begins suspended, so that its descriptors can be
/// added before the moment that counts. It costs a descriptor, and its descriptors one more system
/// call for each round in which any of them is ready. An ``EventLoop`` has something to wait for as
/// long as there is a group, suspended or not.
public struct WatchGroup: ~Copyable {
  // Watches that are left of a group that goes call nobody any more.
  private var enrolment: Enrolment

  /// Whether the descriptors of the group are watched at the moment.
  public var isActive: Bool { enrolment.isActive }

  /// Makes a group with nothing in it, suspended.
  public init(_ loop: any Loop) {
    enrolment = Enrolment(loop, loop.addGroup(), isActive: false)
  }

  /// Adds `descriptor` and calls `watcher` with `id`; drop the watch before the descriptor is
  /// closed, or the group before both.
  public borrowing func watch(
    _ descriptor: CInt, for what: Ready, id: Int = 0, calling watcher: any Watcher
  ) -> Watch {
    let loop = enrolment.loop
    let registration = loop.add(
      descriptor: descriptor, for: what, watcher: watcher, watch: id, in: enrolment.registration)
    return Watch(Enrolment(loop, registration, isActive: true))
  }

  deinit { enrolment.end() }

  /// Stops watching all of its descriptors until ``resume()``.
  public mutating func suspend() { enrolment.suspend() }

  /// Watches those of its descriptors that are not suspended themselves; what became ready
  /// meanwhile is reported.
  public mutating func resume() { enrolment.resume() }
}

@available(*, unavailable)
extension WatchGroup: Sendable {}
