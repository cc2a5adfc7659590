import BatonCLinux

/// Sets of descriptors (epoll(7)), for the loop on libevent; see ``EventLoop``.
extension Linux {
  /// A descriptor of a set that is ready, by the name that it was added with.
  struct ReadyName {
    let name: UInt64
    let what: Ready
  }

  static func createEpoll() -> CInt? {
    let number = clinux_epoll_create()
    return number == -1 ? nil : number
  }

  /// A clock that is ready for reading once it is due, not armed.
  static func createTimer() -> CInt? {
    let number = clinux_create_timer()
    return number == -1 ? nil : number
  }

  /// Arms a clock for this time of CLOCK_MONOTONIC in nanoseconds; 0 disarms it.
  static func setTimer(_ timer: CInt, to moment: UInt64) { clinux_set_timer(timer, moment) }

  /// - Returns: false when the kernel refuses it (ENOMEM, ENOSPC, EPERM).
  static func add(_ fd: CInt, for what: Ready, named name: UInt64, to epoll: CInt) -> Bool {
    clinux_epoll_add(epoll, fd, bits(what), name) == 0
  }

  /// Watches a descriptor of the set for something else, which needs no memory.
  static func change(_ fd: CInt, for what: Ready, named name: UInt64, in epoll: CInt) -> Bool {
    clinux_epoll_change(epoll, fd, bits(what), name) == 0
  }

  private static func bits(_ what: Ready) -> CInt {
    (what.contains(.read) ? 1 : 0) | (what.contains(.write) ? 2 : 0)
  }

  static func remove(_ fd: CInt, from epoll: CInt) -> Bool {
    clinux_epoll_remove(epoll, fd) == 0
  }

  /// Fills `found` with what is ready now, and waits for nothing.
  ///
  /// - Returns: false when the kernel refuses it.
  static func ready(in epoll: CInt, _ found: inout [ReadyName]) -> Bool {
    found.removeAll(keepingCapacity: true)
    // Safe: the kernel fills in at most as many as there is room for, and answers how many.
    return unsafe withUnsafeTemporaryAllocation(of: clinux_ready.self, capacity: 64) { buffer in
      let count = unsafe clinux_epoll_ready(epoll, buffer.baseAddress, CInt(buffer.count))
      guard count >= 0 else { return false }
      for index in 0..<Int(count) {
        // Safe: an index below the count, of a plain value that the call has filled in.
        let entry = unsafe buffer[index]
        var what: Ready = []
        if entry.ready & 1 != 0 { what.insert(.read) }
        if entry.ready & 2 != 0 { what.insert(.write) }
        found.append(ReadyName(name: entry.name, what: what))
      }
      return true
    }
  }
}
