import BatonCore

/// A record of the handover protocol on its way, byte by byte.
///
/// The layout is spelled out here once more, so that a change of the wire is noticed.
final class Record {
  /// The records by their number on the wire.
  enum Kind: UInt16 {
    case hello = 1
    case device, memory, offerEnd, answers, state, stateEnd, doorbell, running, bye, failed, cancel
    case stamps = 0x8001
  }

  static let headerByteCount = 16
  private static let magic: UInt64 = 0x4E4F_5442

  let isFromSource: Bool
  let kind: Kind
  /// The number that is sent; another one than the kind's is a lie.
  var number: UInt16
  var payload: [UInt8]
  var descriptors: Descriptors
  /// After how many bytes the stream ends, header included; nil lets it go on.
  var cut: Int?

  init(isFromSource: Bool, kind: Kind, payload: [UInt8], descriptors: consuming Descriptors) {
    self.isFromSource = isFromSource
    self.kind = kind
    number = kind.rawValue
    self.payload = payload
    self.descriptors = descriptors
  }

  /// Header and payload: magic, type, version 2, descriptors, zero, length.
  var bytes: [UInt8] {
    Self.number(Self.magic, 4) + Self.number(UInt64(number), 2) + Self.number(2, 2)
      + Self.number(UInt64(descriptors.count), 2) + Self.number(0, 2)
      + Self.number(UInt64(payload.count), 4) + payload
  }

  /// Overwrites `count` bytes of the payload.
  func put(_ value: UInt64, _ count: Int, at offset: Int) {
    payload.replaceSubrange(offset..<offset + count, with: Self.number(value, count))
  }

  /// Gives the record another descriptor in place of the first one.
  func replaceDescriptor(with other: consuming Descriptor) {
    let kernel = descriptors.kernel
    var mine = Descriptors(in: kernel)
    mine.append(other)
    _ = descriptors.takeFirst()
    var rest = Descriptors(in: kernel)
    swap(&rest, &descriptors)
    mine.append(contentsOf: rest)
    swap(&mine, &descriptors)
  }

  /// Little-endian.
  static func number(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
  }

  static func value(_ bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

@available(*, unavailable)
extension Record: Sendable {}
