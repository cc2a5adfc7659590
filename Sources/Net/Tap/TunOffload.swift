/// What a TAP may leave to the guest, as the argument of TUNSETOFFLOAD (linux/if_tun.h).
public struct TunOffload: OptionSet, Hashable, Sendable, BitwiseCopyable {
  /// The `TUN_F_` bits as linux/if_tun.h numbers them.
  public let rawValue: UInt32

  /// Takes the bits as they are, known or not.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// TUN_F_CSUM: frames without a checksum.
  public static let csum = Self(rawValue: 0x1)
  /// TUN_F_TSO4: long TCP segments over IPv4.
  public static let tso4 = Self(rawValue: 0x2)
  /// TUN_F_TSO6: long TCP segments over IPv6.
  public static let tso6 = Self(rawValue: 0x4)
  /// TUN_F_TSO_ECN: such segments with ECN.
  public static let ecn = Self(rawValue: 0x8)
  /// TUN_F_UFO: UDP datagrams still to be fragmented.
  public static let ufo = Self(rawValue: 0x10)
  /// TUN_F_USO4: UDP segments over IPv4 (Linux 6.2).
  public static let uso4 = Self(rawValue: 0x20)
  /// TUN_F_USO6: UDP segments over IPv6 (Linux 6.2).
  public static let uso6 = Self(rawValue: 0x40)
  /// TUN_F_UDP_TUNNEL_GSO: segments inside of UDP tunnels (Linux 6.17).
  public static let tunnel = Self(rawValue: 0x80)

  /// What is tried to find out whether the kernel knows UFO.
  static let ufoProbe: Self = [.csum, .ufo]
  /// What is tried to find out whether the kernel knows USO, which it takes as a pair only.
  static let usoProbe: Self = [.csum, .uso4, .uso6]
  /// What is tried to find out whether the kernel knows tunnels, which need a TSO.
  static let tunnelProbe: Self = [.csum, .tso4, .tunnel]
}

extension VirtioFeatures {
  /// What the TAP may leave to a driver that accepted these features.
  package var tunOffload: TunOffload {
    guard contains(.guestCsum) else { return [] }
    var offload: TunOffload = .csum
    if contains(.guestTSO4) { offload.insert(.tso4) }
    if contains(.guestTSO6) { offload.insert(.tso6) }
    if contains(.guestECN), !offload.isDisjoint(with: [.tso4, .tso6]) { offload.insert(.ecn) }
    if contains(.guestUFO) { offload.insert(.ufo) }
    // The kernel takes the two of them as a pair only.
    if isSuperset(of: [.guestUSO4, .guestUSO6]) { offload.formUnion([.uso4, .uso6]) }
    return offload
  }
}
