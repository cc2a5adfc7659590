/// The name of a network interface: 1 to 15 bytes, inline.
///
/// What the kernel refuses in a name (`dev_valid_name`) cannot be made: "", ".", "..", and any with
/// "/", ":" or white space. A template such as "tap%d" is a name too: the kernel numbers it, and
/// takes no other "%".
public struct InterfaceName: Hashable, Sendable, BitwiseCopyable {
  /// The most bytes of a name (IFNAMSIZ without the NUL).
  public static let countMax = 15

  // Byte i stands at bit 8 i, in `low` up to 7 and in `high` from 8 on; zero behind the last one.
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  /// No name yet, for the kernel to fill in.
  init() {}

  /// Makes a name of `bytes`; nil when the kernel would refuse it.
  public init?(bytes: some Sequence<UInt8>) {
    var count = 0
    for byte in bytes {
      guard count < Self.countMax, Self.isAllowed(byte) else { return nil }
      if count < 8 {
        low |= UInt64(byte) << (8 * UInt64(count))
      } else {
        high |= UInt64(byte) << (8 * UInt64(count - 8))
      }
      count += 1
    }
    guard hasNoPercent || isTemplate else { return nil }
    let (dot, twoDots): (UInt64, UInt64) = (0x2E, 0x2E2E)
    guard count > 0, low != dot, low != twoDots else { return nil }
  }

  /// The same from another room, where ``init(bytes:)`` would be called for any sequence: that
  /// takes a target 10 µs while the guest stands still.
  package init?(of name: Name) { self.init(bytes: name.bytes) }

  /// How many bytes the name has, 1 to 15.
  public var count: Int {
    var count = 0
    while count < Self.countMax, self[count] != 0 { count += 1 }
    return count
  }

  /// The byte at `index`, zero behind the last one; `index` is 0 to 15.
  package subscript(index: Int) -> UInt8 {
    precondition((0...Self.countMax).contains(index), "a name has no such byte")
    let word = index < 8 ? low : high
    return UInt8(truncatingIfNeeded: word >> (8 * UInt64(index % 8)))
  }

  /// The bytes without the NUL.
  public var bytes: [UInt8] { (0..<count).map { self[$0] } }

  /// Lends the 16 bytes, NUL at the end, to a call that may change them.
  mutating func lend(
    to body: (UnsafeMutableRawPointer) throws(SystemError) -> Void
  ) throws(SystemError) {
    var words = (low.littleEndian, high.littleEndian)
    // Safe: the two words are 16 bytes side by side, and the call keeps no pointer.
    try unsafe withUnsafeMutableBytes(of: &words) { buffer throws(SystemError) in
      try unsafe body(buffer.baseAddress!)
    }
    (low, high) = (UInt64(littleEndian: words.0), UInt64(littleEndian: words.1))
    clearBehindEnd()
  }

  // The kernel writes a string, not sixteen bytes; equality is by all of them.
  private mutating func clearBehindEnd() {
    let kept = count
    low &= kept < 8 ? (1 << (8 * UInt64(kept))) - 1 : .max
    high &= kept < 8 ? 0 : (1 << (8 * UInt64(kept - 8))) - 1
  }

  private var hasNoPercent: Bool { !(0..<Self.countMax).contains { self[$0] == 0x25 } }

  /// Whether the kernel puts a number in place of "%d"; it takes no other "%".
  private var isTemplate: Bool {
    guard let place = (0..<Self.countMax).first(where: { self[$0] == 0x25 }) else { return false }
    let isLast = !(place + 1..<Self.countMax).contains { self[$0] == 0x25 }
    return isLast && place + 1 < Self.countMax && self[place + 1] == 0x64
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    let isSpace = byte == 0x20 || (0x09...0x0D).contains(byte) || byte == 0xA0
    return byte != 0 && byte != 0x2F && byte != 0x3A && !isSpace
  }
}

extension InterfaceName: CustomStringConvertible {
  /// Makes a name of text; nil when the kernel would refuse it.
  public init?(_ text: String) {
    self.init(bytes: text.utf8)
  }

  /// The name as text, bytes that are not UTF-8 replaced.
  public var description: String { String(shown: bytes) }
}
