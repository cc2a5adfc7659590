/// Descriptors that are watched and let go of as one, whatever their number: a device's queues.
///
/// To suspend or resume it is one epoll_ctl(2). It begins suspended, so that its descriptors can be
/// added before the moment that counts. It costs a descriptor, and its descriptors one more system
/// call for each round in which any of them is ready.
public struct WatchGroup: ~Copyable {
  let loop: any Loop
  let registration: Registration

  /// Whether the descriptors of the group are watched at the moment.
  public private(set) var isActive = false

  /// Makes a group with nothing in it, suspended.
  public init(_ loop: any Loop) {
    self.loop = loop
    self.registration = loop.addGroup()
  }

  /// Watches that are left of the group call nobody any more.
  deinit { loop.remove(registration) }

  /// Adds `descriptor`, as ``Watch/init(in:descriptor:for:id:calling:)`` does.
  public borrowing func watch(
    _ descriptor: CInt, for what: Ready, id: Int = 0, calling watcher: any Watcher
  ) -> Watch {
    Watch(in: self, descriptor: descriptor, for: what, id: id, calling: watcher)
  }

  /// Stops watching all of its descriptors until ``resume()``.
  public mutating func suspend() {
    guard isActive else { return }
    isActive = false
    loop.suspend(registration)
  }

  /// Watches those of its descriptors that are not suspended themselves; what became ready
  /// meanwhile is reported.
  public mutating func resume() {
    guard !isActive else { return }
    isActive = true
    loop.resume(registration)
  }
}

@available(*, unavailable)
extension WatchGroup: Sendable {}
