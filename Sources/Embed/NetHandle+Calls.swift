// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
import BatonNet
package import CBaton

extension NetHandle {
  /// Options as the host gives them, or why they cannot be.
  static func options(
    _ given: baton_net_options, _ name: Name
  ) throws(Hindrance) -> NetDevice.Options {
    // Safe: plain numbers.
    let (ring, upper, bytes) = unsafe (given.queue_size_max, given.mtu, given.mac)
    let (offloads, wantsIndex) = unsafe (given.offloads, given.event_index != 0)
    let size = ring == 0 ? 256 : ring
    guard size & (size - 1) == 0, 2...1024 ~= size else {
      throw .invalid(
        .ringSize, name, there: .number(UInt64(size)), expected: "a power of two, 2 to 1024")
    }
    let mac = MACAddress(bytes.0, bytes.1, bytes.2, bytes.3, bytes.4, bytes.5)
    guard mac.isStation else {
      throw .invalid(.macAddress, name, there: .bits(mac.bits), expected: "a station's address")
    }
    // Safe: the caller's strings, or NULL.
    return NetDevice.Options(
      tap: try unsafe tap(given, name), mac: mac, mtu: upper == 0 ? nil : upper,
      offloads: VirtioFeatures(rawValue: offloads), queueSizeMax: size,
      offersEventIndex: wantsIndex)
  }

  /// The TAP that the options say, by members or in QEMU's words.
  private static func tap(
    _ given: baton_net_options, _ name: Name
  ) throws(Hindrance) -> TapOptions {
    // Safe: plain numbers.
    let (pairs, wish) = unsafe (given.queues, given.header)
    let (limit, mtu) = unsafe (given.send_buffer, given.interface_mtu)
    // Safe: the caller's strings, or NULL.
    if unsafe given.netdev != nil {
      guard unsafe given.interface_name == nil, pairs == 0, wish == 0, limit == 0, mtu == 0 else {
        throw .rule("netdev says all of the TAP, and another member of the options does, too")
      }
      // Safe: as above.
      return try unsafe TapWish.netdev(given.netdev, name)
    }
    let queues = pairs == 0 ? 1 : Int(pairs)
    guard queues <= TapOptions.queuesMax else {
      throw .invalid(.queueCount, name, there: .number(UInt64(queues)), expected: "1 to 256")
    }
    guard let header = TapOptions.HeaderWish(rawValue: UInt8(clamping: wish)) else {
      throw .invalid(.headerSize, name, there: .number(UInt64(wish)), expected: "0 to 2")
    }
    // Safe: as above.
    return TapOptions(
      name: unsafe try TapWish.interface(given.interface_name, name), queues: queues,
      vnetHeader: header, sendBuffer: limit == 0 ? nil : limit, mtu: try TapWish.mtu(mtu, name))
  }
}

@c @implementation
package func baton_net_create(
  _ loop: OpaquePointer?, _ name: UnsafePointer<CChar>?,
  _ options: UnsafePointer<baton_net_options>?, _ transfers: CInt, _ notifiers: OpaquePointer?,
  _ trace: OpaquePointer?, _ calls: UnsafePointer<baton_net_calls>?,
  _ context: UnsafeMutableRawPointer?, _ net: UnsafeMutablePointer<OpaquePointer?>?, _ why: Why
) -> CInt {
  // Safe: the handles are checked, and the rest is the host's.
  unsafe enter(loop, LoopHandle.self, why) { handle throws(Hindrance) in
    guard let given = unsafe Struct.read(options, zero: baton_net_options()) else {
      throw .rule("the options of a device are NULL, or their size is not set")
    }
    // Safe: only compared. What the options name is the device's once there is one.
    guard unsafe net != nil else { throw .rule("there is no place for the handle") }
    let name = unsafe try Text.name(name)
    let options = unsafe try NetHandle.options(given, name)
    try handle.home.expectFree(options.tap, name)
    // Safe: as above.
    let told = unsafe try NotifiersHandle.optional(notifiers, on: handle.home)
    let observer = unsafe try TraceHandle.optional(trace, on: handle.home)
    let performed = unsafe Struct.read(calls, zero: baton_net_calls()) ?? baton_net_calls()
    // Safe: as above.
    let made = unsafe NetHandle(
      handle.home, name, options, transfers: transfers != 0, told, observer, performed, context)
    try unsafe made.issue(net)
    return 0
  }
}

@c @implementation
package func baton_net_destroy(_ net: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(net, NetHandle.self) { handle throws(Hindrance) in
    try handle.mayBeDestroyed()
    try handle.destroy()
    return 0
  }
}

@c @implementation
package func baton_net_device(_ net: OpaquePointer?) -> OpaquePointer? {
  // Safe: the handle is checked.
  unsafe ask(net, NetHandle.self, or: nil) { unsafe $0.pointer }
}

/// Begins a device, whichever way.
private func begin(_ net: OpaquePointer?, _ arrival: TapChart.Arrival, _ why: Why) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(net, NetHandle.self, why) { handle throws(Hindrance) in
    try refusing { () throws(Refusal) in try handle.net?.begin(arrival) }
    return 0
  }
}

@c @implementation
package func baton_net_open(_ net: OpaquePointer?, _ why: Why) -> CInt {
  // Safe: the handle is checked.
  unsafe begin(net, .running, why)
}

@c @implementation
package func baton_net_await(_ net: OpaquePointer?, _ why: Why) -> CInt {
  // Safe: the handle is checked.
  unsafe begin(net, .incoming, why)
}

@c @implementation
package func baton_net_close(_ net: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(net, NetHandle.self) { handle throws(Hindrance) in
    try handle.mayBeClosed()
    guard handle.userCount == 0 else { throw .rule("a migration uses the device") }
    handle.close()
    return 0
  }
}

@c @implementation
package func baton_net_reopen(_ net: OpaquePointer?, _ why: Why) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(net, NetHandle.self, why) { handle throws(Hindrance) in
    try refusing { () throws(Refusal) in try handle.net?.reopen() }
    return 0
  }
}

@c @implementation
package func baton_net_attach(_ net: OpaquePointer?, _ guest: OpaquePointer?, _ why: Why) -> CInt {
  // Safe: the handles are checked.
  unsafe enter(net, NetHandle.self, why) { handle throws(Hindrance) in
    let guest = unsafe try Handle.find(guest, as: GuestHandle.self)
    guard guest.home === handle.home else { throw .rule("a guest is of another loop") }
    try handle.attach(guest)
    return 0
  }
}

@c @implementation
package func baton_net_notify(_ net: OpaquePointer?, _ queue: CUnsignedInt) -> CInt {
  // Safe: the handle is checked, and a device is not ended in what it calls.
  unsafe ask(net, NetHandle.self, or: Misuse.answer) { handle in
    handle.net?.notify(queue: Int(queue))
    return 0
  }
}

@c @implementation
package func baton_net_notify_by(
  _ net: OpaquePointer?, _ queue: CUnsignedInt, _ eventfd: CInt
) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(net, NetHandle.self) { handle throws(Hindrance) in
    if eventfd != -1 { try handle.home.expectCounter(eventfd) }
    handle.ring(Int(queue), by: eventfd)
    return 0
  }
}

@c @implementation
package func baton_net_interrupt_by(
  _ net: OpaquePointer?, _ queue: CUnsignedInt, _ eventfd: CInt
) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(net, NetHandle.self) { handle throws(Hindrance) in
    if eventfd != -1 { try handle.home.expectCounter(eventfd) }
    handle.raise(Int(queue), by: eventfd)
    return 0
  }
}
