// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
import BatonMig
package import CBaton

extension MigrationHandle {
  /// The most devices that one guest may have.
  private static var devicesMax: Int { 4096 }

  /// The parts of a migration as the host gives them.
  static func parts(
    _ home: Home, _ guest: OpaquePointer?, _ devices: UnsafePointer<OpaquePointer?>?, _ count: Int,
    _ notifiers: OpaquePointer?, _ trace: OpaquePointer?
  ) throws(Hindrance) -> Parts {
    // Safe: the handles are checked, and the caller lends so many devices.
    guard 0...devicesMax ~= count, unsafe count == 0 || devices != nil else {
      throw .rule("the devices are NULL, or more than 4096")
    }
    var moved: [DeviceHandle] = []
    for place in 0..<count {
      // Safe: as above.
      let device = unsafe try Handle.find(devices?[place], as: DeviceHandle.self)
      guard device.home === home, !moved.contains(where: { $0 === device }) else {
        throw .rule("a device is of another loop, or is there twice")
      }
      moved.append(device)
    }
    // Safe: as above.
    let guest = unsafe guest == nil ? nil : try Handle.find(guest, as: GuestHandle.self)
    guard guest == nil || guest?.home === home else { throw .rule("a guest is of another loop") }
    guard guest != nil || !moved.contains(where: { $0 is NetHandle }) else {
      throw .rule("a device has its guest in this process, and the guest is NULL")
    }
    // Safe: as above.
    let told = unsafe try NotifiersHandle.optional(notifiers, on: home)
    guard moved.allSatisfy({ $0.hears(told) }) else {
      throw .rule("a device has another list of notifiers than the migration")
    }
    return Parts(
      // Safe: as above.
      guest: guest, movable: guest ?? ForeignGuest(), devices: moved, notifiers: told,
      trace: unsafe try .optional(trace, on: home))
  }

  /// What the host wants of an attempt, if its devices can be moved so.
  final func parameters(
    _ given: UnsafePointer<baton_parameters>?
  ) throws(Hindrance) -> MigrationParameters {
    // Safe: the caller's struct, or NULL.
    let wish = unsafe try Self.parameters(given)
    if !wish.local, let device = parts.devices.first(where: { $0.needsTransfer }) {
      throw .refusal(
        Refusal(
          .invalid, field: .backendTransfer, subject: device.subject,
          here: .flag(true), there: .flag(false)), text: nil)
    }
    return wish
  }

  private static func parameters(
    _ given: UnsafePointer<baton_parameters>?
  ) throws(Hindrance) -> MigrationParameters {
    var parameters = MigrationParameters()
    // Safe: only compared.
    guard unsafe given != nil else { return parameters }
    // Safe: the caller's struct.
    guard let wish = unsafe Struct.read(given, zero: baton_parameters()) else {
      throw .rule("the size of the parameters is not set")
    }
    parameters.local = wish.transfers != 0
    parameters.pausesBeforeSwitchover = wish.pauses != 0
    parameters.startsGuest = wish.leaves_paused == 0
    if wish.patience_ms > 0 { parameters.patienceMillis = wish.patience_ms }
    if wish.switch_ms > 0 { parameters.switchMillis = wish.switch_ms }
    if wish.has_peer_user != 0 { parameters.peerUserID = wish.peer_user }
    return parameters
  }

  /// An address as the host gives it.
  static func address(_ text: UnsafePointer<CChar>?) throws(Hindrance) -> MigrationAddress {
    // Safe: what is not NULL ends with NUL; a longer one is refused as none that does.
    guard unsafe text != nil else { throw .rule("the address is NULL") }
    // Safe: as above.
    return MigrationAddress(bytes: unsafe Text.bytes(text, limit: 4096) ?? [])
  }
}

/// Makes a side of what the host gives.
private func create(
  _ loop: OpaquePointer?, _ guest: OpaquePointer?, _ devices: UnsafePointer<OpaquePointer?>?,
  _ count: Int, _ notifiers: OpaquePointer?, _ trace: OpaquePointer?,
  _ calls: UnsafePointer<baton_migration_calls>?, _ place: UnsafeMutablePointer<OpaquePointer?>?,
  _ make: (Home, MigrationHandle.Parts, baton_migration_calls) -> MigrationHandle
) -> CInt {
  // Safe: the handles are checked, and the rest is the host's.
  unsafe enter(loop, LoopHandle.self) { handle throws(Hindrance) in
    guard let given = unsafe Struct.read(calls, zero: baton_migration_calls()),
      unsafe given.status != nil
    else { throw .rule("a migration lacks `status`, or the size of its calls is not set") }
    // Safe: as above.
    let parts = unsafe try MigrationHandle.parts(
      handle.home, guest, devices, count, notifiers, trace)
    try unsafe make(handle.home, parts, given).issue(place)
    return 0
  }
}

