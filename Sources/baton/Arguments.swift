import ArgumentParser
import BatonDiagrams
import BatonHost
import BatonNet

/// An IPv4 address as users write it.
struct IPv4Argument: ExpressibleByArgument {
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
}

/// A MAC address as users write it: six hexadecimal octets with colons.
struct MACArgument: ExpressibleByArgument {
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
}

/// Who is killed where, as users write it: `source@offered`.
struct KillArgument: ExpressibleByArgument {
  let value: KillPoint

  init?(argument: String) {
    guard let value = KillPoint(argument) else { return nil }
    self.value = value
  }
}

/// The format of a drawing.
struct FormatArgument: ExpressibleByArgument {
  let value: DiagramFormat

  init(value: DiagramFormat) { self.value = value }

  init?(argument: String) {
    guard let value = DiagramFormat(rawValue: argument) else { return nil }
    self.value = value
  }

  static var allValueStrings: [String] { DiagramFormat.allCases.map(\.rawValue) }

  var defaultValueDescription: String { value.rawValue }
}
