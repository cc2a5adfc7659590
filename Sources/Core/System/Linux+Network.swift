import BatonCLinux

extension Linux {
  static func openNetwork(_ path: String) throws(SystemError) -> CInt {
    var bytes = path.utf8.map { CChar(bitPattern: $0) }
    // A NUL inside would make another path.
    guard !bytes.contains(0) else { throw SystemError(call: .open, code: Errno.invalid) }
    bytes.append(0)
    // Safe: the array ends with NUL and is lent for the length of the call.
    let number = try unsafe bytes.withUnsafeBufferPointer { path throws(SystemError) in
      // Safe: as above.
      try call(.open) { unsafe clinux_open_network(path.baseAddress) }
    }
    do throws(SystemError) {
      let isNetwork = try call(.networkKind, on: number) { clinux_is_network(number) }
      if isNetwork == 0 { throw SystemError(call: .networkKind, code: Errno.invalid) }
    } catch {
      _ = clinux_close(number)
      throw error
    }
    return number
  }

  static func enterNetwork(_ fd: CInt) throws(SystemError) -> CInt {
    try call(.enterNetwork, on: fd) { clinux_enter_network(fd) }
  }

  static func leaveNetwork(to home: CInt) throws(SystemError) {
    _ = try call(.leaveNetwork, on: home) { clinux_leave_network(home) }
  }

  static func tunNetwork(_ fd: CInt) throws(SystemError) -> CInt {
    try call(.tunNetwork, on: fd) { clinux_tun_network(fd) }
  }
}
