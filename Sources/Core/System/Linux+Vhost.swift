import BatonCLinux

extension Linux {
  static func openVhost() throws(SystemError) -> CInt {
    // Safe: a literal ends with NUL and lives for ever.
    try call(.open) { unsafe clinux_vhost_open("/dev/vhost-net") }
  }

  static func vhostFeatures(_ fd: CInt) throws(SystemError) -> UInt64 {
    var features: UInt64 = 0
    // Safe: the call fills in the number and keeps no pointer to it.
    _ = try call(.vhostFeatures, on: fd) { unsafe clinux_vhost_features(fd, &features) }
    return features
  }

  static func vhostSetOwner(_ fd: CInt) throws(SystemError) {
    _ = try call(.vhostSetOwner, on: fd) { clinux_vhost_set_owner(fd) }
  }

  static func vhostSetFeatures(_ fd: CInt, _ features: UInt64) throws(SystemError) {
    _ = try call(.vhostSetFeatures, on: fd) { clinux_vhost_set_features(fd, features) }
  }

  static func vhostSetMemory(_ fd: CInt, _ memory: GuestMemory) throws(SystemError) {
    var table: [clinux_vhost_region] = []
    for index in memory.regions.indices {
      let region = memory.regions[index]
      // Safe: only the address is used; who gave the memory keeps it mapped.
      let host = unsafe UInt64(UInt(bitPattern: region.host.baseAddress))
      table.append(
        clinux_vhost_region(
          guest: region.guestAddress, host: host, length: UInt64(region.byteCount)))
    }
    let count = UInt32(table.count)
    // Safe: the table is lent for the call, which only reads it.
    _ = try call(.vhostSetMemory, on: fd) { unsafe clinux_vhost_set_memory(fd, table, count) }
  }

  static func vhostSetSize(_ fd: CInt, ring: Int, _ size: UInt16) throws(SystemError) {
    _ = try call(.vhostSetRingSize, on: fd) {
      clinux_vhost_set_size(fd, UInt32(ring), UInt32(size))
    }
  }

  static func vhostSetBase(_ fd: CInt, ring: Int, _ base: UInt16) throws(SystemError) {
    _ = try call(.vhostSetRingBase, on: fd) {
      clinux_vhost_set_base(fd, UInt32(ring), UInt32(base))
    }
  }

  static func vhostBase(_ fd: CInt, ring: Int) throws(SystemError) -> UInt16 {
    let base = try call(.vhostRingBase, on: fd) { clinux_vhost_base(fd, UInt32(ring)) }
    return UInt16(truncatingIfNeeded: base)
  }

  static func vhostSetPlace(
    _ fd: CInt, ring: Int, descriptors: UInt, _ available: UInt, _ used: UInt
  ) throws(SystemError) {
    _ = try call(.vhostSetRingPlace, on: fd) {
      clinux_vhost_set_place(
        fd, UInt32(ring), UInt64(descriptors), UInt64(available), UInt64(used))
    }
  }

  static func vhostSetKick(_ fd: CInt, ring: Int, _ counter: CInt) throws(SystemError) {
    _ = try call(.vhostSetKick, on: fd, and: counter) {
      clinux_vhost_set_kick(fd, UInt32(ring), counter)
    }
  }

  static func vhostSetCall(_ fd: CInt, ring: Int, _ counter: CInt) throws(SystemError) {
    _ = try call(.vhostSetCall, on: fd, and: counter) {
      clinux_vhost_set_call(fd, UInt32(ring), counter)
    }
  }

  static func vhostSetError(_ fd: CInt, ring: Int, _ counter: CInt) throws(SystemError) {
    _ = try call(.vhostSetError, on: fd, and: counter) {
      clinux_vhost_set_error(fd, UInt32(ring), counter)
    }
  }

  static func vhostSetBusyLoop(_ fd: CInt, ring: Int, micros: UInt32) throws(SystemError) {
    _ = try call(.vhostSetBusyLoop, on: fd) {
      clinux_vhost_set_busy_loop(fd, UInt32(ring), micros)
    }
  }

  static func vhostSetBackend(_ fd: CInt, ring: Int, _ tap: CInt) throws(SystemError) {
    _ = try call(.vhostSetBackend, on: fd, and: tap < 0 ? nil : tap) {
      clinux_vhost_set_backend(fd, UInt32(ring), tap)
    }
  }
}
