/// Collects little-endian numbers and bytes; its storage is reused from record to record.
public struct ByteWriter: Sendable {
  /// What was written since the last ``reset()``.
  public private(set) var bytes: [UInt8] = []

  /// An empty writer with room for `capacity` bytes.
  public init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

  /// How many bytes stand in the writer since it was made or last emptied.
  public var count: Int { bytes.count }

  /// Forgets what was written; the storage stays.
  public mutating func reset() { bytes.removeAll(keepingCapacity: true) }

  /// Appends one byte as it is.
  public mutating func write(_ value: UInt8) { bytes.append(value) }

  /// Appends two bytes, the least significant first.
  public mutating func write(_ value: UInt16) { append(UInt64(value), 2) }

  /// Appends four bytes, the least significant first.
  public mutating func write(_ value: UInt32) { append(UInt64(value), 4) }

  /// Appends eight bytes, the least significant first.
  public mutating func write(_ value: UInt64) { append(value, 8) }

  /// Appends bytes as they are, without their number.
  public mutating func write(_ values: [UInt8]) { bytes += values }

  /// A length byte and the name.
  public mutating func write(_ name: Name) {
    write(UInt8(name.count))
    for position in 0..<name.count { write(name[position]) }
  }

  /// Overwrites two bytes at `offset`, for a length that is known later.
  mutating func patch(_ value: UInt16, at offset: Int) {
    bytes[offset] = UInt8(truncatingIfNeeded: value)
    bytes[offset + 1] = UInt8(truncatingIfNeeded: value >> 8)
  }

  /// Overwrites four bytes at `offset`, for a length that is known later.
  public mutating func patch(_ value: UInt32, at offset: Int) {
    for byte in 0..<4 {
      bytes[offset + byte] = UInt8(truncatingIfNeeded: value >> UInt32(8 * byte))
    }
  }

  private mutating func append(_ value: UInt64, _ count: Int) {
    for byte in 0..<count {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)))
    }
  }
}
