import BatonCLinux

extension Linux {
  /// Binds and listens; a socket file that nobody listens on is replaced. Where it cannot listen
  /// there is no file.
  ///
  /// The folder is locked while one is replaced, so that of two processes which find the same
  /// stale file only one removes it. The file has no more than its mode from its first moment on
  /// (unix(7): that of the socket's own inode, less the umask), and all of it before anybody can
  /// connect.
  static func listen(
    path: borrowing SocketPath, backlog: CInt, mode: UInt32
  ) throws(SystemError) -> CInt {
    let fd = try call(.socket) { clinux_socket() }
    do throws(SystemError) {
      _ = try call(.bind, on: fd) { clinux_set_mode(fd, mode) }
      do throws(SystemError) {
        try bind(fd, path)
      } catch {
        guard error.code == Errno.addressInUse else { throw error }
        try replace(fd, path, error)
      }
      do throws(SystemError) {
        let bytes = path.bytes
        // Safe: the array outlives the call, which is given its length.
        _ = try call(.bind) { unsafe clinux_widen_mode(bytes, bytes.count, mode) }
        _ = try call(.listen, on: fd) { clinux_listen(fd, backlog) }
      } catch {
        // It is bound to us still, so nobody else has replaced the file.
        do { try unlink(path: path) } catch {}
        throw error
      }
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

  /// Binds in place of a file that nobody listens on; throws `refusal` when somebody does.
  private static func replace(
    _ fd: CInt, _ path: borrowing SocketPath, _ refusal: SystemError
  ) throws(SystemError) {
    // EADDRINUSE as well when somebody else is about to replace it.
    guard let lock = lockFolder(path) else { throw refusal }
    // Closing the folder's descriptor gives the lock back.
    defer { close(lock) }
    guard isStale(path) else { throw refusal }
    try unlink(path: path)
    try bind(fd, path)
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

  static func notify(path: borrowing SocketPath, state: [UInt8]) throws(SystemError) {
    let bytes = path.bytes
    // Safe: both arrays outlive the call, which is given their lengths.
    _ = try call(.send) { unsafe clinux_notify(bytes, bytes.count, state, state.count) }
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

  /// Which file stands at a path; nil when it is no socket, or there is none.
  static func socketFile(path: borrowing SocketPath) -> SocketFile? {
    let bytes = path.bytes
    var file = SocketFile(device: 0, inode: 0)
    // Safe: the array outlives the call, which fills in the numbers and keeps no pointer to them.
    let answer = unsafe clinux_socket_file(bytes, bytes.count, &file.device, &file.inode)
    return answer == 0 ? file : nil
  }

  static func file(of fd: CInt) -> SocketFile? {
    var file = SocketFile(device: 0, inode: 0)
    // Safe: the call fills in the numbers and keeps no pointer to them.
    let answer = unsafe clinux_file(fd, &file.device, &file.inode)
    return answer == 0 ? file : nil
  }

  /// Removes the file at a path if it is this one. A caller whose socket is still bound to it needs
  /// no lock: nobody replaces a file that is not stale.
  static func unlink(
    path: borrowing SocketPath, ifStill file: SocketFile
  ) throws(SystemError) -> Bool {
    guard socketFile(path: path) == file else { return false }
    try unlink(path: path)
    return true
  }

  /// The lock of a socket's folder; nil when somebody else holds it, or the folder cannot be read.
  private static func lockFolder(_ path: borrowing SocketPath) -> CInt? {
    let bytes = path.bytes
    // Safe: the array outlives the call, which is given its length.
    let lock = unsafe clinux_lock_folder(bytes, bytes.count)
    return lock == -1 ? nil : lock
  }

  static func unlink(path: borrowing SocketPath) throws(SystemError) {
    let bytes = path.bytes
    // Safe: the array outlives the call, which is given its length.
    _ = try call(.unlink) { unsafe clinux_unlink(bytes, bytes.count) }
  }
}

extension Kernel {
  /// Whether it is a stream socket of AF_UNIX that listens (SO_ACCEPTCONN).
  package static func isListening(_ fd: CInt) -> Bool { clinux_is_listening(fd) == 1 }
}
