import ArgumentParser
import BatonNet

/// A MAC address as users write it: six hexadecimal octets with colons.
struct MACArgument: ExpressibleByArgument, CustomStringConvertible {
  let value: MACAddress

  init?(argument: String) {
    let octets = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard octets.count == 6 else { return nil }
    var bits: UInt64 = 0
    for octet in octets {
      guard octet.count == 2, let number = UInt8(octet, radix: 16) else { return nil }
      bits = bits << 8 | UInt64(number)
    }
    let address = MACAddress(bits: bits)
    guard address.isStation else { return nil }
    value = address
  }

  /// As users write it; `--help` shows a default by this.
  var description: String { "\(value)" }
}
