public import BatonNet

/// What a virtual machine is made of; source and target of a move are made of the same.
public struct MachineConfiguration: Sendable {
  /// One network device and the address that its guest has.
  public struct Nic: Sendable {
    /// Its identity, equal on both sides of a move.
    public var id: String
    /// The TAP and the virtio features of the device.
    public var options: NetDevice.Options
    /// The guest's IPv4 address, highest octet first.
    public var ipv4: UInt32
    /// What `device_del` calls the device, where that is not the same.
    package var device: String?
    /// Its place in the machine; nil for the first that is free.
    package var slot: Int?

    /// A device, and the address of the guest behind it; see the properties.
    public init(id: String, options: NetDevice.Options, ipv4: UInt32) {
      self.id = id
      self.options = options
      self.ipv4 = ipv4
    }
  }

  /// What logs and traces call this process.
  public var name: String
  /// The guest's memory in bytes.
  public var memoryByteCount: Int
  /// The network devices, in the order in which they are made and moved.
  public var nics: [Nic]
  /// For how many network devices the guest has room, the same on both sides; at least for those
  /// that it begins with.
  public var slots: Int
  /// The address of a guest behind a device that is plugged in: this one plus the device's place.
  public var spareIPv4: UInt32
  /// The Ethernet address of such a device, likewise, unless it is told one.
  public var spareMAC: MACAddress

  /// A machine of these parts; nothing is opened yet.
  public init(name: String, memoryByteCount: Int, nics: [Nic]) {
    slots = nics.count
    spareIPv4 = nics.first?.ipv4 ?? 0x0A00_0102
    spareMAC = nics.first?.options.mac ?? MACAddress(0x52, 0x54, 0, 0xBA, 0x70, 1)
    self.name = name
    self.memoryByteCount = memoryByteCount
    self.nics = nics
  }

  /// Descriptors that were given to the process are another machine's already.
  mutating func forgetDescriptors() {
    for index in nics.indices {
      if nics[index].options.tap.fds != nil { nics[index].options.tap.fds = [] }
      nics[index].options.tap.vhostFDs = []
    }
  }
}
