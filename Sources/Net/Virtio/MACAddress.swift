import BatonCore

/// An Ethernet address of six bytes, in the order in which they go over the wire.
public struct MACAddress: Hashable, Sendable {
  /// The six octets in the low 48 bits, the first one sent in the highest.
  public let bits: UInt64

  /// Takes the low 48 bits, the first octet sent in the highest of them.
  public init(bits: UInt64) { self.bits = bits & 0xffff_ffff_ffff }

  /// Takes the octets in the order in which they are sent.
  public init(
    _ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8, _ fifth: UInt8,
    _ sixth: UInt8
  ) {
    let high = UInt64(first) << 40 | UInt64(second) << 32 | UInt64(third) << 24
    bits = high | UInt64(fourth) << 16 | UInt64(fifth) << 8 | UInt64(sixth)
  }

  /// The octet with the given number, 0 to 5, in the order in which they are sent.
  public subscript(index: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: bits >> UInt64(8 * (5 - index)))
  }

  /// Whether a station may have it: neither a group address nor all zero.
  public var isStation: Bool { bits != 0 && self[0] & 1 == 0 }
}

extension MACAddress: CustomStringConvertible {
  /// The six octets in hexadecimal with colons, as `ip link` prints them.
  public var description: String {
    let octets = (0..<6).map { index in
      let octet = String(self[index], radix: 16)
      return octet.count == 1 ? "0" + octet : octet
    }
    return joined(octets, by: ":")
  }
}
