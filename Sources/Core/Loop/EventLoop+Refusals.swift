import BatonCLibevent

/// What becomes of a loop when the kernel refuses it something: it turns on, more slowly.
///
/// epoll_ctl(2) may lack memory or room (ENOMEM, ENOSPC: /proc/sys/fs/epoll/max_user_watches) at
/// any time, also when a running guest's device looks at its TAP again. There is nobody to whom
/// that error could be thrown, and the guest does not depend on it: poll(2) needs neither.
extension EventLoop {
  /// What the kernel has refused a loop, in counts; a host tells its operator when they grow.
  public struct Refusals: Hashable, Sendable {
    /// Descriptors that it would not watch, or let go of.
    public internal(set) var watches: UInt64 = 0
    /// Waits that ended with an error (epoll_wait(2)).
    public internal(set) var waits: UInt64 = 0
    /// The last one; nil when there was none.
    public internal(set) var last: SystemError?

    /// A kernel that has refused nothing.
    public init() {}
  }

  /// How long the loop rests between two looks at what the kernel does not watch.
  static let askNanos: UInt64 = 1_000_000

  /// How often the kernel is asked to let go of a descriptor.
  private static let unwatchCountMax = 3

  /// Keeps libevent from writing to standard error, which may be a pipe that nobody reads; what it
  /// would say is in ``refusals``. It is for the whole process, so a program calls it and a library
  /// does not.
  public static func silenceLibevent() {
    // Safe: the function lives for ever and touches nothing.
    unsafe event_set_log_callback { _, _ in }
  }

  /// How many descriptors a base takes: epoll(7), a timer, and both ends of a pipe for signals.
  private static let descriptorCount = 4

  /// Asks for the descriptors of a base and gives them back: libevent, which has none for its pipe,
  /// ends the process (exit(3)). Whoever can go on without a loop calls this before he makes one.
  ///
  /// - Throws: Why there are too few, such as EMFILE or ENFILE.
  public static func checkRoom(in kernel: Kernel) throws(SystemError) {
    var descriptors = Descriptors(in: kernel)
    for _ in 0..<descriptorCount {
      descriptors.append(Descriptor(owning: try kernel.createCounter(), in: kernel))
    }
  }

  /// How many descriptors the kernel does not watch at the moment.
  public var untakenCount: Int { untaken.count }

  /// Whether a watch of this descriptor is registered, suspended or not; it has to be gone before
  /// the descriptor is closed.
  package func isRegistered(_ descriptor: CInt) -> Bool {
    groups.contains { part(of: $0)?.whole?.isRegistered(descriptor) == true }
      || registered.contains { registration in
        // Safe: a registration of the list is in force, so its event is.
        let event = unsafe cell(of: registration).pointee.event
        return unsafe event_get_fd(event) == descriptor
      }
  }

  /// Notes a registration that the kernel would not watch, and asks for it by poll(2) from now on.
  func askInstead(for registration: Registration) {
    refusals.watches &+= 1
    refusals.last = Linux.lastRefusal(of: .watch)
    guard !untaken.contains(registration) else { return }
    untaken.append(registration)
    if askDeadline == nil { askDeadline = now &+ Self.askNanos }
    schedule()
  }

  /// A registration is suspended or removed: it is not asked for any more.
  func forgo(_ registration: Registration) {
    guard !untaken.isEmpty else { return }
    untaken.removeAll { $0 == registration }
    guard untaken.isEmpty else { return }
    askDeadline = nil
    schedule()
  }

  /// Has the kernel let go of a descriptor. When it refuses, libevent has done so in its own books
  /// alone: watched again, it can be let go of again. One that stays in the kernel's list calls
  /// nobody.
  func unwatch(_ event: OpaquePointer?) {
    for _ in 0..<Self.unwatchCountMax {
      // Safe: the event is in force; it is ours.
      if unsafe event_del(event) == 0 { return }
      refusals.watches &+= 1
      refusals.last = Linux.lastRefusal(of: .watch)
      // Safe: as above.
      if unsafe event_add(event, nil) != 0 { return }
    }
  }

  /// Offers epoll what it did not take, and calls those that are ready meanwhile.
  func askUntaken() {
    guard let askDeadline, askDeadline <= now else { return }
    for registration in untaken where untaken.contains(registration) {
      if take(registration) {
        untaken.removeAll { $0 == registration }
      } else {
        serve(registration)
      }
    }
    self.askDeadline = untaken.isEmpty ? nil : now &+ Self.askNanos
  }

  /// One round without the kernel's help, when it refused to wait: looks at every descriptor that
  /// is watched, and at the timers.
  func serveUnwaited(mayRest: Bool) {
    refusals.waits &+= 1
    refusals.last = Linux.lastRefusal(of: .awaitReady)
    var isAnyReady = false
    for registration in registered where registered.contains(registration) {
      if isWatched(registration), serve(registration) { isAnyReady = true }
    }
    fireTimers()
    if mayRest, !isAnyReady { Linux.rest(nanos: Self.askNanos) }
  }

  func isWatched(_ registration: Registration) -> Bool {
    // Safe: the registration is in force, so its event is; the time is not asked for.
    let event = unsafe cell(of: registration).pointee.event
    return unsafe event_pending(event, Int16(EV_READ | EV_WRITE), nil) != 0
  }

  @discardableResult
  private func serve(_ registration: Registration) -> Bool {
    // Safe: the registration is in force, so its cell and event are.
    let cell = unsafe cell(of: registration).pointee
    let wanted = Ready(rawValue: unsafe event_get_events(cell.event))
      .intersection([.read, .write])
    // Safe: as above.
    let ready = Linux.readiness(of: unsafe event_get_fd(cell.event)).intersection(wanted)
    if ready.isEmpty { return false }
    Self.call(cell, ready)
    return true
  }

  /// Calls the watcher of a cell, which is a copy: the call may free the cell. The watcher is held,
  /// because the call may drop its last owner.
  static func call(_ cell: Cell, _ what: Ready) {
    // Safe: the cell was in force when it was copied, so its watcher and loop are there.
    let watcher = unsafe cell.watcher
    unsafe cell.loop.willCall()
    watcher.ready(what, watch: cell.watch)
  }
}

@available(*, unavailable)
extension EventLoop.Cell: Sendable {}
