// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
import CBaton

/// The release that the library is of.
enum Version {
  /// major * 1000000 + minor * 1000 + patch.
  static let number: UInt32 = {
    var number: UInt32 = 0
    var part: UInt32 = 0
    for byte in Name(Baton.version).bytes {
      if (0x30...0x39).contains(byte) {
        part = part * 10 + UInt32(byte - 0x30)
      } else {
        // What follows a number of three parts is no part of it.
        guard byte == UInt8(ascii: ".") else { break }
        number = number * 1000 + part
        part = 0
      }
    }
    return number * 1000 + part
  }()
}

@c @implementation
package func baton_version() -> UnsafePointer<CChar>? {
  // Safe: a StaticString lives for ever and ends with NUL.
  unsafe UnsafeRawPointer(Baton.version.utf8Start).assumingMemoryBound(to: CChar.self)
}

@c @implementation
package func baton_version_number() -> UInt32 { Version.number }

@c @implementation
package func baton_refuse(
  _ why: Why, _ cause: CInt, _ field: CUnsignedInt, _ here: UInt64, _ there: UInt64,
  _ error: CInt
) -> CInt {
  enter(nil) { () throws(Hindrance) in
    var refusal = baton_refusal.blank
    refusal.cause = cause
    refusal.field = field
    refusal.error = error
    refusal.here = baton_value(.number(here))
    refusal.there = baton_value(.number(there))
    // Safe: the caller's place, or NULL.
    guard unsafe Struct.write(refusal, to: why) else { throw .rule("`why` has no size") }
    return 0
  }
}
