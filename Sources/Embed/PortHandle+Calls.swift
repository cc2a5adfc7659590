// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
import BatonNet
import BatonVhostUser
package import CBaton

extension PortHandle {
  /// Options as the host gives them, or why they cannot be.
  static func options(
    _ given: baton_port_options, _ name: Name
  ) throws(Hindrance) -> VhostUserPort.Options {
    // Safe: plain numbers.
    let (size, offloads) = unsafe (given.ring_size_max, given.offloads)
    let ring = size == 0 ? 1024 : size
    guard ring & (ring - 1) == 0, 2...1024 ~= ring else {
      throw .invalid(
        .ringSize, name, there: .number(UInt64(ring)), expected: "a power of two, 2 to 1024")
    }
    // Safe: the caller's strings, or NULL.
    let meeting = unsafe try meeting(given, name)
    let tap = unsafe try tap(given, name)
    guard 1...VhostUserPort.pairsMax ~= tap.queues else {
      throw .invalid(.queueCount, name, there: .number(UInt64(tap.queues)), expected: "1 to 128")
    }
    return VhostUserPort.Options(
      meeting, tap: tap,
      offloads: offloads == 0
        ? VhostUserPort.Options.offloads : VirtioFeatures(rawValue: offloads),
      // Safe: plain numbers.
      ringSizeMax: ring, peerUserID: unsafe given.has_peer_user == 0 ? nil : given.peer_user)
  }

  /// Where the port and its VMMs meet, which is said once.
  private static func meeting(
    _ given: baton_port_options, _ name: Name
  ) throws(Hindrance) -> VhostUserPort.Meeting {
    // Safe: only compared, here and below.
    let ways = unsafe [given.path != nil, given.calls.0 != nil, given.listener != 0]
    guard ways.count(where: { $0 }) == 1, unsafe given.calls.0 != nil || given.calls.1 == nil else {
      throw .rule("a port is said to meet its VMMs in no way, or in several")
    }
    // Safe: what is not NULL ends with NUL.
    if unsafe given.path != nil { return .listen(try unsafe path(given.path, name)) }
    if unsafe given.calls.0 != nil {
      var paths = [try unsafe path(given.calls.0, name)]
      // Safe: as above.
      if unsafe given.calls.1 != nil { paths.append(try unsafe path(given.calls.1, name)) }
      return .connect(paths)
    }
    // Safe: a plain number.
    let listener = unsafe given.listener
    return .activated(listener < 0 ? nil : listener)
  }

  /// What the port closes is its own, whatever becomes of it: the host keeps what it gave.
  func duplicateListener(
    of options: inout VhostUserPort.Options, _ name: Name, isIncoming: Bool
  ) throws(Hindrance) {
    guard case .activated(let given) = options.meeting else { return }
    if isIncoming {
      options.meeting = .activated(nil)
      return
    }
    let number = given ?? -1
    try home.expectOpen(number)
    guard Kernel.isListening(number) else {
      throw .invalid(
        .descriptorKind, name, there: .number(UInt64(number)),
        expected: "a UNIX socket that listens")
    }
    let own = try asking(name) { () throws(SystemError) in try home.kernel.duplicate(number) }
    options.meeting = .activated(own)
  }

  private static func path(
    _ text: UnsafePointer<CChar>?, _ name: Name
  ) throws(Hindrance) -> SocketPath {
    // Safe: what is not NULL ends with NUL.
    guard let bytes = unsafe Text.bytes(text, limit: SocketPath.countMax),
      let path = SocketPath(bytes: bytes)
    else {
      throw unsafe .invalid(
        .none, name, there: Text.shown(text), expected: "a path of 1 to 107 bytes")
    }
    return path
  }

  /// The TAP that the options say, by members or in QEMU's words.
  private static func tap(
    _ given: baton_port_options, _ name: Name
  ) throws(Hindrance) -> TapOptions {
    // Safe: plain numbers.
    let (pairs, mtu) = unsafe (given.queues, given.interface_mtu)
    // Safe: the caller's strings, or NULL.
    if unsafe given.netdev != nil {
      guard unsafe given.interface_name == nil, pairs == 0, mtu == 0 else {
        throw .rule("netdev says all of the TAP, and another member of the options does, too")
      }
      // Safe: as above.
      return try unsafe TapWish.netdev(given.netdev, name)
    }
    return TapOptions(
      // Safe: as above.
      name: unsafe try TapWish.interface(given.interface_name, name),
      queues: pairs == 0 ? 1 : Int(pairs), mtu: try TapWish.mtu(mtu, name))
  }
}

