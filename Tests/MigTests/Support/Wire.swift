import BatonCore
import BatonTesting

@testable import BatonMig

/// Records as they stand on the wire, right or wrong on purpose.
enum Wire {
  /// The 16 bytes of a header.
  static func header(
    magic: UInt32 = RecordHeader.magic, type: UInt16, version: UInt16 = RecordHeader.version,
    descriptors: Int = 0, zero: UInt16 = 0, length: Int = 0
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(magic)
    writer.write(type)
    writer.write(version)
    writer.write(UInt16(descriptors))
    writer.write(zero)
    writer.write(UInt32(length))
    return writer.bytes
  }

  /// A whole record.
  static func record(
    _ type: RecordType, _ payload: [UInt8] = [], version: UInt16 = RecordHeader.version,
    descriptors: Int = 0
  ) -> [UInt8] {
    header(
      type: type.rawValue, version: version, descriptors: descriptors, length: payload.count)
      + payload
  }

  /// The payload of ANSWERS for one device.
  static func answer(_ adoption: UInt8 = Adoption.adopt.rawValue) -> [UInt8] { [1, 0, adoption] }

  /// The payload of FAILED and CANCEL.
  static func notice(_ refusal: Refusal) -> [UInt8] {
    bytes { RefusalNotice(refusal).write(into: &$0) }
  }

  /// The first number above `start` that no record has.
  static func unknown(from start: UInt16 = 1) -> UInt16 {
    (start...UInt16.max).first { RecordType(rawValue: $0) == nil } ?? 0
  }

  /// What `fill` writes.
  static func bytes(_ fill: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    fill(&writer)
    return writer.bytes
  }

  /// The payload of HELLO.
  static func hello(
    transfer: Bool = true, handover: UInt32 = 0, version: UInt16 = Greeting.current,
    oldest: UInt16 = Greeting.oldest
  ) -> [UInt8] {
    bytes {
      $0.write(version)
      $0.write(oldest)
      $0.write(handover)
      $0.write(UInt32(transfer ? 1 : 0))
    }
  }
}

extension Generator {
  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}