/// Destroys a side, unless it is calling the host.
private func destroy<H: MigrationHandle>(_ pointer: OpaquePointer?, _ kind: H.Type) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(pointer, kind) { handle throws(Hindrance) in
    try handle.home.forbidInMigration()
    try handle.destroy()
    return 0
  }
}

/// The status that was told last.
private func status<H: MigrationHandle>(_ pointer: OpaquePointer?, _ kind: H.Type) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(pointer, kind) { CInt(($0.side?.status ?? .none).rawValue) }
}

/// Tells why the last attempt did not end well.
private func tell<H: MigrationHandle>(
  _ pointer: OpaquePointer?, _ kind: H.Type, _ why: Why
) -> CInt {
  // Safe: the handle is checked, and the place is the host's.
  unsafe enter(pointer, kind) { handle throws(Hindrance) in
    guard let refusal = handle.side?.refusal else { return 0 }
    guard unsafe Struct.write(baton_refusal(refusal, text: handle.side?.refusalText), to: why)
    else {
      throw .rule("`why` is NULL, or its size is not set")
    }
    return 1
  }
}

/// Tells when the steps were done.
private func tell<H: MigrationHandle>(
  _ pointer: OpaquePointer?, _ kind: H.Type, _ stamps: UnsafeMutablePointer<baton_stamps>?
) -> CInt {
  // Safe: the handle is checked, and the place is the host's.
  unsafe enter(pointer, kind) { handle throws(Hindrance) in
    var told = baton_stamps()
    if let known = handle.side?.stamps {
      (told.begun, told.stopped, told.quiesced) = (known.begun, known.stopped, known.quiesced)
      (told.saved, told.received, told.loaded) = (known.saved, known.received, known.loaded)
      (told.taken, told.applied, told.started) = (known.taken, known.applied, known.started)
    }
    // Safe: as above.
    guard unsafe Struct.write(told, to: stamps) else {
      throw .rule("the stamps are NULL, or their size is not set")
    }
    return 0
  }
}

/// Tells the number of calls that should not have been.
private func count<H: MigrationHandle>(
  _ pointer: OpaquePointer?, _ kind: H.Type, _ number: UnsafeMutablePointer<UInt64>?
) -> CInt {
  // Safe: the handle is checked, and the place is the host's.
  unsafe enter(pointer, kind) { handle throws(Hindrance) in
    guard let calls = handle.side?.earlyCalls else { return 0 }
    unsafe Struct.put(calls, to: number)
    return 1
  }
}

// MARK: Of the source

@c @implementation
package func baton_outgoing_create(
  _ loop: OpaquePointer?, _ guest: OpaquePointer?, _ devices: UnsafePointer<OpaquePointer?>?,
  _ count: Int, _ notifiers: OpaquePointer?, _ trace: OpaquePointer?,
  _ calls: UnsafePointer<baton_migration_calls>?, _ context: UnsafeMutableRawPointer?,
  _ outgoing: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  // Safe: the handles are checked, and the rest is the host's.
  unsafe create(loop, guest, devices, count, notifiers, trace, calls, outgoing) {
    unsafe OutgoingHandle($0, $1, $2, context)
  }
}

@c @implementation
package func baton_outgoing_destroy(_ outgoing: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe destroy(outgoing, OutgoingHandle.self)
}

@c @implementation
package func baton_outgoing_migrate(
  _ outgoing: OpaquePointer?, _ address: UnsafePointer<CChar>?,
  _ parameters: UnsafePointer<baton_parameters>?, _ why: Why
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's.
  unsafe enter(outgoing, OutgoingHandle.self, why) { handle throws(Hindrance) in
    try handle.home.forbidInMove()
    let wish = unsafe try handle.parameters(parameters)
    let address = unsafe try MigrationHandle.address(address)
    try handle.claim()
    try handle.command { () throws(Refusal) in
      try handle.migration?.migrate(to: address, wish)
    }
    return 0
  }
}

@c @implementation
package func baton_outgoing_cancel(_ outgoing: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(outgoing, OutgoingHandle.self) { handle throws(Hindrance) in
    handle.migration?.cancel()
    return 0
  }
}

@c @implementation
package func baton_outgoing_proceed(_ outgoing: OpaquePointer?, _ why: Why) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(outgoing, OutgoingHandle.self, why) { handle throws(Hindrance) in
    try handle.command { () throws(Refusal) in try handle.migration?.proceed() }
    return 0
  }
}

