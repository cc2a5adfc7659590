import BatonCLinux

extension Linux {
  static func createMemory(name: StaticString, byteCount: Int) throws(SystemError) -> CInt {
    // Safe: a literal ends with NUL and lives for ever.
    let fd = try call(.createMemory) {
      unsafe name.utf8Start.withMemoryRebound(to: CChar.self, capacity: name.utf8CodeUnitCount) {
        unsafe clinux_create_memory($0)
      }
    }
    do throws(SystemError) {
      _ = try call(.truncate, on: fd) { clinux_truncate(fd, Int64(byteCount)) }
      _ = try call(.addSeals, on: fd) { clinux_seal(fd) }
    } catch {
      close(fd)
      throw error
    }
    return fd
  }

  static func isSealed(_ fd: CInt) throws(SystemError) -> Bool {
    try call(.getSeals, on: fd) { clinux_seals(fd) } == 3
  }

  static func cannotShrink(_ fd: CInt) throws(SystemError) -> Bool {
    try call(.getSeals, on: fd) { clinux_seals(fd) } & 1 == 1
  }

  static func fileSystem(of fd: CInt) throws(SystemError) -> FileSystem {
    var type: UInt32 = 0
    // Safe: the call fills in the number and keeps no pointer to it.
    _ = try call(.fileSystem, on: fd) { unsafe clinux_file_system(fd, &type) }
    return FileSystem(magic: type)
  }

  static func allocate(_ fd: CInt, byteCount: Int) throws(SystemError) {
    _ = try call(.allocate, on: fd) { clinux_allocate(fd, Int64(byteCount)) }
  }

  static func map(_ fd: CInt, byteCount: Int) throws(SystemError) -> UnsafeMutableRawPointer {
    var address: UnsafeMutableRawPointer?
    // Safe: a fresh mapping of the length that is asked for; the caller owns it.
    _ = try call(.map, on: fd) {
      unsafe address = clinux_map(fd, byteCount)
      return unsafe address == nil ? CInt(-1) : 0
    }
    return unsafe address!
  }

  /// A mapping that the kernel does not take back (ENOMEM, when it would have to divide one) stays:
  /// that costs address space, and nobody uses it any more.
  static func unmap(_ address: UnsafeMutableRawPointer, byteCount: Int) {
    // Safe: the caller gives back a mapping that `map` made, and nothing uses it any more.
    _ = unsafe clinux_unmap(address, byteCount)
  }

  static func createCounter() throws(SystemError) -> CInt {
    try call(.createCounter) { clinux_create_counter() }
  }
}
