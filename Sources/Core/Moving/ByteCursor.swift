/// A position in bytes of a peer that is not trusted: every read is bounded.
public struct ByteCursor: Hashable, Sendable {
  /// How many bytes were read so far.
  public private(set) var offset: Int
  /// Where the structure ends that is read, or `Int.max` when the bytes' own end is the only one.
  private let limit: Int

  /// A cursor at the start, or at `offset`; it ends at `limit` or where the bytes end.
  public init(at offset: Int = 0, limit: Int = .max) {
    self.offset = offset
    self.limit = limit
  }

  /// The bytes end before the value that was asked for.
  public struct Ended: Error, Hashable, Sendable {
    /// Also for a value that cannot be.
    public init() {}
  }

  /// Reads one byte.
  ///
  /// - Throws: ``Ended``, when none is left.
  public mutating func byte(_ bytes: borrowing RawSpan) throws(Ended) -> UInt8 {
    UInt8(try number(bytes, 1))
  }

  /// Reads two bytes, little-endian.
  ///
  /// - Throws: ``Ended``, when fewer are left.
  public mutating func half(_ bytes: borrowing RawSpan) throws(Ended) -> UInt16 {
    UInt16(try number(bytes, 2))
  }

  /// Reads four bytes, little-endian.
  ///
  /// - Throws: ``Ended``, when fewer are left.
  public mutating func word(_ bytes: borrowing RawSpan) throws(Ended) -> UInt32 {
    UInt32(try number(bytes, 4))
  }

  /// Reads eight bytes, little-endian.
  ///
  /// - Throws: ``Ended``, when fewer are left.
  public mutating func long(_ bytes: borrowing RawSpan) throws(Ended) -> UInt64 {
    try number(bytes, 8)
  }

  /// A length byte and a name.
  ///
  /// - Throws: ``Ended`` when fewer bytes are left, and for a name that is too long or holds a NUL.
  public mutating func name(_ bytes: borrowing RawSpan) throws(Ended) -> Name {
    let count = Int(try byte(bytes))
    guard count <= Name.limit, count <= left(bytes) else { throw Ended() }
    var result = Name()
    for position in 0..<count {
      let byte = try byte(bytes)
      guard byte != 0 else { throw Ended() }
      result[position] = byte
    }
    return result
  }

  /// Skips over `count` bytes and returns where they started.
  ///
  /// - Throws: ``Ended`` when fewer are left; then nothing was skipped.
  public mutating func skip(_ count: Int, _ bytes: borrowing RawSpan) throws(Ended) -> Int {
    guard count >= 0, count <= left(bytes) else { throw Ended() }
    offset += count
    return offset - count
  }

  /// How many bytes can still be read; below zero when the offset is behind the end.
  func left(_ bytes: borrowing RawSpan) -> Int { min(limit, bytes.byteCount) - offset }

  private mutating func number(
    _ bytes: borrowing RawSpan, _ count: Int
  ) throws(Ended) -> UInt64 {
    guard count <= left(bytes) else { throw Ended() }
    var result: UInt64 = 0
    for byte in 0..<count {
      // Safe: the guard above checked the bound.
      let value = unsafe bytes.unsafeLoad(fromByteOffset: offset + byte, as: UInt8.self)
      result |= UInt64(value) << UInt64(8 * byte)
    }
    offset += count
    return result
  }
}
