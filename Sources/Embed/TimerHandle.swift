// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
package import CBaton

/// A timer as the host knows it.
@safe final class TimerHandle: Handle, Watcher {
  override class var mark: UInt { 0x8 }

  private let call: baton_fn
  private let context: UnsafeMutableRawPointer?
  private var timer: Timer?

  /// A timer that is not armed.
  init(_ home: Home, _ call: @escaping baton_fn, _ context: UnsafeMutableRawPointer?) {
    // Safe: only stored; the host keeps its context for as long as the timer.
    unsafe (self.call, self.context) = (call, context)
    super.init(home)
    timer = Timer(home.loop, calling: self)
  }

  override func end() { timer = nil }

  func ready(_ what: Ready, watch: Int) {
    // Safe: the host's function and context, which live as long as the timer.
    home.call { unsafe call(context) }
  }

  func arm(_ nanos: UInt64) { timer?.arm(after: nanos) }
  func disarm() { timer?.disarm() }
}

@c @implementation
package func baton_timer_create(
  _ loop: OpaquePointer?, _ fire: baton_fn?, _ context: UnsafeMutableRawPointer?,
  _ timer: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's.
  unsafe enter(loop, LoopHandle.self) { handle throws(Hindrance) in
    guard let fire = unsafe fire else { throw .rule("a timer calls nobody") }
    // Safe: as above.
    try unsafe TimerHandle(handle.home, fire, context).issue(timer)
    return 0
  }
}

@c @implementation
package func baton_timer_destroy(_ timer: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe destroyHandle(timer, TimerHandle.self)
}

@c @implementation
package func baton_timer_arm(_ timer: OpaquePointer?, _ nanoseconds: UInt64) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(timer, TimerHandle.self) { handle throws(Hindrance) in
    handle.arm(nanoseconds)
    return 0
  }
}

@c @implementation
package func baton_timer_disarm(_ timer: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(timer, TimerHandle.self) { handle throws(Hindrance) in
    handle.disarm()
    return 0
  }
}
