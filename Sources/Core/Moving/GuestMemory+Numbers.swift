/// Little-endian numbers at guest addresses, aligned or not.
///
/// Written out per width, not as a generic: a generic would be called unspecialised from other
/// modules.
extension GuestMemory {
  /// The byte at a guest address.
  ///
  /// - Throws: The range, when it is not in memory.
  public func loadUInt8(at address: UInt64) throws(GuestFault) -> UInt8 {
    // Safe: the slice is checked, and as long as the number.
    guard let slice = unsafe slice(at: address, count: 1) else { throw fault(address, 1) }
    return unsafe slice.loadUnaligned(as: UInt8.self)
  }

  /// The 16-bit number at a guest address.
  public func loadUInt16(at address: UInt64) throws(GuestFault) -> UInt16 {
    // Safe: the slice is checked, and as long as the number.
    guard let slice = unsafe slice(at: address, count: 2) else { throw fault(address, 2) }
    return unsafe UInt16(littleEndian: slice.loadUnaligned(as: UInt16.self))
  }

  /// The 32-bit number at a guest address.
  public func loadUInt32(at address: UInt64) throws(GuestFault) -> UInt32 {
    // Safe: the slice is checked, and as long as the number.
    guard let slice = unsafe slice(at: address, count: 4) else { throw fault(address, 4) }
    return unsafe UInt32(littleEndian: slice.loadUnaligned(as: UInt32.self))
  }

  /// The 64-bit number at a guest address.
  public func loadUInt64(at address: UInt64) throws(GuestFault) -> UInt64 {
    // Safe: the slice is checked, and as long as the number.
    guard let slice = unsafe slice(at: address, count: 8) else { throw fault(address, 8) }
    return unsafe UInt64(littleEndian: slice.loadUnaligned(as: UInt64.self))
  }

  /// Writes a byte at a guest address.
  ///
  /// - Throws: The range, when it is not in memory.
  public func storeUInt8(_ value: UInt8, at address: UInt64) throws(GuestFault) {
    // Safe: the slice is checked, and as long as the number.
    guard let slice = unsafe slice(at: address, count: 1) else { throw fault(address, 1) }
    unsafe slice.storeBytes(of: value, as: UInt8.self)
  }

  /// Writes a 16-bit number at a guest address.
  public func storeUInt16(_ value: UInt16, at address: UInt64) throws(GuestFault) {
    // Safe: the slice is checked, and as long as the number.
    guard let slice = unsafe slice(at: address, count: 2) else { throw fault(address, 2) }
    unsafe slice.storeBytes(of: value.littleEndian, as: UInt16.self)
  }

  /// Writes a 32-bit number at a guest address.
  public func storeUInt32(_ value: UInt32, at address: UInt64) throws(GuestFault) {
    // Safe: the slice is checked, and as long as the number.
    guard let slice = unsafe slice(at: address, count: 4) else { throw fault(address, 4) }
    unsafe slice.storeBytes(of: value.littleEndian, as: UInt32.self)
  }

  /// Writes a 64-bit number at a guest address.
  public func storeUInt64(_ value: UInt64, at address: UInt64) throws(GuestFault) {
    // Safe: the slice is checked, and as long as the number.
    guard let slice = unsafe slice(at: address, count: 8) else { throw fault(address, 8) }
    unsafe slice.storeBytes(of: value.littleEndian, as: UInt64.self)
  }
}
