import BatonCore
import BatonNet

/// What a session asks of its port.
protocol SessionOwner: AnyObject {
  /// Whether rings are served in this process.
  var isServing: Bool { get }
  /// The session's device was used: its interrupts and faults are looked at behind the round.
  func wantRound()
  /// Whether this session has the TAP.
  func hasTap(_ session: Session) -> Bool
  /// A ring of it runs, or none any more.
  func session(_ session: Session, isActive: Bool)
  /// So many of its rings run now.
  func session(_ session: Session, runs count: Int, insteadOf former: Int)
  /// What its front-end has sent was looked at for so long.
  func session(_ session: Session, worked spell: Spell)
  /// Its driver has accepted other features.
  func sessionAgreed(_ session: Session)
  /// A receive ring may have buffers again.
  func feed()
  /// More of a pair waits than was sent at once.
  func awaitRoom(pair: Int)
  /// Where frames of the guest's go.
  var sink: any FrameSink { get }
  /// The guest's address is to be told to the network.
  func announce(_ mac: MACAddress, of session: Session)
  /// Its guest has broken a ring.
  func session(_ session: Session, broke ring: Int, _ fault: RingFault)
  /// It is over; nil when the front-end left.
  func session(_ session: Session, ended fault: VhostFault?)
}

/// A front-end's session: what it has said of memory and rings, and the device over them.
@safe final class Session: Driver<SessionChart> {
  /// Which of the port's places it has.
  let place: UInt8
  let device: VirtioNet
  // Safe: it changes in `init` only.
  @safe @exclusivity(unchecked) private(set) var rings: [Ring] = []
  /// Where frames go whose ring does not run; nil where there is one pair only.
  private var spread: Spread?
  private(set) var table: MemoryTable
  /// Whether the driver knows of the protocol's own extensions.
  var usesProtocolFeatures = false
  var protocolFeatures: ProtocolFeatures = []
  private(set) var connection: VhostConnection?
  private unowned(unsafe) let holder: any SessionOwner
  /// Whether a ring of it is started.
  private(set) var isActive = false
  /// How many of its rings run, as the port was told last.
  private(set) var runningCount = 0
  /// Where the front-end wants writes noted; nil before it said.
  private(set) var mapping: LogMapping?

  private let registry: (any MachineRegistry)?
  private var numbers: [UInt16]

  /// A session over a connected socket, from which nothing is read before ``resume()``; the port
  /// owns it and so outlives it.
  init(
    _ loop: any Loop, _ socket: consuming Descriptor, place: UInt8,
    configuration: VirtioNet.Configuration, owner: any SessionOwner, name: String,
    registry: (any MachineRegistry)?
  ) {
    self.place = place
    // Safe: the port owns its sessions.
    unsafe holder = owner
    table = MemoryTable(in: loop.kernel)
    device = VirtioNet(memory: table.memory, configuration: configuration)
    device.usePairs(configuration.maxPairs)
    self.registry = registry
    let number = registry?.register(Legend(SessionChart.table, instance: name))
    numbers = [number].compactMap { $0 }
    super.init(
      loop, SessionChart.table, memory: .init(), number: number ?? 0, observer: registry)
    for index in 0..<2 * configuration.maxPairs {
      let legend = registry.map { _ in Legend(RingChart.table, instance: "\(name).\(index)") }
      let number = legend.flatMap { registry?.register($0) }
      if let number { numbers.append(number) }
      rings.append(Ring(loop, index: index, owner: self, number: number ?? 0, observer: registry))
    }
    if configuration.maxPairs > 1 {
      let number = registry?.register(Legend(SpreadChart.table, instance: name))
      if let number { numbers.append(number) }
      spread = Spread(loop, session: self, number: number ?? 0, observer: registry)
    }
    start()
    connection = VhostConnection(loop, socket, owner: self)
  }

  deinit { for number in numbers { registry?.retire(number) } }

