import BatonTesting

/// Up to eight small numbers in order, none of them zero, in one word.
struct Codes: BitwiseCopyable, Hashable, Sendable {
  private var bits: UInt64 = 0

  var isEmpty: Bool { bits == 0 }

  /// Whether there was room.
  mutating func push(_ code: UInt8) -> Bool {
    guard bits >> 56 == 0 else { return false }
    let shift = UInt64((71 - bits.leadingZeroBitCount) / 8 * 8)
    bits |= UInt64(code) << shift
    return true
  }

  /// Puts one before all others; whether there was room.
  mutating func pushFirst(_ code: UInt8) -> Bool {
    guard bits >> 56 == 0 else { return false }
    bits = bits << 8 | UInt64(code)
    return true
  }

  mutating func popFirst() -> UInt8 {
    defer { bits >>= 8 }
    return UInt8(truncatingIfNeeded: bits)
  }

  var first: UInt8 { UInt8(truncatingIfNeeded: bits) }

  var all: [UInt8] {
    var rest = self
    var all: [UInt8] = []
    while !rest.isEmpty { all.append(rest.popFirst()) }
    return all
  }
}
