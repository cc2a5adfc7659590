// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
import BatonNet
package import CBaton

/// Something that moves with the guest, as the host knows it: a device of its own, or a subclass.
class DeviceHandle: Handle {
  override class var mark: UInt { 0x20 }

  /// What a migration moves.
  var movable: (any Movable)? { nil }

  /// Its TAP, where it has one of the library's.
  var tap: Tap? { nil }

  override final var subject: Name { movable?.name ?? Name() }

  /// Whether it goes with its open descriptors, or not at all.
  var needsTransfer: Bool { false }

  /// Whether it hears what this list is told; one that does not care does.
  func hears(_ notifiers: NotifiersHandle?) -> Bool { true }

  /// Nothing that a migration moves is destroyed while it speaks to the host.
  func mayBeDestroyed() throws(Hindrance) { try home.forbidInMigration() }
}

/// A device of the host's own.
@safe final class HostDeviceHandle: DeviceHandle {
  private let device: HostDevice

  /// A device that the host performs.
  init(_ home: Home, _ device: HostDevice) {
    self.device = device
    super.init(home)
  }

  override var movable: (any Movable)? { device }
}

@c @implementation
package func baton_device_create(
  _ loop: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ kind: UnsafePointer<CChar>?,
  _ calls: UnsafePointer<baton_device_calls>?, _ context: UnsafeMutableRawPointer?,
  _ device: UnsafeMutablePointer<OpaquePointer?>?, _ why: Why
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's.
  unsafe enter(loop, LoopHandle.self, why) { handle throws(Hindrance) in
    guard let given = unsafe Struct.read(calls, zero: baton_device_calls()) else {
      throw .rule("the calls of a device are NULL, or their size is not set")
    }
    // Safe: as above.
    guard
      let performed = unsafe HostDevice(
        handle.home, try Text.name(name), try Text.name(kind), given, context)
    else { throw .rule("a device lacks one of its first nine calls") }
    // Safe: as above.
    try unsafe HostDeviceHandle(handle.home, performed).issue(device)
    return 0
  }
}

@c @implementation
package func baton_device_destroy(_ device: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(device, DeviceHandle.self) { handle throws(Hindrance) in
    try handle.mayBeDestroyed()
    try handle.destroy()
    return 0
  }
}

@c @implementation
package func baton_write(
  _ writer: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ count: Int
) -> CInt {
  // Safe: the writer is checked to be the one of the call that is on its way.
  enter(nil) { () throws(Hindrance) in
    guard unsafe Pen.write(writer, bytes, count) else {
      throw .rule("a writer is used behind its call, or the bytes are NULL")
    }
    return 0
  }
}
