import BatonCore
import BatonNet
import BatonTesting

/// An open /dev/vhost-net: a device of one pair whose rings are started and stopped one by one, in
/// the memory of whoever owns it. It behaves as docs/KERNELS.md says that Linux does.
final class SimulatedVhost: SimulatedFile {
  /// What is said of a ring before it is started.
  struct Ring {
    var size: UInt16 = 0
    var base: UInt16 = 0
    var place: (descriptors: UInt, available: UInt, used: UInt)?
    var kick: SimulatedCounter?
    var call: SimulatedCounter?
    var error: SimulatedCounter?
    var backend: SimulatedQueue?
  }

  /// What Debian's kernels 5.10 and 6.1 have.
  static let usualFeatures: UInt64 = 0x3_3d00_8000

  private weak var machine: SimulatedMachine?
  /// Kept when it dies: nobody else can own the descriptor then.
  var owner: SimulatedProcess?
  var features: UInt64 = 0
  var memory: GuestMemory?
  private(set) var rings = [Ring(), Ring()]
  private var device: VirtioNet?
  private var isServing = false

  init(_ machine: SimulatedMachine) {
    self.machine = machine
    super.init()
    machine.remember(self)
  }

  override var kind: FileKind { FileKind(type: .characterDevice(major: 10, minor: 238)) }

  /// Whether a ring has a backend.
  func isRunning(_ ring: Int) -> Bool { rings[ring].backend != nil }

  func setSize(_ ring: Int, _ size: UInt16) { rings[ring].size = size }
  func setBase(_ ring: Int, _ base: UInt16) { rings[ring].base = base }

  func setPlace(_ ring: Int, _ place: (descriptors: UInt, available: UInt, used: UInt)) {
    rings[ring].place = place
  }

  /// Where it stands; nil when there is none.
  func base(_ ring: Int) -> UInt16 {
    guard isRunning(ring), let device else { return rings[ring].base }
    return device.position(of: ring)
  }

  func setCounter(
    _ ring: Int, _ which: WritableKeyPath<Ring, SimulatedCounter?>, _ counter: SimulatedCounter
  ) {
    counter.retain()
    rings[ring][keyPath: which]?.release()
    rings[ring][keyPath: which] = counter
    if which == \.kick { counter.listener = self }
  }

  /// Starts a ring with a queue; false when its parts are not in memory (EFAULT).
  func start(_ ring: Int, with queue: SimulatedQueue) -> Bool {
    guard let place = rings[ring].place, let memory, let machine,
      let descriptors = guestAddress(place.descriptors),
      let available = guestAddress(place.available), let used = guestAddress(place.used)
    else { return false }
    let isClash = machine.vhosts.contains { other in
      other !== self && other.isRunning(ring) && other.rings[ring].place?.used == place.used
    }
    if isClash { machine.clashes += 1 }
    let device = self.device ?? makeDevice(memory)
    self.device = device
    device.agree(on: VirtioFeatures(rawValue: features).union(.offloads).union(.version1))
    device.stopQueue(ring)
    do {
      try device.startQueue(
        ring, size: rings[ring].size, descriptors: descriptors, available: available, used: used,
        next: rings[ring].base)
    } catch {
      return false
    }
    queue.retain()
    rings[ring].backend?.release()
    rings[ring].backend = queue
    if ring == 0 { queue.server = self }
    serve()
    return true
  }

  /// Stops a ring, in which nothing is in flight.
  func stop(_ ring: Int) {
    guard let queue = rings[ring].backend else { return }
    rings[ring].base = device?.stopQueue(ring) ?? 0
    rings[ring].backend = nil
    if ring == 0 { queue.server = nil }
    queue.release()
  }

  private func makeDevice(_ memory: GuestMemory) -> VirtioNet {
    let hasHeader = features & 1 << 27 == 0
    return VirtioNet(
      memory: memory,
      configuration: .init(
        mac: MACAddress(0x52, 0x54, 0, 0, 0, 1), headerByteCount: hasHeader ? 12 : 0,
        offloads: .offloads, queueSizeMax: 1024))
  }

  private func guestAddress(_ host: UInt) -> UInt64? {
    for region in memory?.regions ?? [] {
      // Safe: only the address is used.
      let start = unsafe UInt(bitPattern: region.host.baseAddress)
      if host >= start, host - start < UInt(region.byteCount) {
        return region.guestAddress + UInt64(host - start)
      }
    }
    return nil
  }

  override func closed() {
    for ring in rings.indices {
      stop(ring)
      rings[ring].kick?.release()
      rings[ring].call?.release()
      rings[ring].error?.release()
      rings[ring] = Ring()
    }
  }

  // MARK: Frames

  /// A bell was rung, a frame has come, or a ring was started.
  func serve() {
    guard !isServing, let device, let machine, let owner else { return }
    guard owner.isAlive || machine.ringsOutliveOwners else { return }
    isServing = true
    defer { isServing = false }
    let before = device.counters.received.frames + device.counters.transmitted.frames
    if isRunning(1) {
      // Ends when the guest has no more, or the TAP no room.
      while device.transmit(pair: 0, limit: 64, to: self) == .limited {}
    }
    while isRunning(0), device.canReceive(pair: 0), let frame = rings[0].backend?.takeFrame() {
      // Safe: the array outlives the call.
      _ = unsafe frame.withUnsafeBytes { unsafe device.receive(frame: $0, pair: 0) }
    }
    let moved = device.counters.received.frames + device.counters.transmitted.frames - before
    if !owner.isAlive { machine.ghosts += Int(moved) }
    if let fault = device.takeFault() { rings[fault.queue].error?.signal() }
    device.flushInterrupts(to: self)
  }
}

extension SimulatedVhost: FrameSink {
  func write(pair: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome {
    // Safe: the frame is lent for the call.
    do { _ = try unsafe rings[1].backend?.write(frame) } catch { return .dropped }
    return .written
  }
}

extension SimulatedVhost: Interrupting {
  func interrupt(queue: Int) { rings[queue].call?.signal() }
  func interruptForConfiguration() {}
}
