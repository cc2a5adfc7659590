import BatonCore

/// An object that the host knows by a handle, which holds it from its making to its destruction.
class Handle {
  /// Which kind of handle it is, as bits: a kind that stands for another one has its bits, too.
  class var mark: UInt { 1 }

  final let home: Home
  /// How many other handles use it; it is not destroyed before them.
  final var userCount = 0
  /// The migration that was asked last to move it.
  final var mover: OutgoingHandle?
  /// The handle's cell, from its issue to its end.
  fileprivate final var cell: UInt = 0

  init(_ home: Home) { self.home = home }

  /// What refusals call it by.
  var subject: Name { Name() }

  /// Lets go of what it uses; called once, when its handle is destroyed.
  func end() {}

  /// Notes that this one uses another.
  final func use(_ other: Handle?) { other?.userCount += 1 }

  /// Notes that it does not any more.
  final func leave(_ other: Handle?) { other?.userCount -= 1 }

  /// Writes a new handle for it into `place`, and counts it.
  final func issue(_ place: UnsafeMutablePointer<OpaquePointer?>?) throws(Hindrance) {
    // Safe: the caller lends a place for a handle, or NULL.
    guard let place = unsafe place else { throw .rule("there is no place for the handle") }
    home.residentCount += 1
    cell = Cell.issue(self, Self.mark)
    // Safe: as above.
    unsafe place.pointee = OpaquePointer(bitPattern: cell)
  }

  /// The same handle, for functions that answer it.
  final var pointer: OpaquePointer? { unsafe OpaquePointer(bitPattern: cell) }

  /// Destroys the handle; the object goes with the last one who holds it.
  final func destroy() throws(Hindrance) {
    guard userCount == 0 else { throw .rule("another handle uses what is to be destroyed") }
    end()
    home.residentCount -= 1
    Cell.retire(cell)
  }

  /// The object of a handle that a caller gave.
  @inline(__always)
  static func find<H: Handle>(
    _ pointer: OpaquePointer?, as kind: H.Type, onAnyThread: Bool = false
  ) throws(Hindrance) -> H {
    // Safe: a cell with this mark holds an object of the kind.
    unsafe unsafeDowncast(try find(pointer, marked: H.mark, onAnyThread: onAnyThread), to: H.self)
  }

  @inline(never)
  private static func find(
    _ pointer: OpaquePointer?, marked mark: UInt, onAnyThread: Bool
  ) throws(Hindrance) -> Handle {
    // Safe: only NULL or what `issue` gave is legal, and the cell of that is never given back.
    guard let found = unsafe Cell.find(pointer, mark) else {
      throw unsafe stranger(pointer)
    }
    // Safe: each cell that has a mark holds a handle.
    let handle = unsafe Unmanaged<Handle>.fromOpaque(found).takeUnretainedValue()
    let mayCall =
      onAnyThread ? !handle.home.owner.isInherited : handle.home.owner.isCurrent
    guard mayCall else { throw alien(handle) }
    return handle
  }

  /// Asks the object of a handle that a caller gave, without holding it: only for what calls nobody
  /// who may end it meanwhile. To hold it is half of what a short call costs.
  @inline(__always)
  static func ask<H: Handle, Result>(
    _ pointer: OpaquePointer?, as kind: H.Type, _ body: (H) -> Result
  ) throws(Hindrance) -> Result {
    // Safe: as in `find`.
    guard let found = unsafe Cell.find(pointer, H.mark) else {
      throw unsafe Self.stranger(pointer)
    }
    // Safe: a cell with this mark holds an object of the kind, and does so during the call.
    let object = unsafe Unmanaged<H>.fromOpaque(found)
    let answer: Result? = unsafe object._withUnsafeGuaranteedRef { handle in
      handle.home.owner.isCurrent ? body(handle) : nil
    }
    // Safe: as above.
    guard let answer else { throw unsafe object._withUnsafeGuaranteedRef { alien($0) } }
    return answer
  }

  @inline(never)
  private static func alien(_ handle: Handle) -> Hindrance {
    handle.home.owner.isInherited
      ? .rule("a child of fork(2) calls nothing of what its parent has made")
      : .rule("a loop and what is on it are used by the loop's thread alone")
  }

  @inline(never)
  private static func stranger(_ pointer: OpaquePointer?) -> Hindrance {
    // Safe: only compared.
    guard unsafe pointer != nil else { return .rule("a handle is NULL") }
    return .rule("a handle was destroyed, or is of another kind")
  }
}

@available(*, unavailable)
extension Handle: Sendable {}

/// Handles that end as all do.
func destroyHandle<H: Handle>(_ pointer: OpaquePointer?, _ kind: H.Type) -> CInt {
  // Safe: the handle is checked.
  unsafe enter(pointer, kind) { handle throws(Hindrance) in
    try handle.destroy()
    return 0
  }
}
