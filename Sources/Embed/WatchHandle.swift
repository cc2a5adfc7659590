// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
package import CBaton

/// A watch as the host knows it.
@safe final class WatchHandle: Handle, Watcher {
  override class var mark: UInt { 0x4 }

  private let call: baton_ready_fn
  private let context: UnsafeMutableRawPointer?
  private var watch: Watch?

  /// Starts to watch; refuses what epoll(7) takes not (EPERM), which is always ready, so that the
  /// loop would be kept busy by asking.
  init(
    _ home: Home, _ descriptor: CInt, _ what: Ready, _ call: @escaping baton_ready_fn,
    _ context: UnsafeMutableRawPointer?
  ) throws(Hindrance) {
    // Safe: only stored; the host keeps its context for as long as the watch.
    unsafe (self.call, self.context) = (call, context)
    super.init(home)
    let refused = home.loop.refusals.watches
    watch = Watch(home.loop, descriptor: descriptor, for: what, calling: self)
    let refusals = home.loop.refusals
    guard refusals.watches == refused || refusals.last?.code != Errno.notPermitted else {
      watch = nil
      throw .rule("a file, or what else is always ready, cannot be watched")
    }
  }

  override func end() { watch = nil }

  func ready(_ what: Ready, watch: Int) {
    let bits: CUnsignedInt = (what.contains(.read) ? 1 : 0) | (what.contains(.write) ? 2 : 0)
    // Safe: the host's function and context, which live as long as the watch.
    home.call { unsafe call(bits, context) }
  }

  func suspend() { watch?.suspend() }
  func resume() { watch?.resume() }
}

@c @implementation
package func baton_watch_create(
  _ loop: OpaquePointer?, _ descriptor: CInt, _ what: CUnsignedInt, _ ready: baton_ready_fn?,
  _ context: UnsafeMutableRawPointer?, _ watch: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's.
  unsafe enter(loop, LoopHandle.self) { handle throws(Hindrance) in
    guard let ready = unsafe ready else { throw .rule("a watch calls nobody") }
    guard unsafe watch != nil else { throw .rule("there is no place for the handle") }
    try handle.home.expectOpen(descriptor)
    guard what > 0, what < 4 else { throw .rule("a watch waits for reading, writing or both") }
    var wanted: Ready = []
    if what & 1 != 0 { wanted.insert(.read) }
    if what & 2 != 0 { wanted.insert(.write) }
    // Safe: as above.
    try unsafe WatchHandle(handle.home, descriptor, wanted, ready, context).issue(watch)
    return 0
  }
}

@c @implementation
package func baton_watch_destroy(_ watch: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe destroyHandle(watch, WatchHandle.self)
}

@c @implementation
package func baton_watch_suspend(_ watch: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(watch, WatchHandle.self) { handle throws(Hindrance) in
    handle.suspend()
    return 0
  }
}

@c @implementation
package func baton_watch_resume(_ watch: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(watch, WatchHandle.self) { handle throws(Hindrance) in
    handle.resume()
    return 0
  }
}
