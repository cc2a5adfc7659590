package import BatonCore

/// A virtio-net device (virtio 1.2, 5.1) over guest memory, without a transport and without a TAP.
///
/// The transport (MMIO, PCI or a software guest) drives the registers: features, status, queues,
/// notifications. The TAP's driver moves frames: `canReceive` and `receive` towards the guest,
/// `transmit` away from it, and `flushInterrupts` once per round. Nothing here waits, and nothing
/// on the way of a frame allocates.
///
/// The guest is not trusted. A ring it has spoilt breaks the device: `status` says `needsReset`,
/// no queue is served, `lastFault` names the reason, until the driver resets it.
///
/// Queue 2i receives for pair i, queue 2i + 1 transmits, the last one controls.
@safe public final class VirtioNet {
  /// What the host decides; source and target of a move must decide the same.
  package struct Configuration: Equatable, Sendable {
    /// The guest's address; a moved guest brings its own.
    package var mac: MACAddress
    /// Queue pairs that the guest may use, 1 to 256.
    package var maxPairs: Int
    /// The MTU told to the guest, 68 at least; nil offers none, and 1500 bounds the frames.
    package var mtu: UInt16?
    /// The TAP's header in bytes: 12 with IFF_VNET_HDR, which passes through, or 0 without.
    package var headerByteCount: Int
    /// Offloads that the TAP can do; none count without a header.
    package var offloads: VirtioFeatures
    /// The longest queue in entries, a power of two up to 1024.
    package var queueSizeMax: UInt16
    /// Whether VIRTIO_F_EVENT_IDX is offered.
    package var offersEventIndex: Bool
    /// What the rings can do, where another one may serve them than this device.
    package var rings = VirtioFeatures.rings

    /// A device with one pair, a TAP header and no offloads unless said otherwise.
    package init(
      mac: MACAddress, maxPairs: Int = 1, mtu: UInt16? = nil, headerByteCount: Int = 12,
      offloads: VirtioFeatures = [], queueSizeMax: UInt16 = 256, offersEventIndex: Bool = true
    ) {
      self.mac = mac
      self.maxPairs = maxPairs
      self.mtu = mtu
      self.headerByteCount = headerByteCount
      self.offloads = offloads
      self.queueSizeMax = queueSizeMax
      self.offersEventIndex = offersEventIndex
    }
  }

  /// What the guest's notification asks the host to do.
  package enum Kick: Equatable, Sendable {
    /// Call `transmit` for this pair.
    case transmit(pair: Int)
    /// The pair may have receive buffers again.
    case receive(pair: Int)
    /// Control commands were served; `activePairs` may have changed.
    case control
    /// There is no such queue, or the device does not run.
    case ignored
  }

  /// The size of `virtio_net_hdr_v1` in front of every frame on the guest's side, in bytes.
  public static let headerByteCount = 12
  /// The least MTU that a device may tell its driver, in bytes (virtio 1.2, 5.1.4.1).
  public static let mtuMin: UInt16 = 68
  /// The most queue pairs of a device.
  public static let maxPairsLimit = 256
  /// The longest frame without its virtio-net header: an IP packet with two VLAN tags, in bytes.
  public static let frameByteCountMax = 65_535 + 22

  // Safe: of all that is not checked for exclusive access here, nothing is lent over a call that
  // leaves this type, and all calls come on one thread. A check costs more than what it guards.

  /// The memory that holds the guest's rings and buffers; mapped for as long as it is the device's.
  @safe @exclusivity(unchecked) package internal(set) var memory: GuestMemory {
    didSet { forgetRoom() }
  }
  /// What the host decided, with the MAC address that a moved guest brought.
  @safe @exclusivity(unchecked) package internal(set) var configuration: Configuration
  /// What the driver may accept.
  public let offeredFeatures: VirtioFeatures
  /// What the driver accepted; binding once `status` has `featuresOK`.
  @safe @exclusivity(unchecked) public internal(set) var acceptedFeatures: VirtioFeatures = []
  /// The status byte as the driver wrote it last (virtio 1.2, 2.1).
  @safe @exclusivity(unchecked) public internal(set) var status: VirtioStatus = []
  /// Queue pairs in use, 1 until the driver asks for more.
  @safe @exclusivity(unchecked) public internal(set) var activePairs = 1
  /// Whether the link is up, as the guest sees it.
  @safe @exclusivity(unchecked) public internal(set) var isLinkUp = true
  /// Counts changes of the configuration, for transports that show it.
  public internal(set) var configurationGeneration: UInt32 = 0
  /// What this process's device has done.
  @safe @exclusivity(unchecked) public internal(set) var counters = VirtioCounters()
  /// What broke the device last, and in which queue.
  public internal(set) var lastFault: (queue: Int, fault: RingFault)?

