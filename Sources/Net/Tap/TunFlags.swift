import BatonCore

/// The IFF_ flags of a TUN descriptor that matter here (linux/if_tun.h).
public struct TunFlags: OptionSet, Hashable, Sendable, BitwiseCopyable {
  /// IFF_ bits, as TUNGETIFF tells them.
  public let rawValue: UInt16

  /// Takes the bits as they are, known or not.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// IFF_TUN: the interface carries IP packets.
  public static let tun = Self(rawValue: 0x0001)
  /// IFF_TAP: the interface carries Ethernet frames.
  public static let tap = Self(rawValue: 0x0002)
  /// IFF_MULTI_QUEUE: several descriptors may be attached.
  public static let multiQueue = Self(rawValue: 0x0100)
  /// IFF_NO_PI: no packet information in front of a frame.
  public static let noPacketInfo = Self(rawValue: 0x1000)
  /// IFF_VNET_HDR: a virtio-net header in front of a frame.
  public static let vnetHeader = Self(rawValue: 0x4000)

  /// Those that decide what a frame looks like and how many queues there are; both sides must
  /// have the same. The others (persistence, for instance) are the administrator's.
  static let compared: Self = [.tap, .multiQueue, .noPacketInfo, .vnetHeader]

  /// Those that RTM_GETLINK tells of an interface that nobody has to open for it.
  static let told: Self = [.tun, .tap, .multiQueue]

  /// What an interface with these flags is, in words.
  var kind: Name {
    if contains(.tun) { return Name("a TUN") }
    guard contains(.tap) else { return Name("no TAP") }
    return contains(.multiQueue)
      ? Name("a TAP of several queues") : Name("a TAP of one queue")
  }
}
