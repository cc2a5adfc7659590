import ArgumentParser

/// An IPv4 address as users write it.
struct IPv4Argument: ExpressibleByArgument, CustomStringConvertible {
  let value: UInt32

  init?(argument: String) {
    let octets = argument.split(separator: ".", omittingEmptySubsequences: false)
    guard octets.count == 4 else { return nil }
    var value: UInt32 = 0
    for octet in octets {
      guard let number = UInt8(octet) else { return nil }
      value = value << 8 | UInt32(number)
    }
    self.value = value
  }

  /// As users write it; `--help` shows a default by this.
  var description: String {
    (0..<4).map { "\(UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)))" }.joined(separator: ".")
  }
}
