import BatonCore

/// What a handle points to: a few words that stay for as long as the process, so that a handle that
/// was destroyed is seen and not followed.
///
/// Cells are used again by the thread that retired them, the one that was retired longest ago
/// first, and not before ``graveCount`` others were retired there after it. With a handle that was
/// destroyed another thread's object would be found otherwise, which may go at any time.
@safe struct Cell {
  /// How many retired cells are kept before one is used again.
  static let graveCount = 1024

  /// The bits of the kind; 0 when the handle was destroyed.
  private var mark: UInt
  /// What the handle stands for; of a destroyed one the cell that was retired next, if any.
  private var object: UnsafeRawPointer?

  /// A thread's retired cells, in order, by their addresses.
  private struct Graves {
    let thread: ThreadNumber
    var first: UInt = 0
    var last: UInt = 0
    var count = 0

    init(_ thread: ThreadNumber) { self.thread = thread }

    mutating func take() -> UInt {
      guard count > Cell.graveCount else { return 0 }
      let cell = first
      // Safe: a cell is never given back, and a retired one holds the next.
      first = UInt(bitPattern: unsafe UnsafePointer<Cell>(bitPattern: cell)?.pointee.object)
      count -= 1
      return cell
    }

    mutating func add(_ cell: UInt) {
      if count == 0 { first = cell }
      // Safe: as above.
      unsafe UnsafeMutablePointer<Cell>(bitPattern: last)?.pointee.object =
        UnsafeRawPointer(bitPattern: cell)
      last = cell
      count += 1
    }
  }

  private static let graves = Locked<[Graves]>([])

  /// Where those of this thread are.
  @inline(never)
  private static func own(_ all: inout [Graves]) -> Int {
    let thread = ThreadNumber.current
    for place in all.indices where all[place].thread == thread { return place }
    all.append(Graves(thread))
    return all.count - 1
  }

  /// A cell for this object, which it holds until it is retired.
  static func issue(_ object: AnyObject, _ mark: UInt) -> UInt {
    let used = graves.withLock { $0[own(&$0)].take() }
    // Safe: a cell is allocated once and never given back; this one is nobody's now.
    let cell =
      unsafe UnsafeMutablePointer<Cell>(bitPattern: used)
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
    graves.withLock { $0[own(&$0)].add(address) }
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
