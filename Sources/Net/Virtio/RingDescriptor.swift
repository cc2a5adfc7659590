/// One descriptor as it stood in the table when it was read (virtio 1.2, 2.7.5).
struct RingDescriptor {
  let address: UInt64
  let length: UInt32
  private let flags: UInt16
  let next: UInt16

  var hasNext: Bool { flags & 1 != 0 }
  var isWritable: Bool { flags & 2 != 0 }
  var isIndirect: Bool { flags & 4 != 0 }

  /// Reads entry `index`, which the caller has checked to lie in the table.
  init(_ table: UnsafeMutableRawBufferPointer, at index: Int) {
    let offset = index * SplitRing.descriptorByteCount
    // Safe: the caller checked the index.
    unsafe address = UInt64(
      littleEndian: table.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    // Safe: the length stands within the 16 bytes at the checked index.
    unsafe length = UInt32(
      littleEndian: table.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self))
    // Safe: the flags stand within the 16 bytes at the checked index.
    unsafe flags = UInt16(
      littleEndian: table.loadUnaligned(fromByteOffset: offset + 12, as: UInt16.self))
    // Safe: the next index stands within the 16 bytes at the checked index.
    unsafe next = UInt16(
      littleEndian: table.loadUnaligned(fromByteOffset: offset + 14, as: UInt16.self))
  }
}
