/// Little-endian numbers at offsets of a record; an offset beyond its end traps.
///
/// Whoever reads has compared the record's length with what it reads, once for all fields.
extension RawSpan {
  func uint8(at offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < byteCount, "beyond the record")
    // Safe: the line above checked the bound.
    return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  func uint16(at offset: Int) -> UInt16 {
    precondition(offset >= 0 && offset <= byteCount - 2, "beyond the record")
    // Safe: the line above checked the bound.
    return unsafe UInt16(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }

  func uint32(at offset: Int) -> UInt32 {
    precondition(offset >= 0 && offset <= byteCount - 4, "beyond the record")
    // Safe: the line above checked the bound.
    return unsafe UInt32(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  func uint64(at offset: Int) -> UInt64 {
    precondition(offset >= 0 && offset <= byteCount - 8, "beyond the record")
    // Safe: the line above checked the bound.
    return unsafe UInt64(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// The address whose first octet is at the offset.
  func mac(at offset: Int) -> MACAddress {
    var bits: UInt64 = 0
    for index in 0..<6 { bits = bits << 8 | UInt64(uint8(at: offset + index)) }
    return MACAddress(bits: bits)
  }
}

extension [UInt8] {
  /// Appends a number, its lowest byte first.
  mutating func append<Number: FixedWidthInteger>(number: Number) {
    for index in 0..<(Number.bitWidth / 8) {
      append(UInt8(truncatingIfNeeded: number >> Number(8 * index)))
    }
  }
}
