import BatonCLinux

extension Linux {
  /// Binds and listens; a socket file that nobody listens on is replaced.
  ///
  /// Two processes that find the same stale file at the same moment may replace each other's: a
  /// path has one owner, and this only clears up after one that was killed.
  static func listen(path: borrowing SocketPath, backlog: CInt) throws(SystemError) -> CInt {
    let fd = try call(.socket) { clinux_socket() }
    do throws(SystemError) {
      do throws(SystemError) {
        try bind(fd, path)
      } catch {
        guard error.code == Errno.addressInUse, isStale(path) else { throw error }
        try unlink(path: path)
        try bind(fd, path)
      }
      _ = try call(.listen, on: fd) { clinux_listen(fd, backlog) }
    } catch {
      close(fd)
      throw error
    }
    return fd
  }

  private static func bind(_ fd: CInt, _ path: borrowing SocketPath) throws(SystemError) {
    let bytes = path.bytes
    // Safe: the array outlives the call, which is given its length.
    _ = try call(.bind, on: fd) { unsafe clinux_bind(fd, bytes, bytes.count) }
  }

  private static func isStale(_ path: borrowing SocketPath) -> Bool {
    let bytes = path.bytes
    // Safe: the array outlives the call, which is given its length.
    return unsafe clinux_is_stale(bytes, bytes.count) == 1
  }

  static func connect(path: borrowing SocketPath) throws(SystemError) -> CInt {
    let fd = try call(.socket) { clinux_socket() }
    let bytes = path.bytes
    do throws(SystemError) {
      // Safe: the array outlives the call, which is given its length.
      _ = try call(.connect, on: fd) { unsafe clinux_connect(fd, bytes, bytes.count) }
    } catch {
      close(fd)
      throw error
    }
    return fd
  }

  static func accept(_ fd: CInt) throws(SystemError) -> CInt {
    try call(.accept, on: fd) { clinux_accept(fd) }
  }

  static func socketPair() throws(SystemError) -> (CInt, CInt) {
    var pair: (CInt, CInt) = (-1, -1)
    // Safe: the call fills in both numbers and keeps no pointer.
    _ = try call(.socketPair) { unsafe clinux_socket_pair(&pair.0, &pair.1) }
    return pair
  }

  static func socketFamily(_ fd: CInt) throws(SystemError) -> CInt {
    try call(.socketDomain, on: fd) { clinux_socket_domain(fd) }
  }

  static func shutdown(_ fd: CInt) throws(SystemError) {
    _ = try call(.shutdown, on: fd) { clinux_shutdown(fd) }
  }

  static func unlink(path: borrowing SocketPath) throws(SystemError) {
    let bytes = path.bytes
    // Safe: the array outlives the call, which is given its length.
    _ = try call(.unlink) { unsafe clinux_unlink(bytes, bytes.count) }
  }
}
