// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
import CBaton

/// A loop as the host knows it.
final class LoopHandle: Handle {
  override class var mark: UInt { 0x2 }

  /// Runs rounds; nothing of the host's may be on the way.
  func turn(_ body: (EventLoop) -> Bool) throws(Hindrance) -> CInt {
    try home.forbidInCall()
    guard !home.isHosted else { throw .rule("the host drives a loop on its own event_base") }
    home.isTurning = true
    defer { home.isTurning = false }
    return body(home.loop) ? 1 : 0
  }
}

@c @implementation
package func baton_loop_create(_ loop: UnsafeMutablePointer<OpaquePointer?>?, _ why: Why) -> CInt {
  // Safe: the caller's places, or NULL.
  unsafe enter(why) { () throws(Hindrance) in
    let kernel = Kernel()
    try asking(Name("loop")) { () throws(SystemError) in try EventLoop.checkRoom(in: kernel) }
    let home = try asking(Name("loop")) { () throws(SystemError) in
      try Home(EventLoop(kernel: kernel), isHosted: false)
    }
    // Safe: as above.
    try unsafe LoopHandle(home).issue(loop)
    return 0
  }
}

@c @implementation
package func baton_loop_create_on(
  _ base: OpaquePointer?, _ loop: UnsafeMutablePointer<OpaquePointer?>?, _ why: Why
) -> CInt {
  // Safe: the caller's places, or NULL; the host promises that the base outlives the loop.
  unsafe enter(why) { () throws(Hindrance) in
    guard let base = unsafe base else { throw .rule("the event_base is NULL") }
    let home = try asking(Name("loop")) { () throws(SystemError) in
      try Home(unsafe EventLoop(base: base, kernel: Kernel()), isHosted: true)
    }
    // Safe: as above.
    try unsafe LoopHandle(home).issue(loop)
    return 0
  }
}

@c @implementation
package func baton_loop_destroy(_ loop: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(loop, LoopHandle.self) { handle throws(Hindrance) in
    try handle.home.forbidInCall()
    guard handle.home.residentCount == 1 else {
      throw .rule("something that was made on the loop is left")
    }
    try handle.destroy()
    return 0
  }
}

@c @implementation
package func baton_loop_move_here(_ loop: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(loop, LoopHandle.self, onAnyThread: true) { handle throws(Hindrance) in
    try handle.home.forbidInCall()
    handle.home.owner.take()
    return 0
  }
}

@c @implementation
package func baton_loop_run(_ loop: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(loop, LoopHandle.self) { handle throws(Hindrance) in
    _ = try handle.turn { loop in
      loop.run()
      return false
    }
    return 0
  }
}

@c @implementation
package func baton_loop_turn(_ loop: OpaquePointer?, _ waits: CInt) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(loop, LoopHandle.self) { handle throws(Hindrance) in
    try handle.turn { $0.turn(waits: waits != 0) }
  }
}

extension EventLoop {
  /// One round, with or without waiting.
  fileprivate func turn(waits: Bool) -> Bool { waits ? runOnce() : poll() }
}

@c @implementation
package func baton_loop_stop(_ loop: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(loop, LoopHandle.self) { handle throws(Hindrance) in
    handle.home.loop.stop()
    return 0
  }
}

@c @implementation
package func baton_loop_descriptor(
  _ loop: OpaquePointer?, _ descriptor: UnsafeMutablePointer<CInt>?, _ why: Why
) -> CInt {
  // Safe: the handle is checked, and the place is the caller's.
  unsafe enter(loop, LoopHandle.self, why) { handle throws(Hindrance) in
    guard let place = unsafe descriptor else { throw .rule("there is no place for the descriptor") }
    guard !handle.home.isHosted else { throw .rule("the host waits on its own event_base") }
    unsafe place.pointee = try asking(Name("loop")) { () throws(SystemError) in
      try handle.home.loop.descriptor()
    }
    return 0
  }
}

@c @implementation
package func baton_loop_now(_ loop: OpaquePointer?) -> UInt64 {
  // Safe: the handle is checked.
  unsafe ask(loop, LoopHandle.self, or: 0) { $0.home.loop.now }
}
