/// Feature bits of a virtio-net device (virtio 1.2, 5.1.3 and 6).
public struct VirtioFeatures: OptionSet, Hashable, Sendable {
  /// The bits as the specification numbers them.
  public let rawValue: UInt64

  /// Takes the bits as they are, known or not.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  private init(bit: Int) { rawValue = 1 << UInt64(bit) }

  /// The device takes frames with a partial checksum.
  public static let csum = Self(bit: 0)
  /// The driver takes frames with a partial checksum.
  public static let guestCsum = Self(bit: 1)
  /// The device says its MTU.
  public static let mtu = Self(bit: 3)
  /// The device says its MAC address.
  public static let mac = Self(bit: 5)
  /// The driver takes TCP segments over IPv4 that are still to be cut.
  public static let guestTSO4 = Self(bit: 7)
  /// The driver takes TCP segments over IPv6 that are still to be cut.
  public static let guestTSO6 = Self(bit: 8)
  /// The driver takes such segments with ECN.
  public static let guestECN = Self(bit: 9)
  /// The driver takes UDP datagrams that are still to be fragmented.
  public static let guestUFO = Self(bit: 10)
  /// The device takes TCP segments over IPv4 that are still to be cut.
  public static let hostTSO4 = Self(bit: 11)
  /// The device takes TCP segments over IPv6 that are still to be cut.
  public static let hostTSO6 = Self(bit: 12)
  /// The device takes such segments with ECN.
  public static let hostECN = Self(bit: 13)
  /// The device takes UDP datagrams that are still to be fragmented.
  public static let hostUFO = Self(bit: 14)
  /// A frame may be spread over several receive buffers.
  public static let mergeableBuffers = Self(bit: 15)
  /// The configuration has the link status.
  public static let status = Self(bit: 16)
  /// There is a control queue.
  public static let controlQueue = Self(bit: 17)
  /// There may be several queue pairs.
  public static let multiqueue = Self(bit: 22)
  /// Chains may go through an indirect table.
  public static let indirectDescriptors = Self(bit: 28)
  /// Each side says from which index on it wants to hear of chains (VIRTIO_F_EVENT_IDX).
  public static let eventIndex = Self(bit: 29)
  /// The interface of virtio 1.0 and later; without it a driver is refused.
  public static let version1 = Self(bit: 32)
  /// The driver takes UDP segments over IPv4 that are still to be cut.
  public static let guestUSO4 = Self(bit: 54)
  /// The driver takes UDP segments over IPv6 that are still to be cut.
  public static let guestUSO6 = Self(bit: 55)
  /// The device takes UDP segments that are still to be cut.
  public static let hostUSO = Self(bit: 56)

  /// What only a TAP with a virtio-net header can do.
  public static let offloads: Self = [
    .csum, .guestCsum, .guestTSO4, .guestTSO6, .guestECN, .guestUFO, .hostTSO4, .hostTSO6,
    .hostECN, .hostUFO, .guestUSO4, .guestUSO6, .hostUSO,
  ]

  /// What only who serves the rings can do: the kernel's vhost-net says which of them it has.
  static let rings: Self = [
    .mergeableBuffers, .indirectDescriptors, .eventIndex, .version1,
  ]

  /// Those with which a frame to the guest may be longer than the MTU.
  static let guestSegments: Self = [.guestTSO4, .guestTSO6, .guestUFO, .guestUSO4, .guestUSO6]

  /// Whether every feature has those that it needs (virtio 1.2, 5.1.3.1).
  var isConsistent: Bool {
    let needsGuestCsum: Self = [.guestTSO4, .guestTSO6, .guestUFO, .guestUSO4, .guestUSO6]
    let needsCsum: Self = [.hostTSO4, .hostTSO6, .hostUFO, .hostUSO]
    return contains(.version1)
      && (isDisjoint(with: needsGuestCsum) || contains(.guestCsum))
      && (isDisjoint(with: needsCsum) || contains(.csum))
      && (!contains(.guestECN) || !isDisjoint(with: [.guestTSO4, .guestTSO6]))
      && (!contains(.hostECN) || !isDisjoint(with: [.hostTSO4, .hostTSO6]))
      && (!contains(.multiqueue) || contains(.controlQueue))
  }
}