@c @implementation
package func baton_port_create(
  _ loop: OpaquePointer?, _ name: UnsafePointer<CChar>?,
  _ options: UnsafePointer<baton_port_options>?, _ incoming: CInt, _ notifiers: OpaquePointer?,
  _ trace: OpaquePointer?, _ calls: UnsafePointer<baton_port_calls>?,
  _ context: UnsafeMutableRawPointer?, _ port: UnsafeMutablePointer<OpaquePointer?>?, _ why: Why
) -> CInt {
  // Safe: the handles are checked, and the rest is the host's.
  unsafe enter(loop, LoopHandle.self, why) { handle throws(Hindrance) in
    guard let given = unsafe Struct.read(options, zero: baton_port_options()) else {
      throw .rule("the options of a port are NULL, or their size is not set")
    }
    // Safe: only compared.
    guard unsafe port != nil else { throw .rule("there is no place for the handle") }
    let name = unsafe try Text.name(name)
    var options = unsafe try PortHandle.options(given, name)
    try handle.home.expectFree(options.tap, name)
    // Safe: as above.
    let told = unsafe try NotifiersHandle.optional(notifiers, on: handle.home)
    let observer = unsafe try TraceHandle.optional(trace, on: handle.home)
    let performed = unsafe Struct.read(calls, zero: baton_port_calls()) ?? baton_port_calls()
    // Safe: as above.
    let made = unsafe PortHandle(handle.home, told, observer, performed, context)
    try made.duplicateListener(of: &options, name, isIncoming: incoming != 0)
    try refusing { () throws(Refusal) in
      try made.begin(name, options, isIncoming: incoming != 0)
    }
    // Safe: as above.
    try unsafe made.issue(port)
    return 0
  }
}

@c @implementation
package func baton_port_destroy(_ port: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(port, PortHandle.self) { handle throws(Hindrance) in
    try handle.mayBeDestroyed()
    try handle.destroy()
    return 0
  }
}

@c @implementation
package func baton_port_device(_ port: OpaquePointer?) -> OpaquePointer? {
  // Safe: the handle is checked.
  unsafe ask(port, PortHandle.self, or: nil) { unsafe $0.pointer }
}

@c @implementation
package func baton_port_close(_ port: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(port, PortHandle.self) { handle throws(Hindrance) in
    try handle.mayBeClosed()
    guard handle.userCount == 0 else { throw .rule("a migration uses the port") }
    handle.port?.close()
    return 0
  }
}

@c @implementation
package func baton_port_reopen(_ port: OpaquePointer?, _ why: Why) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(port, PortHandle.self, why) { handle throws(Hindrance) in
    try refusing { () throws(Refusal) in try handle.port?.reopen() }
    return 0
  }
}

@c @implementation
package func baton_port_is_closed(_ port: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(port, PortHandle.self) { $0.port?.isClosed == true ? 1 : 0 }
}

@c @implementation
package func baton_port_interface(
  _ port: OpaquePointer?, _ name: UnsafeMutablePointer<CChar>?
) -> CInt {
  // Safe: the handle is checked, and the name has room for 16 bytes.
  unsafe enter(port, PortHandle.self) { handle throws(Hindrance) in
    guard let place = unsafe name else { throw .rule("there is no place for the name") }
    guard let own = handle.port, own.hasInterface else {
      throw .refusal(
        Refusal(.wrongState, field: .state, here: .name(Name("no TAP"))), text: nil)
    }
    // Safe: the caller's place.
    unsafe try own.tap.writeName(to: place)
    return 0
  }
}

@c @implementation
package func baton_port_front_ends(_ port: OpaquePointer?) -> CUnsignedInt {
  // Safe: the handle is checked.
  unsafe ask(port, PortHandle.self, or: 0) { CUnsignedInt(clamping: $0.port?.frontEndCount ?? 0) }
}

@c @implementation
package func baton_port_blackout(_ port: OpaquePointer?) -> UInt64 {
  // Safe: the handle is checked.
  unsafe ask(port, PortHandle.self, or: 0) { $0.port?.blackoutNanos ?? 0 }
}

@c @implementation
package func baton_survive_shrinking() -> CInt {
  Kernel().surviveShrinking() ? 0 : -1
}
