// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
import BatonNet
package import CBaton

extension NetHandle {
  /// Why there are no registers.
  var lack: Hindrance {
    .refusal(
      Refusal(.wrongState, field: .state, subject: name, here: .name(Name("no registers"))),
      text: nil)
  }
}

/// Writes to the registers of a device that has some.
private func write(
  _ net: OpaquePointer?, _ body: (NetDevice, VirtioNet) -> Bool
) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(net, NetHandle.self) { handle throws(Hindrance) in
    guard let device = handle.net, let virtio = device.virtio else { throw handle.lack }
    return body(device, virtio) ? 0 : -1
  }
}

/// Reads a register; 0 where there is none.
private func read<Number: FixedWidthInteger>(
  _ net: OpaquePointer?, _ body: (VirtioNet) -> Number
) -> Number {
  // Safe: the handle is checked.
  unsafe ask(net, NetHandle.self, or: 0) { $0.net?.virtio.map(body) ?? 0 }
}

@c @implementation
package func baton_net_interface(_ net: OpaquePointer?, _ name: UnsafeMutablePointer<CChar>?)
  -> CInt
{
  // Safe: the handle is checked, and the name has room for 16 bytes.
  unsafe enter(net, NetHandle.self) { handle throws(Hindrance) in
    guard let place = unsafe name else { throw .rule("there is no place for the name") }
    // Before there is a TAP, and behind it, the name is a wish, or another's.
    guard let device = handle.net, device.tap.hasBackend else { throw handle.lack }
    // Safe: the caller's place.
    unsafe try device.tap.writeName(to: place)
    return 0
  }
}

@c @implementation
package func baton_net_set_status(_ net: OpaquePointer?, _ status: UInt8) -> CInt {
  // Safe: the handle is checked.
  unsafe write(net) { device, _ in
    device.setStatus(VirtioStatus(rawValue: status))
    return true
  }
}

@c @implementation
package func baton_net_status(_ net: OpaquePointer?) -> UInt8 {
  // Safe: the handle is checked.
  unsafe read(net) { $0.status.rawValue }
}

@c @implementation
package func baton_net_offered_features(_ net: OpaquePointer?) -> UInt64 {
  // Safe: the handle is checked.
  unsafe read(net) { $0.offeredFeatures.rawValue }
}

@c @implementation
package func baton_net_accepted_features(_ net: OpaquePointer?) -> UInt64 {
  // Safe: the handle is checked.
  unsafe read(net) { $0.acceptedFeatures.rawValue }
}

@c @implementation
package func baton_net_set_features(_ net: OpaquePointer?, _ features: UInt64) -> CInt {
  // Safe: the handle is checked.
  unsafe write(net) { _, virtio in
    virtio.setDriverFeatures(VirtioFeatures(rawValue: features))
    return true
  }
}

@c @implementation
package func baton_net_queue_count(_ net: OpaquePointer?) -> CUnsignedInt {
  // Safe: the handle is checked.
  unsafe read(net) { CUnsignedInt($0.queueCount) }
}

@c @implementation
package func baton_net_set_queue(
  _ net: OpaquePointer?, _ queue: CUnsignedInt, _ entries: UInt16, _ descriptors: UInt64,
  _ available: UInt64, _ used: UInt64
) -> CInt {
  // Safe: the handle is checked.
  unsafe write(net) { _, virtio in
    virtio.setQueue(
      Int(queue), size: entries, descriptors: descriptors, available: available, used: used)
  }
}

@c @implementation
package func baton_net_set_queue_ready(_ net: OpaquePointer?, _ queue: CUnsignedInt) -> CInt {
  // Safe: the handle is checked.
  unsafe write(net) { _, virtio in virtio.setQueueReady(Int(queue)) }
}

@c @implementation
package func baton_net_is_queue_ready(_ net: OpaquePointer?, _ queue: CUnsignedInt) -> CInt {
  // Safe: the handle is checked.
  unsafe read(net) { $0.isQueueReady(Int(queue)) ? 1 : 0 }
}

@c @implementation
package func baton_net_read_configuration(
  _ net: OpaquePointer?, _ offset: Int, _ bytes: UnsafeMutableRawPointer?, _ count: Int
) -> CInt {
  // Safe: the handle is checked, and there is room for `count` bytes.
  unsafe enter(net, NetHandle.self) { handle throws(Hindrance) in
    guard let place = unsafe bytes, offset >= 0, count >= 0 else {
      throw .rule("there is no place for the configuration")
    }
    guard let virtio = handle.net?.virtio else { throw handle.lack }
    for index in 0..<count {
      let (at, isBeyond) = offset.addingReportingOverflow(index)
      let byte = isBeyond ? 0 : virtio.configurationByte(at: at)
      // Safe: as above.
      unsafe place.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
    }
    return 0
  }
}

@c @implementation
package func baton_net_generation(_ net: OpaquePointer?) -> UInt32 {
  // Safe: the handle is checked.
  unsafe read(net) { $0.configurationGeneration }
}

@c @implementation
package func baton_net_set_link(_ net: OpaquePointer?, _ is_up: CInt) -> CInt {
  // Safe: the handle is checked.
  unsafe write(net) { device, _ in
    device.setLink(isUp: is_up != 0)
    return true
  }
}

@c @implementation
package func baton_net_count(
  _ net: OpaquePointer?, _ counters: UnsafeMutablePointer<baton_net_counters>?
) -> CInt {
  // Safe: the handle is checked, and the place is the host's.
  unsafe enter(net, NetHandle.self) { handle throws(Hindrance) in
    guard let device = handle.net else { throw handle.lack }
    let tap = device.tap.counters
    var told = baton_net_counters()
    told.frames_to_guest = tap.framesRead
    told.frames_from_guest = tap.framesWritten
    told.frames_dropped = tap.droppedDown + tap.droppedInvalid + tap.droppedOther + tap.droppedGone
    told.interrupts = device.virtio?.counters.interrupts ?? 0
    told.bad_chains = device.virtio?.counters.badChains ?? 0
    told.mutating_calls = device.mutatingCalls
    // Safe: as above.
    guard unsafe Struct.write(told, to: counters) else { throw .rule("the counters have no size") }
    return 0
  }
}
