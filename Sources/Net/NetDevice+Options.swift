import BatonCore

extension NetDevice {
  /// How a network device is wished for; both sides of a move must wish for the same.
  public struct Options: Hashable, Sendable {
    /// The TAP. Its header is as long as the device's own, whatever is said here.
    public var tap: TapOptions
    /// The guest's address; a moved guest brings its own.
    public var mac: MACAddress
    /// The MTU that the guest is told of, in its configuration space; nil offers none. What the
    /// interface on the host has is `tap.mtu`: setting one does not set the other.
    public var mtu: UInt16?
    /// The offloads that the guest is offered.
    public var offloads: VirtioFeatures
    /// The longest queue in entries, a power of two up to 1024.
    public var queueSizeMax: UInt16

    /// A device without offloads unless said otherwise.
    public init(
      tap: TapOptions, mac: MACAddress, mtu: UInt16? = nil, offloads: VirtioFeatures = [],
      queueSizeMax: UInt16 = 256
    ) {
      self.tap = tap
      self.tap.headerSize = UInt32(VirtioNet.headerByteCount)
      self.mac = mac
      self.mtu = mtu
      self.offloads = offloads
      self.queueSizeMax = queueSizeMax
    }

    /// The device over a TAP whose frames have a header of so many bytes, or none.
    func configuration(headerByteCount: Int) -> VirtioNet.Configuration {
      VirtioNet.Configuration(
        mac: mac, maxPairs: tap.queues, mtu: mtu, headerByteCount: headerByteCount,
        offloads: offloads, queueSizeMax: queueSizeMax)
    }
  }
}
