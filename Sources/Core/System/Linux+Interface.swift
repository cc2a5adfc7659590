import BatonCLinux

/// Requests about an interface by its name, in this thread's network namespace.
extension Linux {
  /// A number of an interface; `request` is one of linux/sockios.h.
  static func interfaceNumber(
    _ call: Call, _ request: CInt, _ name: InterfaceName
  ) throws(SystemError) -> UInt32 {
    var name = name
    var number: CInt = 0
    // Safe: the name is lent for the length of the call, which only reads it.
    try unsafe name.lend { pointer throws(SystemError) in
      number = try self.call(call) { unsafe clinux_interface_number(pointer, request) }
    }
    return UInt32(clamping: number)
  }

  static func watchLinks() throws(SystemError) -> CInt {
    try call(.socket) { clinux_watch_links() }
  }

  /// Sets one of the numbers that an `ifreq` carries behind the name.
  static func setInterfaceNumber(
    _ call: Call, _ request: CInt, _ name: InterfaceName, _ number: UInt32
  ) throws(SystemError) {
    var name = name
    // Safe: the name is lent for the length of the call, which only reads it.
    try unsafe name.lend { pointer throws(SystemError) in
      _ = try self.call(call) {
        unsafe clinux_set_interface_number(pointer, request, CInt(clamping: number))
      }
    }
  }
}
