import BatonCore

/// The 16 bytes in front of every record, little-endian:
/// magic (4), type (2), version of the record (2), descriptors (2), zero (2), length (4).
///
/// No version of the protocol changes this layout, so that a HELLO of any version can be read, and
/// a record that is not known skipped. There is one version so far, in which every record is
/// written and which is demanded of every record but HELLO, which has its sender's newest. The two
/// bytes of zero are refused when they are not: a later version may use them in the records of
/// sides that both speak it, and never in HELLO.
struct RecordHeader: Hashable, Sendable {
  /// "BTON" in memory order.
  static let magic: UInt32 = 0x4E4F_5442
  /// How many bytes a header has.
  static let byteCount = 16
  /// The longest payload: the state of 256 queue pairs is some tens of kilobytes.
  static let lengthMax: UInt32 = 1 << 20
  /// The most descriptors of one record.
  static let descriptorsMax: UInt16 = 1024
  /// The version in which this side writes records.
  static let version = Greeting.current

  private let number: UInt16
  var version: UInt16 = Self.version
  var descriptorCount: UInt16
  var length: UInt32

  init(type: RecordType, descriptorCount: Int, length: Int) {
    number = type.rawValue
    self.descriptorCount = UInt16(descriptorCount)
    self.length = UInt32(length)
  }

  /// Nil for a number that is not known here and may be skipped.
  var type: RecordType? { RecordType(rawValue: number) }

  /// Reads a header of a peer that is not trusted.
  init(_ bytes: borrowing RawSpan, at offset: Int) throws(Refusal) {
    var cursor = ByteCursor(at: offset)
    let fields: (magic: UInt32, type: UInt16, version: UInt16, descriptors: UInt16, zero: UInt16)
    do {
      fields = (
        try cursor.word(bytes), try cursor.half(bytes), try cursor.half(bytes),
        try cursor.half(bytes), try cursor.half(bytes)
      )
      length = try cursor.word(bytes)
    } catch {
      throw Refusal(.truncatedStream, here: .number(0), there: .number(16))
    }
    guard fields.magic == Self.magic else {
      throw Self.malformed(.recordType, UInt64(fields.magic), expected: UInt64(Self.magic))
    }
    let type = RecordType(rawValue: fields.type)
    guard type != nil || RecordType.isSkippable(fields.type) else {
      throw Refusal(.unknownRecord, field: .recordType, there: .number(UInt64(fields.type)))
    }
    guard fields.zero == 0 else {
      throw Self.malformed(.none, UInt64(fields.zero), expected: 0)
    }
    guard length <= Self.lengthMax else {
      throw Self.malformed(.recordLength, UInt64(length), expected: UInt64(Self.lengthMax))
    }
    guard fields.descriptors <= Self.descriptorsMax else {
      throw Self.malformed(
        .descriptorKind, UInt64(fields.descriptors), expected: UInt64(Self.descriptorsMax))
    }
    // A HELLO of any version is read: it carries the versions that are compared.
    guard fields.version == Self.version || type == .hello else {
      throw .mismatch(
        .recordVersion, subject: type?.name ?? Name(), here: .number(UInt64(Self.version)),
        there: .number(UInt64(fields.version)))
    }
    number = fields.type
    version = fields.version
    descriptorCount = fields.descriptors
  }

  func write(into writer: inout ByteWriter) {
    writer.write(Self.magic)
    writer.write(number)
    writer.write(version)
    writer.write(descriptorCount)
    writer.write(UInt16(0))
    writer.write(length)
  }

  private static func malformed(
    _ field: Refusal.Field, _ found: UInt64, expected: UInt64
  ) -> Refusal {
    Refusal(
      .malformedRecord, field: field, here: .bits(expected), there: .bits(found))
  }
}