  /// Where writes to the guest's memory are noted; nil while nobody wants to know.
  @safe @exclusivity(unchecked) package var log: DirtyLog?
  @safe @exclusivity(unchecked) var rings: [SplitRing]
  /// What `rings` was before the last load, for the room that it has; it means nothing.
  @safe @exclusivity(unchecked) var formerRings: [SplitRing] = []
  /// Queues for which the guest is to be interrupted; never holds a queue twice.
  @safe @exclusivity(unchecked) var pendingQueues: [UInt16] = []
  var isConfigurationInterruptPending = false
  @safe @exclusivity(unchecked) var chain = DescriptorChain()
  /// The receive queue whose next chain is in `chain`, and at which index; nil when none is.
  @safe @exclusivity(unchecked) var handQueue: Int?
  @safe @exclusivity(unchecked) var handIndex: UInt16 = 0
  /// The receive buffers that were looked at last.
  @safe @exclusivity(unchecked) var receiveRoom = ReceiveRoom()
  /// Where the pieces of a frame are put together; one frame with its header long.
  let scratch: UnsafeMutableRawBufferPointer
  /// The header given to the guest with the frame in hand.
  let header: UnsafeMutableRawBufferPointer

  /// Makes a device in its reset state; a configuration out of bounds traps.
  package init(memory: GuestMemory, configuration: Configuration) {
    precondition(
      1...Self.maxPairsLimit ~= configuration.maxPairs, "queue pairs out of bounds")
    precondition(
      configuration.headerByteCount == 0 || configuration.headerByteCount == Self.headerByteCount,
      "a TAP header is 0 or 12 bytes long")
    precondition(
      SplitRing.isSize(configuration.queueSizeMax, atMost: SplitRing.sizeMax),
      "the queue size is no power of two up to 1024")
    precondition(configuration.mac.isStation, "no station's address")
    precondition(configuration.mtu ?? Self.mtuMin >= Self.mtuMin, "an MTU below 68")
    self.memory = memory
    self.configuration = configuration
    offeredFeatures = Self.features(of: configuration)
    rings = Array(repeating: SplitRing(), count: Self.queueCount(of: configuration))
    pendingQueues.reserveCapacity(rings.count)
    // Safe: ours alone and freed in `deinit`; it is written before it is read, and its parts are
    // lent for calls only.
    unsafe scratch = .allocate(
      byteCount: Self.headerByteCount + Self.frameByteCountMax, alignment: 16)
    // Safe: as `scratch`; each frame sets all of it before it is read.
    unsafe header = .allocate(byteCount: Self.headerByteCount, alignment: 16)
  }

  deinit {
    // Safe: allocated in `init`, lent to nobody.
    unsafe scratch.deallocate()
    // Safe: allocated in `init`, read and written only within its length.
    unsafe header.deallocate()
  }

  private static func features(of configuration: Configuration) -> VirtioFeatures {
    var features: VirtioFeatures = [
      .version1, .mac, .status, .mergeableBuffers, .indirectDescriptors,
    ]
    if configuration.offersEventIndex { features.insert(.eventIndex) }
    if configuration.mtu != nil { features.insert(.mtu) }
    if configuration.maxPairs > 1 { features.formUnion([.controlQueue, .multiqueue]) }
    if configuration.headerByteCount > 0 {
      features.formUnion(configuration.offloads.intersection(.offloads))
    }
    return features.subtracting(VirtioFeatures.rings.subtracting(configuration.rings))
  }

  private static func queueCount(of configuration: Configuration) -> Int {
    2 * configuration.maxPairs + (configuration.maxPairs > 1 ? 1 : 0)
  }
}

@available(*, unavailable) extension VirtioNet: Sendable {}