@c @implementation
package func baton_outgoing_guest_shall(_ outgoing: OpaquePointer?, _ run: CInt, _ why: Why) -> CInt
{
  // Safe: the handle is checked.
  unsafe enter(outgoing, OutgoingHandle.self, why) { handle throws(Hindrance) in
    try handle.command { () throws(Refusal) in
      try handle.migration?.guestShall(run: run != 0)
    }
    return 0
  }
}

@c @implementation
package func baton_outgoing_status(_ outgoing: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe status(outgoing, OutgoingHandle.self)
}

@c @implementation
package func baton_outgoing_refusal(_ outgoing: OpaquePointer?, _ why: Why) -> CInt {
  // Safe: the handle is checked, and the place is the host's.
  unsafe tell(outgoing, OutgoingHandle.self, why)
}

@c @implementation
package func baton_outgoing_stamps(
  _ outgoing: OpaquePointer?, _ stamps: UnsafeMutablePointer<baton_stamps>?
) -> CInt {
  // Safe: the handle is checked, and the place is the host's.
  unsafe tell(outgoing, OutgoingHandle.self, stamps)
}

@c @implementation
package func baton_outgoing_calls_before_take(
  _ outgoing: OpaquePointer?, _ number: UnsafeMutablePointer<UInt64>?
) -> CInt {
  // Safe: the handle is checked, and the place is the host's.
  unsafe count(outgoing, OutgoingHandle.self, number)
}

// MARK: Of the target

@c @implementation
package func baton_incoming_create(
  _ loop: OpaquePointer?, _ guest: OpaquePointer?, _ devices: UnsafePointer<OpaquePointer?>?,
  _ count: Int, _ notifiers: OpaquePointer?, _ trace: OpaquePointer?,
  _ calls: UnsafePointer<baton_migration_calls>?, _ context: UnsafeMutableRawPointer?,
  _ incoming: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  // Safe: the handles are checked, and the rest is the host's.
  unsafe create(loop, guest, devices, count, notifiers, trace, calls, incoming) {
    unsafe IncomingHandle($0, $1, $2, context)
  }
}

@c @implementation
package func baton_incoming_destroy(_ incoming: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe destroy(incoming, IncomingHandle.self)
}

@c @implementation
package func baton_incoming_listen(
  _ incoming: OpaquePointer?, _ address: UnsafePointer<CChar>?,
  _ parameters: UnsafePointer<baton_parameters>?, _ why: Why
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's.
  unsafe enter(incoming, IncomingHandle.self, why) { handle throws(Hindrance) in
    try handle.home.forbidInMove()
    let wish = unsafe try handle.parameters(parameters)
    let address = unsafe try MigrationHandle.address(address)
    try handle.command { () throws(Refusal) in
      try handle.migration?.listen(at: address, wish)
    }
    return 0
  }
}

@c @implementation
package func baton_incoming_cancel(_ incoming: OpaquePointer?, _ why: Why) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(incoming, IncomingHandle.self, why) { handle throws(Hindrance) in
    try handle.command { () throws(Refusal) in try handle.migration?.cancel() }
    return 0
  }
}

@c @implementation
package func baton_incoming_guest_shall(_ incoming: OpaquePointer?, _ run: CInt) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(incoming, IncomingHandle.self) { handle throws(Hindrance) in
    handle.migration?.guestShall(run: run != 0)
    return 0
  }
}

@c @implementation
package func baton_incoming_status(_ incoming: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe status(incoming, IncomingHandle.self)
}

@c @implementation
package func baton_incoming_refusal(_ incoming: OpaquePointer?, _ why: Why) -> CInt {
  // Safe: the handle is checked, and the place is the host's.
  unsafe tell(incoming, IncomingHandle.self, why)
}

@c @implementation
package func baton_incoming_stamps(
  _ incoming: OpaquePointer?, _ stamps: UnsafeMutablePointer<baton_stamps>?
) -> CInt {
  // Safe: the handle is checked, and the place is the host's.
  unsafe tell(incoming, IncomingHandle.self, stamps)
}

@c @implementation
package func baton_incoming_calls_before_take(
  _ incoming: OpaquePointer?, _ number: UnsafeMutablePointer<UInt64>?
) -> CInt {
  // Safe: the handle is checked, and the place is the host's.
  unsafe count(incoming, IncomingHandle.self, number)
}

@c @implementation
package func baton_status_name(_ status: CInt) -> UnsafePointer<CChar>? {
  guard let status = UInt8(exactly: status).flatMap(MigrationStatus.init(rawValue:)) else {
    return nil
  }
  // Safe: a StaticString lives for ever and ends with NUL.
  return unsafe UnsafeRawPointer(status.qapiName.utf8Start).assumingMemoryBound(to: CChar.self)
}