  // Safe: the port owns its sessions.
  var owner: any SessionOwner { unsafe holder }

  /// Whether rings are served in this process.
  var isServed: Bool { owner.isServing }

  /// The process at the other end; nil when the kernel does not say.
  var peer: Credentials? { try? connection?.peer() }

  /// What the device and this protocol offer.
  var offered: UInt64 {
    device.offeredFeatures.rawValue & ~Self.notOffered | VhostFeatures.protocolFeatures
      | VhostFeatures.logAll
  }

  /// What the front-end does itself: address, link, MTU and the control queue are QEMU's.
  private static let notOffered =
    VirtioFeatures([.mac, .status, .mtu, .controlQueue]).rawValue

  /// What of the protocol's extensions is offered.
  var offeredProtocol: ProtocolFeatures {
    var features: ProtocolFeatures = [.logDescriptor, .rarp, .replyAck, .mtu]
    if device.configuration.maxPairs > 1 { features.insert(.multiqueue) }
    return features
  }

  /// Performs one effect.
  override func perform(_ effect: SessionChart.Effect) {
    switch effect {
    case .agree(let bits):
      device.agree(on: VirtioFeatures(rawValue: bits))
      owner.sessionAgreed(self)
    case .log: device.log = mapping?.log
    case .unlog: device.log = nil
    case .end(let fault): end(fault)
    }
  }

  private func end(_ fault: VhostFault?) {
    for ring in rings { ring.send(.stop) }
    connection?.close()
    owner.session(self, ended: fault)
  }

  /// Answers a request of the front-end.
  func reply(to request: VhostRequest, _ payload: UInt64) {
    connection?.reply(to: request, payload)
  }

  /// Takes another log; the former one goes when nothing is noted in it any more.
  func take(_ mapping: LogMapping) throws(VhostFault) {
    let needed = DirtyLog.byteCount(upTo: table.end)
    guard mapping.byteCount >= needed else {
      throw .log(needed: needed, found: mapping.byteCount)
    }
    if state == .logging { device.log = mapping.log }
    self.mapping = mapping
  }

  /// Takes another memory table; rings that run go on in it.
  func take(_ table: MemoryTable) throws(VhostFault) {
    // The former one goes when nobody looks at it any more.
    let former = self.table
    self.table = table
    do throws(VirtioNet.Misplaced) { try device.move(to: table.memory) } catch {
      _ = former
      for ring in rings where ring.isStarted && !device.isQueueReady(ring.index) {
        let fault = self.fault(error, of: ring)
        ring.send(.fault)
        throw fault
      }
    }
  }

  private func fault(_ wrong: VirtioNet.Misplaced, of ring: Ring) -> VhostFault {
    let address = ring.address
    return switch wrong {
    case .queue: .ring(index: UInt32(ring.index), count: rings.count)
    case .size:
      .ringSize(
        index: ring.index, most: Int(device.configuration.queueSizeMax),
        found: UInt32(ring.size))
    case .descriptors:
      .ringPlace(index: ring.index, part: 0, address: address?.descriptors ?? 0)
    case .available: .ringPlace(index: ring.index, part: 1, address: address?.available ?? 0)
    case .used: .ringPlace(index: ring.index, part: 2, address: address?.used ?? 0)
    }
  }
}

// MARK: - Rings

extension Session: RingOwner {
  func lostKick(_ ring: Ring) { send(.fault(.ringKick(index: ring.index))) }

  func start(_ ring: Ring) -> Bool {
    do throws(VhostFault) {
      try place(ring)
      return true
    } catch {
      send(.fault(error))
      return false
    }
  }

