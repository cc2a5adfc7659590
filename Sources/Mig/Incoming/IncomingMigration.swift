public import BatonCore

/// The target's side: takes a guest and its devices from another process.
public final class IncomingMigration: Driver<IncomingChart> {
  let guest: any MovableGuest
  let devices: [any Movable]
  let notifiers: NotifierList
  private unowned(unsafe) let observerOfStatus: any MigrationWatcher

  private var address: MigrationAddress?
  private var listener: Listener?
  var listenerWatch: Watch?
  var channel: Channel?
  private var source: ProcessHandle?
  private var sourceWatch: Watch?
  var word: OwnershipWord?
  var arrived: Arrivals
  var writer = ByteWriter(capacity: 1 << 12)
  private var rejection: Refusal?

  /// The status under QEMU's name, as it was last reported.
  public private(set) var status = MigrationStatus.none
  /// When the steps of the last handover were done here; the source's are zero.
  public internal(set) var stamps = HandoverStamps()

  /// How many calls that can change a backend were made here before the guest was ours.
  public internal(set) var callsBeforeTake: UInt64 = 0

  static var listenerID: Int { 1 }
  static var takeYields: Int { 8 }
  static var sourceID: Int { 2 }

  /// A target that nobody asked for a guest yet.
  ///
  /// - Parameters:
  ///   - loop: What everything here is confined to.
  ///   - guest: The guest that is moved; kept alive from here on.
  ///   - devices: What is expected, by name.
  ///   - notifiers: Told of the migration, and asked before it begins.
  ///   - watcher: Told of statuses; it owns this object and so outlives it.
  ///   - number: How records name the machine.
  ///   - observer: Sees every microstep.
  public init(
    _ loop: any Loop, guest: any MovableGuest, devices: [any Movable], notifiers: NotifierList,
    watcher: any MigrationWatcher, number: UInt16 = 0, observer: (any Observer)? = nil
  ) {
    self.guest = guest
    self.devices = devices
    self.notifiers = notifiers
    arrived = Arrivals(in: loop.kernel)
    // Safe: the watcher owns this object.
    unsafe observerOfStatus = watcher
    super.init(loop, IncomingChart.table, memory: .init(), number: number, observer: observer)
    start()
  }

  // In this order: a watch goes before what it watches.
  deinit { hangUp() }

  /// Why the last attempt did not end in `completed`.
  public var refusal: Refusal? { memory.refusal }

  /// Waits for a guest (QMP `migrate-incoming`).
  ///
  /// - Throws: Why nothing was started: a notifier's veto, the address, or the state.
  public func listen(
    at address: MigrationAddress, _ parameters: MigrationParameters
  ) throws(Refusal) {
    let order = IncomingChart.Order(
      transport: address.transport, transfersBackends: parameters.local,
      startsGuest: parameters.startsGuest, patienceMillis: parameters.patienceMillis,
      userID: parameters.peerUserID ?? loop.kernel.userID, address: address.shown)
    let former = self.address
    self.address = address
    rejection = nil
    if send(.listen(order)) == .refused {
      self.address = former
      throw Refusal(.wrongState, here: .name(Name(status.qapiName)))
    }
    if let rejection { throw rejection }
  }

  /// Gives up waiting, if the guest is not ours yet.
  public func cancel() throws(Refusal) {
    if send(.cancel) == .refused {
      throw Refusal(.wrongState, here: .name(Name(status.qapiName)))
    }
  }

  // Safe: the watcher owns this object and so outlives it.
  private var watcher: any MigrationWatcher { unsafe observerOfStatus }

  /// Performs one effect; its outcome comes back as an event.
  public override func perform(_ effect: IncomingChart.Effect) {
    switch effect {
    case .report(let status):
      self.status = status
      watcher.migration(status: status)
    case .reject(let refusal): rejection = refusal
    case .notify(let event): notify(event)
    case .bind: bind()
    case .turnAway(let refusal): turnAway(refusal)
    case .greet: greet()
    case .inspect: inspect()
    case .answer: answer()
    case .load: load()
    case .take: take()
    case .apply: apply()
    case .run: send(.owner(word?.swap(from: .taken, to: .running) ?? nil))
    case .giveBack: giveBack()
    case .activate: for device in devices { device.activate() }
    case .startGuest: guest.start()
    case .sendRunning: sendRunning()
    case .sendFailed(let refusal): sendFailed(refusal)
    case .discard: discard()
    case .hangUp: hangUp()
    }
  }

  /// The loop calls: the machine's timer, a peer that connects, or the source's death.
  public override func ready(_ what: Ready, watch: Int) {
    if watch == Self.listenerID {
      accept()
    } else if watch == Self.sourceID {
      // What the source sent before it died counts: it is read first.
      sourceWatch = nil
      let channel = self.channel
      channel?.drain()
      send(.sourceDied)
    } else {
      super.ready(what, watch: watch)
    }
  }

  private func notify(_ event: MigrationEvent) {
    do {
      try notifiers.notify(event, at: loop.now)
      if event.mayBeVetoed { send(.prepared) }
    } catch {
      send(.vetoed(error))
    }
  }

  private func bind() {
    guard let path = address?.path else { return }
    do {
      let socket = try Listener(at: path, in: loop.kernel)
      listenerWatch = Watch(
        loop, descriptor: socket.number, for: .read, id: Self.listenerID, calling: self)
      listener = consume socket
      send(.listening)
    } catch {
      send(.unavailable(Refusal(error)))
    }
  }

  private func accept() {
    do {
      guard let socket = try listener?.accept() else { return }
      // A second source finds the channel closed; the first one keeps its own.
      if channel == nil { meet(socket) }
    } catch {
      if error.isWouldBlock { return }
      // Asked again, it would be refused again, for ever.
      listenerWatch = nil
      send(.unavailable(Refusal(error)))
    }
  }

  private func meet(_ socket: consuming Descriptor) {
    let kernel = loop.kernel
    do {
      let peer = try kernel.peerCredentials(socket.number)
      let process = try ProcessHandle(peerOf: socket.number, in: kernel)
      sourceWatch = Watch(
        loop, descriptor: process.number, for: .read, id: Self.sourceID, calling: self)
      source = consume process
      channel = Channel(loop, socket, owner: self)
      // Until it has said that it is a source, the next one may wait.
      listenerWatch?.suspend()
      send(.connected(userID: peer.uid))
    } catch {
      // Its socket is closed, and the next one may come.
      watcher.migration(warning: Refusal(error))
    }
  }

  private func turnAway(_ refusal: Refusal) {
    sendFailed(refusal)
    dropPeer()
  }

  private func dropPeer() {
    sourceWatch = nil
    channel?.close()
    channel = nil
    source = nil
    word = nil
    arrived = Arrivals(in: loop.kernel)
    listenerWatch?.resume()
  }

  private func hangUp() {
    dropPeer()
    listenerWatch = nil
    listener = nil
  }
}
