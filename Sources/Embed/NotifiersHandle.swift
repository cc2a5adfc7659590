// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
package import CBaton

/// A list of notifiers as the host knows it.
final class NotifiersHandle: Handle {
  override class var mark: UInt { 0x80 }

  let list: NotifierList
  private let trace: TraceHandle?
  private let number: UInt16
  private var tokens: [(number: UInt64, token: NotifierList.Token)] = []
  private var last: UInt64 = 0

  /// An empty list, whose notifications the trace sees.
  init(_ home: Home, _ trace: TraceHandle?) {
    self.trace = trace
    number = trace?.trace.register(.notifiers) ?? 0
    list = NotifierList(machine: number, observer: trace?.trace)
    super.init(home)
    use(trace)
  }

  /// The list of a handle that may be NULL, and belongs to this loop.
  static func optional(
    _ pointer: OpaquePointer?, on home: Home
  ) throws(Hindrance) -> NotifiersHandle? {
    // Safe: only compared.
    guard unsafe pointer != nil else { return nil }
    // Safe: the handle is checked.
    let handle = unsafe try Handle.find(pointer, as: NotifiersHandle.self)
    guard handle.home === home else { throw .rule("a list of notifiers is of another loop") }
    return handle
  }

  override func end() {
    for (_, token) in tokens { list.remove(token) }
    trace?.trace.retire(number)
    leave(trace)
  }

  /// Adds one, and answers its number.
  func add(_ notified: HostNotified, priority: Int8) -> UInt64 {
    last += 1
    tokens.append((last, list.add(notified, priority: priority)))
    return last
  }

  /// One that needed time is ready, or does not want it after all.
  func prepared(_ number: UInt64, vetoing refusal: Refusal?) {
    guard let place = tokens.firstIndex(where: { $0.number == number }) else { return }
    list.prepared(tokens[place].token, vetoing: refusal)
  }

  /// Removes one; one that is gone is gone.
  func remove(_ number: UInt64) {
    guard let place = tokens.firstIndex(where: { $0.number == number }) else { return }
    list.remove(tokens.remove(at: place).token)
  }
}

/// One who is told, by a function of the host's.
@safe final class HostNotified: MigrationNotified {
  private let home: Home
  private let call: baton_notifier_fn
  private let context: UnsafeMutableRawPointer?

  /// Tells this function.
  init(_ home: Home, _ call: @escaping baton_notifier_fn, _ context: UnsafeMutableRawPointer?) {
    self.home = home
    // Safe: only stored; the host keeps its context until it is removed.
    unsafe (self.call, self.context) = (call, context)
  }

  /// What a notifier answers that needs time.
  private static var later: CInt { 1 }

  private(set) var isPreparing = false

  func migration(_ event: MigrationEvent) throws(Refusal) {
    var why = baton_refusal.blank
    // Safe: the host's function; the refusal outlives the call.
    let answer = home.move { unsafe call(CInt(event.rawValue), &why, context) }
    isPreparing = event == .preIncoming && answer == Self.later
    if answer != 0, !isPreparing { throw why.refusal(of: Name(), or: .vetoed) }
  }
}

@available(*, unavailable)
extension HostNotified: Sendable {}

@c @implementation
package func baton_notifiers_create(
  _ loop: OpaquePointer?, _ trace: OpaquePointer?,
  _ notifiers: UnsafeMutablePointer<OpaquePointer?>?
) -> CInt {
  // Safe: the handles are checked, and the place is the host's.
  unsafe enter(loop, LoopHandle.self) { handle throws(Hindrance) in
    let observer = unsafe try TraceHandle.optional(trace, on: handle.home)
    try unsafe NotifiersHandle(handle.home, observer).issue(notifiers)
    return 0
  }
}

@c @implementation
package func baton_notifiers_destroy(_ notifiers: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(notifiers, NotifiersHandle.self) { handle throws(Hindrance) in
    try handle.home.forbidInMigration()
    try handle.destroy()
    return 0
  }
}

@c @implementation
package func baton_notifiers_add(
  _ notifiers: OpaquePointer?, _ notified: baton_notifier_fn?,
  _ context: UnsafeMutableRawPointer?, _ priority: CInt, _ token: UnsafeMutablePointer<UInt64>?
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's.
  unsafe enter(notifiers, NotifiersHandle.self) { handle throws(Hindrance) in
    guard let notified = unsafe notified else { throw .rule("a notifier calls nobody") }
    guard let priority = Int8(exactly: priority) else {
      throw .rule("a priority is not within -128 and 127")
    }
    // Safe: as above.
    let number = unsafe handle.add(
      HostNotified(handle.home, notified, context), priority: priority)
    // Safe: as above.
    unsafe Struct.put(number, to: token)
    return 0
  }
}

@c @implementation
package func baton_notifiers_remove(_ notifiers: OpaquePointer?, _ token: UInt64) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(notifiers, NotifiersHandle.self) { handle throws(Hindrance) in
    handle.remove(token)
    return 0
  }
}

@c @implementation
package func baton_notifiers_prepared(
  _ notifiers: OpaquePointer?, _ token: UInt64, _ why: UnsafePointer<baton_refusal>?
) -> CInt {
  // Safe: the handle is checked, and the refusal is the host's, or NULL.
  unsafe enter(notifiers, NotifiersHandle.self) { handle throws(Hindrance) in
    try handle.home.forbidInMove()
    var refusal: Refusal?
    // Safe: as above.
    if unsafe why != nil {
      guard let said = unsafe Struct.read(why, zero: baton_refusal.blank) else {
        throw .rule("the size of a refusal is not set")
      }
      refusal = said.refusal(of: Name(), or: .vetoed)
    }
    handle.prepared(token, vetoing: refusal)
    return 0
  }
}
