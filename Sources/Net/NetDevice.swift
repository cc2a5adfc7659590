public import BatonCore

/// A guest's network device: a ``VirtioNet`` towards the guest and a ``Tap`` towards the kernel,
/// under one name, that can be moved to another process.
///
/// The device model needs the guest's memory, which a target has only once it was adopted: give it
/// with ``attach(memory:)`` as soon as it is there. Interrupts are raised once per round of the
/// loop, and none while the guest is stopped for a move.
public final class NetDevice {
  /// The device's identity, equal on both sides.
  public let name: Name
  /// The kind of device by which both sides know how to read the offer and the state.
  public let kind = Name("net")
  /// What the embedder asked for; what the kernel gave is known to ``tap``.
  public private(set) var options: Options
  /// The side towards the kernel, of the same life as the device.
  public let tap: Tap
  /// The kernel's datapath, when it was wished for.
  package let vhost: Vhost?
  /// The guest's side; nil until there is memory, and after the guest has gone.
  public private(set) var virtio: VirtioNet?

  /// Holds the state's record from save to save, so that a save allocates nothing.
  var record: [UInt8] = []
  /// Who sees the frames that this process carries; those that the kernel carries (vhost-net)
  /// nobody sees. Without anyone it costs a comparison for each batch, and for each frame sent.
  package var witnesses: [any FrameWitness] = [] {
    didSet { tee = witnesses.isEmpty ? nil : FrameTee(witnesses) }
  }
  /// What tells them; nil for nobody.
  private(set) var tee: FrameTee?
  private var memory: GuestMemory?
  private var round: RoundWatch?
  private unowned(unsafe) var target: (any Interrupting)?
  private unowned(unsafe) var follower: (any NetDeviceWatcher)?

  /// A device whose TAP nobody has asked for yet.
  ///
  /// - Parameters:
  ///   - loop: What everything here is confined to.
  ///   - name: The device's identity, equal on both sides.
  ///   - options: The TAP, and what the guest is offered.
  ///   - notifiers: Tells of the migration that comes in, if one does.
  ///   - policy: Says whether backends travel as descriptors; it outlives the device.
  ///   - number: How records name the TAP's machine.
  ///   - vhostNumber: The same of the datapath's, where there is one; nil for no records of it.
  ///   - observer: Sees every microstep of them.
  public init(
    _ loop: any Loop, name: Name, options: Options, notifiers: NotifierList,
    policy: any TransferPolicy, number: UInt16 = 0, vhostNumber: UInt16? = nil,
    observer: (any Observer)? = nil
  ) {
    self.name = name
    self.options = options
    // Frames are the TAP's affair; who serves the rings is this device's.
    var interface = options.tap
    (interface.vhost, interface.vhostFDs) = (.off, [])
    tap = Tap(
      loop, name: name, options: interface, notifiers: notifiers, policy: policy,
      number: number, observer: observer)
    vhost = options.tap.vhostWish.map {
      Vhost(
        loop, wish: $0, number: vhostNumber ?? number,
        observer: vhostNumber == nil ? nil : observer)
    }
    tap.port = self
    vhost?.port = self
    round = RoundWatch(loop, calling: self)
  }

  deinit {
    vhost?.port = nil
    vhost?.close()
    tap.port = nil
    tap.close()
  }

  /// Who is interrupted; it has to outlive the device, or to be taken away with nil.
  public var interrupts: (any Interrupting)? {
    get {
      // Safe: it outlives the device or takes itself away.
      unsafe target
    }
    set {
      // Safe: only the reference is stored; `get` says why it may be used.
      unsafe target = newValue
    }
  }

  /// Who is told of a loss; it has to outlive the device, or to be taken away with nil.
  public var watcher: (any NetDeviceWatcher)? {
    get {
      // Safe: it outlives the device or takes itself away.
      unsafe follower
    }
    set {
      // Safe: only the reference is stored; `get` says why it may be used.
      unsafe follower = newValue
    }
  }