  private func place(_ ring: Ring) throws(VhostFault) {
    guard let address = ring.address, ring.size > 0, state != .negotiating else {
      throw .ringNotReady(index: ring.index)
    }
    func translate(_ user: UInt64, _ part: UInt8) throws(VhostFault) -> UInt64 {
      guard let guest = table.guestAddress(ofUser: user) else {
        throw .ringPlace(index: ring.index, part: part, address: user)
      }
      return guest
    }
    let descriptors = try translate(address.descriptors, 0)
    let available = try translate(address.available, 1)
    let used = try translate(address.used, 2)
    do throws(VirtioNet.Misplaced) {
      try device.startQueue(
        ring.index, size: ring.size, descriptors: descriptors, available: available, used: used,
        next: ring.base)
    } catch {
      throw fault(error, of: ring)
    }
    // Whoever signalled before signalled by another descriptor, or was another process.
    device.forgetInterrupts(of: ring.index)
  }

  func halt(_ ring: Ring) {
    if device.isQueueReady(ring.index) { ring.base = device.stopQueue(ring.index) }
  }

  func ringsChanged() {
    let running = rings.count { $0.isRunning }
    if running != runningCount {
      let former = runningCount
      runningCount = running
      owner.session(self, runs: running, insteadOf: former)
    }
    tellSpread()
    let isAnyStarted = rings.contains { $0.isStarted }
    if isAnyStarted != isActive {
      isActive = isAnyStarted
      owner.session(self, isActive: isActive)
    }
    if isActive { owner.feed() }
  }

  private func tellSpread() {
    guard let spread else { return }
    let receiving = rings.lazy.filter { $0.index % 2 == 0 }
    if !receiving.contains(where: { $0.isRunning }) {
      spread.tell(.halted)
    } else {
      spread.tell(receiving.contains { $0.isAwaited } ? .partly : .fully)
    }
  }

  func serve(_ ring: Ring) {
    guard ring.isStarted, owner.hasTap(self) else { return }
    owner.wantRound()
    if ring.index % 2 == 0 { return owner.feed() }
    if transmit(pair: ring.index / 2) { owner.awaitRoom(pair: ring.index / 2) }
  }

  /// Sends what a pair has waiting, up to a batch; drops it while the ring is disabled.
  ///
  /// - Returns: Whether more waits.
  func transmit(pair: Int) -> Bool {
    let ring = rings[2 * pair + 1]
    guard ring.isStarted, owner.hasTap(self) else { return false }
    guard ring.isRunning else {
      device.discardTransmits(pair: pair, limit: Tap.batch)
      return device.hasFramesToTransmit(pair: pair)
    }
    let outcome = device.transmit(pair: pair, limit: Tap.batch, to: owner.sink)
    lookForFaults()
    switch outcome {
    case .drained, .stopped: return false
    case .limited, .blocked: return true
    }
  }

  /// The TAP is this session's from now on: what waits is served.
  func serveAll() { for ring in rings where ring.isStarted { serve(ring) } }

  /// A pair whose guest takes frames of this queue; nil when there is none, or none yet.
  func receivingPair(forQueue queue: Int) -> Int? {
    let count = rings.count / 2
    if queue < count, rings[2 * queue].isRunning { return queue }
    guard spread?.isOpen ?? true else { return nil }
    let running = (0..<count).filter { rings[2 * $0].isRunning }
    return running.isEmpty ? nil : running[queue % running.count]
  }

  /// A session whose memory was taken away under it ends: what it would read are zeros.
  func lookForLoss() {
    if table.isLost || mapping?.isLost ?? false { send(.fault(.memoryLost)) }
  }

  /// A ring that its guest broke is not looked at any more, and the front-end is told.
  func lookForFaults() {
    guard let (queue, fault) = device.takeFault(), rings.indices ~= queue, rings[queue].isStarted
    else { return }
    rings[queue].tellBroken()
    rings[queue].send(.fault)
    owner.session(self, broke: queue, fault)
  }
}

extension Session: Interrupting {
  func interrupt(queue: Int) { if rings.indices ~= queue { rings[queue].interrupt() } }

  func interruptForConfiguration() {}
}
