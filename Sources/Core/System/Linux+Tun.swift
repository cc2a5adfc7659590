import BatonCLinux

extension Linux {
  static func openTun() throws(SystemError) -> CInt {
    // Safe: a literal ends with NUL and lives for ever.
    try call(.open) { unsafe clinux_open("/dev/net/tun") }
  }

  static func openMacvtap(index: UInt32) throws(SystemError) -> CInt {
    try call(.open) { clinux_open_macvtap(index) }
  }

  static func tunFeatures(_ fd: CInt) throws(SystemError) -> UInt32 {
    var features: UInt32 = 0
    // Safe: the call fills in the number and keeps no pointer to it.
    _ = try call(.tunFeatures, on: fd) { unsafe clinux_tun_features(fd, &features) }
    return features
  }

  static func tunSetInterface(
    _ fd: CInt, name: InterfaceName, flags: UInt16
  ) throws(SystemError) -> InterfaceName {
    var name = name
    // Safe: the name is lent for the length of the call.
    try unsafe name.lend { pointer throws(SystemError) in
      _ = try call(.tunSetInterface, on: fd) {
        unsafe clinux_tun_set_interface(fd, pointer, flags)
      }
    }
    return name
  }

  static func tunInterface(
    _ fd: CInt
  ) throws(SystemError) -> (name: InterfaceName, flags: UInt16) {
    var name = InterfaceName()
    var flags: UInt16 = 0
    // Safe: the name is lent for the length of the call, the flags are ours.
    try unsafe name.lend { pointer throws(SystemError) in
      _ = try call(.tunInterface, on: fd) {
        unsafe clinux_tun_interface(fd, pointer, &flags)
      }
    }
    return (name, flags)
  }

  static func tunQueueCount(_ name: InterfaceName) throws(SystemError) -> UInt32 {
    var name = name
    var count: CInt = 0
    // Safe: the name is lent for the length of the call, which only reads it.
    try unsafe name.lend { pointer throws(SystemError) in
      count = try call(.linkQueues) { unsafe clinux_tun_queue_count(pointer) }
    }
    return UInt32(clamping: count)
  }

  static func tunFlags(_ name: InterfaceName) throws(SystemError) -> UInt16 {
    var name = name
    var flags: CInt = 0
    // Safe: the name is lent for the length of the call, which only reads it.
    try unsafe name.lend { pointer throws(SystemError) in
      flags = try call(.linkQueues) { unsafe clinux_tun_flags(pointer) }
    }
    return UInt16(truncatingIfNeeded: flags)
  }

  static func tunHasInformation(_ name: InterfaceName) throws(SystemError) -> Bool {
    var name = name
    var found: CInt = 0
    // Safe: the name is lent for the length of the call, which only reads it.
    try unsafe name.lend { pointer throws(SystemError) in
      found = try call(.linkQueues) { unsafe clinux_tun_information(pointer) }
    }
    return found == 1
  }

  static func macvtapIndex(_ name: InterfaceName) throws(SystemError) -> UInt32 {
    var name = name
    var index: CInt = 0
    // Safe: the name is lent for the length of the call, which only reads it.
    try unsafe name.lend { pointer throws(SystemError) in
      index = try call(.linkQueues) { unsafe clinux_macvtap_index(pointer) }
    }
    return UInt32(clamping: index)
  }

  static func tunSetHeaderSize(_ fd: CInt, _ byteCount: CInt) throws(SystemError) {
    _ = try call(.tunSetHeaderSize, on: fd) { clinux_tun_set_header_size(fd, byteCount) }
  }

  static func tunHeaderSize(_ fd: CInt) throws(SystemError) -> CInt {
    var byteCount: CInt = 0
    // Safe: the call fills in the number and keeps no pointer to it.
    _ = try call(.tunHeaderSize, on: fd) { unsafe clinux_tun_header_size(fd, &byteCount) }
    return byteCount
  }

  static func tunSetSendBuffer(_ fd: CInt, _ byteCount: CInt) throws(SystemError) {
    _ = try call(.tunSetSendBuffer, on: fd) { clinux_tun_set_send_buffer(fd, byteCount) }
  }

  static func tunSendBuffer(_ fd: CInt) throws(SystemError) -> CInt {
    var byteCount: CInt = 0
    // Safe: the call fills in the number and keeps no pointer to it.
    _ = try call(.tunSendBuffer, on: fd) { unsafe clinux_tun_send_buffer(fd, &byteCount) }
    return byteCount
  }

  static func tunSetOffload(_ fd: CInt, _ offload: UInt32) throws(SystemError) {
    _ = try call(.tunSetOffload, on: fd) { clinux_tun_set_offload(fd, offload) }
  }

  static func tunSetQueue(_ fd: CInt, isAttached: Bool) throws(SystemError) {
    _ = try call(.tunSetQueue, on: fd) { clinux_tun_set_queue(fd, isAttached ? 1 : 0) }
  }

  static func tunSetPersistent(_ fd: CInt, _ isPersistent: Bool) throws(SystemError) {
    _ = try call(.tunSetPersistent, on: fd) { clinux_tun_set_persistent(fd, isPersistent ? 1 : 0) }
  }

  static func tunSetCarrier(_ fd: CInt, isOn: Bool) throws(SystemError) {
    _ = try call(.tunSetCarrier, on: fd) { clinux_tun_set_carrier(fd, isOn ? 1 : 0) }
  }
}
