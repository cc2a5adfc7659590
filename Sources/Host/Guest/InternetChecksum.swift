/// The checksum of IPv4, ICMP and UDP (RFC 1071): the one's complement of the one's complement sum
/// of 16-bit words in network order.
package struct InternetChecksum: Sendable {
  private var sum: UInt64 = 0

  package init() {}

  package mutating func add(_ word: UInt16) { sum += UInt64(word) }

  /// Adds a range of bytes; an odd one is followed by a zero. Only the last range may be odd.
  package mutating func add(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    var index = range.lowerBound
    while index + 1 < range.upperBound {
      sum += UInt64(bytes[index]) << 8 | UInt64(bytes[index + 1])
      index += 2
    }
    if index < range.upperBound { sum += UInt64(bytes[index]) << 8 }
  }

  /// The checksum of what was added; over a block with its own checksum it is zero.
  package var value: UInt16 {
    var folded = sum
    while folded > 0xffff { folded = folded & 0xffff + folded >> 16 }
    return ~UInt16(folded)
  }
}
