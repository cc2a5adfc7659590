import BatonCore

extension NetDevice {
  /// How a network device is wished for; both sides of a move must wish for the same.
  public struct Options: Hashable, Sendable {
    /// The TAP. Its header is as long as the device's own, whatever is said here.
    public var tap: TapOptions
    /// The guest's address; a moved guest brings its own.
    public var mac: MACAddress
    /// The MTU that the guest is told of, in its configuration space, 68 at least; nil offers none.
    /// What the interface on the host has is `tap.mtu`: setting one does not set the other, and
    /// ``NetDevice/mtuExcess`` tells when they do not go together.
    public var mtu: UInt16?
    /// The offloads that the guest is offered.
    public var offloads: VirtioFeatures
    /// The longest queue in entries, a power of two up to 1024.
    public var queueSizeMax: UInt16
    /// Whether the guest is offered VIRTIO_F_EVENT_IDX (virtio 1.2, 2.7.7.1), which spares it
    /// interrupts and bells. A target of release 0.1.0 refuses a guest that has accepted it.
    public var offersEventIndex: Bool

    /// A device without offloads unless said otherwise.
    public init(
      tap: TapOptions, mac: MACAddress, mtu: UInt16? = nil, offloads: VirtioFeatures = [],
      queueSizeMax: UInt16 = 256, offersEventIndex: Bool = false
    ) {
      self.tap = tap
      self.tap.headerSize = UInt32(VirtioNet.headerByteCount)
      self.mac = mac
      self.mtu = mtu
      self.offloads = offloads
      self.queueSizeMax = queueSizeMax
      self.offersEventIndex = offersEventIndex
    }

    /// The device over a TAP whose frames have a header of so many bytes, or none.
    func configuration(headerByteCount: Int) -> VirtioNet.Configuration {
      VirtioNet.Configuration(
        mac: mac, maxPairs: tap.queues, mtu: mtu, headerByteCount: headerByteCount,
        offloads: offloads, queueSizeMax: queueSizeMax, offersEventIndex: offersEventIndex)
    }
  }
}

extension NetDevice {
  /// The MTU that the guest was told and that of the interface, both in bytes, when the guest's is
  /// the larger one: packets in between are lost on the host without a word to the guest.
  ///
  /// Nil when they go together, when the guest was told none, and when the interface is not to be
  /// found by its name. It asks the kernel; whoever opened or adopted the device asks once.
  public var mtuExcess: (guest: UInt16, interface: UInt32)? {
    guard let told = options.mtu, let interface = tap.interfaceMTU, UInt32(told) > interface else {
      return nil
    }
    return (told, interface)
  }
}
