import BatonCore

/// What a device of the host's writes with, for one call.
final class Pen {
  private var bytes: [UInt8] = []
  // The number that the host has; it is alive for one call.
  private var cell: UInt = 0

  /// The mark of a writer's handle, which is of no other kind.
  private static let mark: UInt = 0x8000

  /// Lends a writer for the call, and gives what was written to `writer`.
  static func lend<Result>(
    to writer: inout ByteWriter, _ body: (OpaquePointer?) -> Result
  ) -> Result {
    let pen = Pen()
    pen.cell = Cell.issue(pen, mark)
    // Safe: the address of the cell, which is retired behind the call.
    let result = unsafe body(OpaquePointer(bitPattern: pen.cell))
    Cell.retire(pen.cell)
    writer.write(pen.bytes)
    return result
  }

  /// Appends bytes; false when the writer's call is over.
  static func write(_ writer: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ count: Int) -> Bool {
    // Safe: a writer is a cell, which is never given back.
    guard count >= 0, let found = unsafe Cell.find(writer, mark) else { return false }
    if count == 0 { return true }
    // Safe: the caller lends so many bytes.
    guard let bytes = unsafe bytes else { return false }
    // Safe: a cell with this mark holds a pen.
    let pen = unsafe Unmanaged<Pen>.fromOpaque(found).takeUnretainedValue()
    // Safe: as above.
    unsafe pen.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
    return true
  }
}
