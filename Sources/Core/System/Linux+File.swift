import BatonCLinux

extension Linux {
  /// Closes once: on Linux the number is free even when close(2) was interrupted or failed to write
  /// back. EBADF of a number that is still open is the kernel's mistake, and leaves it open.
  static func close(_ fd: CInt) {
    let isClosed = clinux_close(fd) == 0 || clinux_errno() != Errno.badDescriptor
    precondition(isClosed || isOpen(fd), "a descriptor was closed twice")
  }

  static func openLog(path: String) throws(SystemError) -> CInt {
    let bytes = try terminated(path)
    // Safe: the array ends with NUL and outlives the call.
    return try call(.open) { unsafe clinux_open_log(bytes) }
  }

  static func openOutput(path: String) throws(SystemError) -> (number: CInt, isMade: Bool) {
    let bytes = try terminated(path)
    var isMade: CInt = 0
    // Safe: the array ends with NUL, and both outlive the call.
    let number = try call(.open) { unsafe clinux_open_output(bytes, &isMade) }
    return (number, isMade == 1)
  }

  static func empty(_ fd: CInt) throws(SystemError) {
    _ = try call(.truncate, on: fd) { clinux_empty(fd) }
  }

  /// Closes once, and tells what was not written; the number is free in any case.
  static func closeOutput(_ fd: CInt) throws(SystemError) {
    guard clinux_close(fd) == -1, clinux_errno() != Errno.interrupted else { return }
    throw lastRefusal(of: .close)
  }

  /// A path's bytes and NUL.
  private static func terminated(_ path: String) throws(SystemError) -> [CChar] {
    var bytes: [CChar] = []
    for byte in path.utf8 {
      guard byte != 0 else { throw SystemError(call: .open, code: Errno.invalid) }
      bytes.append(CChar(bitPattern: byte))
    }
    bytes.append(0)
    return bytes
  }

  static func duplicate(_ fd: CInt) throws(SystemError) -> CInt {
    try call(.duplicate, on: fd) { clinux_duplicate(fd) }
  }

  static func read(
    _ fd: CInt, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SystemError) -> Int {
    // Safe: the caller lends the buffer for the length of the call.
    try call(.read, on: fd) { unsafe clinux_read(fd, buffer.baseAddress, buffer.count) }
  }

  static func read(
    _ fd: CInt, into first: UnsafeMutableRawBufferPointer,
    then rest: UnsafeMutableRawBufferPointer
  ) throws(SystemError) -> Int {
    // Safe: the caller lends both buffers for the length of the call.
    try call(.read, on: fd) {
      unsafe clinux_read_two(fd, first.baseAddress, first.count, rest.baseAddress, rest.count)
    }
  }

  static func write(
    _ fd: CInt, from buffer: UnsafeRawBufferPointer
  ) throws(SystemError) -> Int {
    // Made for each frame of a guest, and not through a closure. Ends when it is not interrupted.
    while true {
      // Safe: the caller lends the buffer for the length of the call.
      let count = unsafe clinux_write(fd, buffer.baseAddress, buffer.count)
      if count != -1 { return count }
      try refused(.write, on: fd)
    }
  }

  static func readiness(of fd: CInt) -> Ready {
    let found = clinux_poll(fd)
    var ready: Ready = []
    if found & 1 != 0 { ready.insert(.read) }
    if found & 2 != 0 { ready.insert(.write) }
    return ready
  }

  static func isNonBlocking(_ fd: CInt) throws(SystemError) -> Bool {
    try call(.getFlags, on: fd) { clinux_is_nonblocking(fd) } == 1
  }

  static func setNonBlocking(_ fd: CInt) throws(SystemError) {
    _ = try call(.setFlags, on: fd) { clinux_set_nonblocking(fd) }
  }

  static func makeStandard(_ fd: CInt) throws(SystemError) {
    _ = try call(.setFlags, on: fd) { clinux_make_standard(fd) }
  }

  static func kind(of fd: CInt) throws(SystemError) -> FileKind {
    var found = clinux_kind()
    // Safe: the call fills in `found` and keeps no pointer to it.
    _ = try call(.stat, on: fd) { unsafe clinux_stat(fd, &found) }
    let type: FileKind.FileType =
      switch found.form {
      case 1: .characterDevice(major: found.major_number, minor: found.minor_number)
      case 2: .socket
      case 3: .regular
      case 4: .pipe
      default: .other
      }
    return FileKind(type: type, size: Int(found.size))
  }

  static func isSameFile(_ a: CInt, _ b: CInt) throws(SystemError) -> Bool {
    try call(.compare, on: a, and: b) { clinux_compare(a, b) } == 0
  }

  /// A descriptor that is readable when the file behind `fd` has changed.
  static func watchFile(_ fd: CInt) throws(SystemError) -> CInt {
    try call(.watchFile, on: fd) { clinux_watch_file(fd) }
  }

  static func length(of fd: CInt) throws(SystemError) -> (bytes: UInt64, names: UInt64) {
    var (bytes, names): (UInt64, UInt64) = (0, 0)
    // Safe: the call fills in both and keeps no pointer to them.
    _ = try call(.stat, on: fd) { unsafe clinux_length(fd, &bytes, &names) }
    return (bytes, names)
  }
}
