// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
package import CBaton

/// A mailbox as the host knows it.
final class MailboxHandle: Handle {
  override class var mark: UInt { 0x10 }

  private let mailbox: Mailbox

  /// Opens the door.
  init(opening home: Home) throws(Hindrance) {
    mailbox = try asking(Name("mailbox")) { () throws(SystemError) in try Mailbox(home.loop) }
    super.init(home)
  }

  /// Has the host called on the loop's thread.
  ///
  /// Three addresses travel in the closure: they may be sent to another thread, what is behind them
  /// is used by the loop's alone.
  func post(_ call: @escaping baton_fn, _ context: UnsafeMutableRawPointer?) {
    // Safe: a pointer to a function is one word, and is made one again below.
    let function = unsafe unsafeBitCast(call, to: UInt.self)
    // Safe: the loop runs the work, and its home lives as long as the loop.
    let shared = unsafe UInt(bitPattern: Unmanaged.passUnretained(home).toOpaque())
    let argument = UInt(bitPattern: context)
    mailbox.post { Self.run(function, argument, shared) }
  }

  private static func run(_ function: UInt, _ argument: UInt, _ shared: UInt) {
    // Safe: as in `post`.
    guard let home = unsafe UnsafeRawPointer(bitPattern: shared) else { return }
    let call = unsafe unsafeBitCast(function, to: baton_fn.self)
    let context = unsafe UnsafeMutableRawPointer(bitPattern: argument)
    // Safe: the host keeps its context until the work is run.
    unsafe Unmanaged<Home>.fromOpaque(home).takeUnretainedValue().call { unsafe call(context) }
  }
}

@c @implementation
package func baton_mailbox_create(
  _ loop: OpaquePointer?, _ mailbox: UnsafeMutablePointer<OpaquePointer?>?, _ why: Why
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's.
  unsafe enter(loop, LoopHandle.self, why) { handle throws(Hindrance) in
    try unsafe MailboxHandle(opening: handle.home).issue(mailbox)
    return 0
  }
}

@c @implementation
package func baton_mailbox_destroy(_ mailbox: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe destroyHandle(mailbox, MailboxHandle.self)
}

@c @implementation
package func baton_mailbox_post(
  _ mailbox: OpaquePointer?, _ work: baton_fn?, _ context: UnsafeMutableRawPointer?
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's.
  unsafe enter(mailbox, MailboxHandle.self, onAnyThread: true) { handle throws(Hindrance) in
    guard let work = unsafe work else { throw .rule("work that is posted is NULL") }
    // Safe: as above.
    unsafe handle.post(work, context)
    return 0
  }
}