  /// Opens the TAP, or lets it wait for a migration that comes in.
  ///
  /// - Throws: An option that cannot be, before any call is made; what the kernel refused or cannot
  ///   do for the options; or that the device was begun or closed before.
  public func begin(_ arrival: TapChart.Arrival) throws(Refusal) {
    if let mtu = options.mtu, mtu < VirtioNet.mtuMin {
      throw Refusal(
        .invalid, field: .mtu, subject: name, here: .name(Name("68 to 65535")),
        there: .number(UInt64(mtu)))
    }
    // Before anything is opened that others may see.
    try vhost?.open()
    try tap.begin(arrival)
    if let loss { throw loss }
  }

  /// Whether a descriptor is one of its TAP's queues: two devices cannot have one.
  package func holds(_ number: CInt) -> Bool { tap.holds(number) }

  /// Whether its TAP is open or adopted, so that a guest can be started over it.
  public var isReady: Bool { tap.isReady }

  /// Whether a migration that comes in decides how it gets its TAP.
  package var isWaiting: Bool { [.waiting, .expecting].contains(tap.state) }

  /// Whether the TAP is closed for good, and what was owed for it was done.
  public var isClosed: Bool { tap.isClosed }

  /// Whether a script or a helper of its TAP runs, or is this process's to run.
  package var hasProgram: Bool { tap.hasProgram }

  /// Closes the TAP for good, and forgets the guest. A down script may still run: see ``isClosed``.
  public func close() {
    vhost?.close()
    tap.close()
    forgetGuest()
    witnesses = []
  }

  /// Gives the device the guest's memory, which has to stay mapped until the device is closed,
  /// released or discarded.
  public func attach(memory: GuestMemory) {
    letGo()
    self.memory = memory
    virtio = nil
    // Without what was asked for by all means there is no network; whoever watches is told.
    do { try makeVirtio() } catch { tap.send(.lost(error)) }
  }

  /// Gives the device what its guest reads of it, before there is memory: a device that is plugged
  /// in has a TAP by then.
  package func present(mac: MACAddress, mtu: UInt16?) {
    (options.mac, options.mtu) = (mac, mtu)
  }

  /// Takes the device from its guest, and keeps the TAP.
  package func unplug() { forgetGuest() }

  /// Whether the guest's memory was given and not forgotten since.
  var hasMemory: Bool { memory != nil }

  /// Makes the guest's side once there is memory and the TAP's header is known, and tells the
  /// kernel of that memory, if it is to serve the rings.
  ///
  /// - Throws: Why the kernel cannot serve them, where nothing else will do.
  func makeVirtio() throws(Refusal) {
    guard virtio == nil, let memory, tap.isReady else { return }
    let header = tap.memory.properties.frameHeaderByteCount
    try prepare(memory, hasHeader: header > 0)
    var configuration = options.configuration(headerByteCount: header)
    configuration.rings = vhost?.features ?? .rings
    let virtio = VirtioNet(memory: memory, configuration: configuration)
    self.virtio = virtio
    rehearse(virtio)
  }

  /// Saves and loads a device in its reset state, so that in the blackout nothing is done for the
  /// first time: the record has its room, and the code is in memory.
  private func rehearse(_ virtio: VirtioNet) {
    record.removeAll(keepingCapacity: true)
    virtio.save(into: &record)
    let rehearsed = record
    // Safe: bytes of bytes; the array outlives the span.
    let state = unsafe rehearsed.span.bytes
    // A device that was just made takes back what it said.
    do { try virtio.load(from: state) } catch { assertionFailure("a fresh device is refused") }
  }

  /// The guest is not ours, or not any more.
  func forgetGuest() {
    letGo()
    virtio = nil
    memory = nil
  }
}

/// Once per round of the loop.
extension NetDevice: Watcher {
  /// The loop calls at the end of a round.
  public func ready(_ what: Ready, watch: Int) {
    guard let virtio, virtio.hasPendingInterrupts, !tap.isHeld, let interrupts else { return }
    virtio.flushInterrupts(to: interrupts)
  }
}

@available(*, unavailable)
extension NetDevice: Sendable {}
