import BatonCore

/// What a handle points to: a few words that stay for as long as the process, so that a handle that
/// was destroyed is seen and not followed.
///
/// Cells are used again by the thread that retired them, the one that was retired longest ago first,
/// and not before ``graveCount`` others were retired there after it. With a handle that was
/// destroyed another thread's object would be found otherwise, which may go at any time.
@safe struct Cell {
  /// How many retired cells are kept before one is used again.
  static let graveCount = 1024

  /// The bits of the kind; 0 when the handle was destroyed.
  private var mark: UInt
  private var object: UnsafeRawPointer?

  /// A thread's retired cells by their addresses, a ring that begins at the one that was retired
  /// first.
  private struct Graves {
    let thread: ThreadNumber
    var addresses: [UInt] = []
    var first = 0

    var count: Int { addresses.count - first }

    mutating func take() -> UInt? {
      guard count > Cell.graveCount else { return nil }
      defer { first += 1 }
      if first > Cell.graveCount {
        addresses.removeFirst(first)
        first = 0
      }
      return addresses[first]
    }
  }

  private static let graves = Locked<[Graves]>([])

  /// A cell for this object, which it holds until it is retired.
  static func issue(_ object: AnyObject, _ mark: UInt) -> UInt {
    let thread = ThreadNumber.current
    let used = graves.withLock { all in
      all.firstIndex { $0.thread == thread }.flatMap { all[$0].take() }
    }
    // Safe: a cell is allocated once and never given back; this one is nobody's now.
    let cell =
      unsafe used.flatMap { unsafe UnsafeMutablePointer<Cell>(bitPattern: $0) }
      ?? UnsafeMutablePointer<Cell>.allocate(capacity: 1)
    let held = unsafe UnsafeRawPointer(Unmanaged.passRetained(object).toOpaque())
    unsafe cell.initialize(to: Cell(mark: mark, object: held))
    return UInt(bitPattern: cell)
  }

  /// Ends a handle and lets go of its object.
  static func retire(_ address: UInt) {
    // Safe: the address is one that `issue` answered, and is retired once.
    guard let cell = unsafe UnsafeMutablePointer<Cell>(bitPattern: address) else { return }
    let object = unsafe cell.pointee.object
    unsafe cell.pointee = Cell(mark: 0, object: nil)
    let thread = ThreadNumber.current
    graves.withLock { all in
      let place = all.firstIndex { $0.thread == thread } ?? all.count
      if place == all.count { all.append(Graves(thread: thread)) }
      all[place].addresses.append(address)
    }
    // Safe: the one that `issue` retained.
    if let object = unsafe object { unsafe Unmanaged<AnyObject>.fromOpaque(object).release() }
  }

  /// The object of a handle of this kind; nil for NULL, a handle that was destroyed and one of
  /// another kind.
  @inline(__always)
  static func find(_ handle: OpaquePointer?, _ mark: UInt) -> UnsafeRawPointer? {
    // Safe: not NULL, and so a cell, which is never given back.
    guard let handle = unsafe handle else { return nil }
    let cell = unsafe UnsafePointer<Cell>(handle)
    // Safe: as above.
    guard unsafe cell.pointee.mark & mark == mark else { return nil }
    return unsafe cell.pointee.object
  }
}
