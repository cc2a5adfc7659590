// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
package import CBaton

@c @implementation
package func baton_guest_create(
  _ loop: OpaquePointer?, _ layout: UnsafePointer<baton_region>?, _ count: Int,
  _ calls: UnsafePointer<baton_guest_calls>?, _ context: UnsafeMutableRawPointer?,
  _ guest: UnsafeMutablePointer<OpaquePointer?>?, _ why: Why
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's.
  unsafe enter(loop, LoopHandle.self, why) { handle throws(Hindrance) in
    guard let given = unsafe Struct.read(calls, zero: baton_guest_calls()) else {
      throw .rule("the calls of a guest are NULL, or their size is not set")
    }
    let regions = unsafe try MemoryRegion.layout(layout, count)
    // Safe: as above.
    guard let made = unsafe GuestHandle(handle.home, regions, given, context) else {
      throw .rule("a guest lacks is_running, stop, start or adopt")
    }
    // Safe: as above.
    try unsafe made.issue(guest)
    return 0
  }
}

@c @implementation
package func baton_guest_destroy(_ guest: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(guest, GuestHandle.self) { handle throws(Hindrance) in
    try handle.mayForget()
    try handle.destroy()
    return 0
  }
}

@c @implementation
package func baton_guest_allocate(_ guest: OpaquePointer?, _ why: Why) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(guest, GuestHandle.self, why) { handle throws(Hindrance) in
    try handle.give { layout throws(Hindrance) in
      try asking(GuestHandle.name) { () throws(SystemError) in
        try SealedMemory(layout, in: handle.home.kernel)
      }
    }
    return 0
  }
}

@c @implementation
package func baton_guest_map(
  _ guest: OpaquePointer?, _ descriptors: UnsafePointer<CInt>?, _ count: Int, _ why: Why
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's.
  unsafe enter(guest, GuestHandle.self, why) { handle throws(Hindrance) in
    guard count >= 0, count <= GuestMemory.regionCountMax, unsafe count == 0 || descriptors != nil
    else { throw .rule("the descriptors are NULL, or more than a guest may have regions") }
    try handle.give { layout throws(Hindrance) in
      let kernel = handle.home.kernel
      var own = Descriptors(in: kernel)
      for place in 0..<count {
        // Safe: the caller lends so many numbers.
        let number = unsafe descriptors?[place] ?? -1
        try handle.home.expectOpen(number)
        let copy = try asking(GuestHandle.name) { () throws(SystemError) in
          try kernel.duplicate(number)
        }
        own.append(Descriptor(owning: copy, in: kernel))
      }
      return try SealedMemory(mapping: own, layout)
    }
    return 0
  }
}

@c @implementation
package func baton_guest_forget(_ guest: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(guest, GuestHandle.self) { handle throws(Hindrance) in
    try handle.mayForget()
    guard handle.userCount == 0 || handle.ram == nil else {
      throw .rule("a migration uses the guest's memory")
    }
    handle.forget()
    return 0
  }
}

@c @implementation
package func baton_guest_memory(
  _ guest: OpaquePointer?, _ address: UInt64, _ count: Int
) -> UnsafeMutableRawPointer? {
  // Safe: the handle is checked; the place is lent as the header says.
  unsafe ask(guest, GuestHandle.self, or: nil) { handle in
    unsafe handle.ram?.memory.slice(at: address, count: count)?.baseAddress
  }
}

@c @implementation
package func baton_guest_descriptor(_ guest: OpaquePointer?, _ region: Int) -> CInt {
  // Safe: the handle is checked.
  unsafe ask(guest, GuestHandle.self, or: -1) { $0.descriptor(of: region) }
}

extension SealedMemory {
  /// Maps the host's own memory, which has to be as the layout says.
  fileprivate convenience init(
    mapping descriptors: consuming Descriptors, _ layout: [MemoryRegion]
  ) throws(Hindrance) {
    do throws(Refusal) {
      try self.init(adopting: layout, descriptors, expecting: layout)
    } catch {
      throw .refusal(error, text: nil)
    }
  }
}

extension GuestHandle {
  /// The memfd of a region; -1 when there is none.
  fileprivate func descriptor(of region: Int) -> CInt {
    let lent = lendMemory()
    return lent.indices ~= region ? lent[region] : -1
  }
}
