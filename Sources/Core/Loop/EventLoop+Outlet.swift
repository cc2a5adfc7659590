import BatonCLibevent

/// A host with an epoll loop of its own waits for one descriptor in place of ours.
extension EventLoop {
  /// What a host watches for reading with the rest of its descriptors (epoll(7), poll(2)): it is
  /// ready whenever ``poll()`` has something to do, also when a timer is due.
  ///
  /// It is made when first asked for, stays the loop's, and is one and the same from then on.
  ///
  /// - Throws: What the kernel refused: two descriptors are needed.
  public func descriptor() throws(SystemError) -> CInt {
    if let outlet { return outlet.number }
    let made = try Outlet(kernel)
    outlet = made
    for registration in registered where isWatched(registration) {
      if !take(registration) { askInstead(for: registration) }
    }
    made.arm(at: nextDeadline)
    return made.number
  }

  /// Has the kernel watch a descriptor, wherever somebody waits for it.
  ///
  /// - Returns: false when it refuses that.
  func take(_ registration: Registration) -> Bool {
    // Safe: the registration is in force, so its cell and event are.
    let event = unsafe cell(of: registration).pointee.event
    // Safe: as above; the outlet watches what libevent does.
    let isTaken = unsafe event_add(event, nil) == 0
    let wanted = Ready(rawValue: unsafe event_get_events(event)).intersection([.read, .write])
    guard let outlet, !wanted.isEmpty else { return isTaken }
    // Safe: as above.
    let isLetOut = unsafe outlet.watch(event_get_fd(event), for: wanted, registration)
    return isTaken && isLetOut
  }
}
