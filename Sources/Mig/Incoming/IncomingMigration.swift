public import BatonCore

/// The target's side: takes a guest and its devices from another process.
///
/// Made once for a machine, by who owns its loop, and used on that loop's thread alone; each
/// attempt begins with ``listen(at:_:)``. Progress is told to its watcher, and
/// ``IncomingChart`` says what may come after what.
/// Until the guest is taken its devices are only asked to look (`Movable`): whatever changes a
/// backend comes after that.
public final class IncomingMigration: Driver<IncomingChart> {
  let side: MigrationSide
  private(set) var listener: Listener?
  var listenerWatch: Watch?
  var lobby = Lobby()
  /// Who has just connected, until the chart has said what becomes of it.
  var newcomer: Visitor?
  var arrived: Arrivals

  /// The status under QEMU's name, as it was last reported.
  public var status: MigrationStatus { side.status }
  /// The version of the source's software, as it said in its HELLO; empty before.
  public var peerSoftware: Name { side.peerSoftware }
  /// When the steps of the last handover were done; the source's are zero until its state is here,
  /// and if it does not tell them.
  public internal(set) var stamps = HandoverStamps()
  /// How many calls that can change a backend were made here before the guest was ours.
  public internal(set) var callsBeforeTake: UInt64 = 0

  private static var listenerID: Int { 2 }
  static var takeYields: Int { 8 }

  /// The target of a machine that nobody asked to wait for a guest yet.
  ///
  /// - Parameters:
  ///   - loop: What everything here is confined to.
  ///   - guest: Gets the memory, and is started unless it stays paused.
  ///   - devices: What is expected: each has to be offered, and no other may be.
  ///   - notifiers: Told before the socket is made, which they may veto, and of the end.
  ///   - watcher: Told of statuses; it owns this object and so outlives it.
  ///   - number: How records of the observer name the machine.
  ///   - observer: Sees every microstep of the chart.
  public init(
    _ loop: any Loop, guest: any MovableGuest, devices: [any Movable], notifiers: NotifierList,
    watcher: any MigrationWatcher, number: UInt16 = 0, observer: (any Observer)? = nil
  ) {
    side = MigrationSide(
      guest: guest, devices: devices, notifiers: notifiers, watcher: watcher, capacity: 1 << 12)
    arrived = Arrivals(in: loop.kernel)
    super.init(loop, IncomingChart.table, memory: .init(), number: number, observer: observer)
    start()
  }

  deinit { hangUp() }

  /// Why the last attempt did not end in `completed`.
  public var refusal: Refusal? { memory.refusal }

  #if !hasFeature(Embedded)
    /// The sentence for `refusal`, with the source's own words where this side has none.
    public var refusalText: String? {
      memory.refusal.map { RefusalNotice.text(of: $0, told: side.told) }
    }
  #endif

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
    try side.command(at: address) { send(.listen(order)) }
  }

  /// Gives up waiting for the guest; without effect when nothing is awaited.
  ///
  /// - Throws: `wrongState` when the guest is ours already.
  public func cancel() throws(Refusal) { try side.command { send(.cancel) } }

  /// Tells what the user said of the guest before it is here: after `stop` it stays paused, and
  /// `cont` takes that back. Without effect when no guest is awaited, or when it is here.
  public func guestShall(run: Bool) { send(run ? .cont : .stop) }

  /// Performs one effect; its outcome comes back as an event.
  public override func perform(_ effect: IncomingChart.Effect) {
    switch effect {
    case .report(let status): side.report(status)
    case .reject(let refusal): side.rejection = refusal
    case .notify(let event): notify(event)
    case .bind: bind()
    case .admit: admit()
    case .turnAway(let refusal): turnAway(refusal)
    case .greet: greet()
    case .inspect: inspect()
    case .answer: answer()
    case .load: load()
    case .take: take()
    case .apply: apply()
    case .run: send(.owner(side.swap(from: .taken, to: .running)))
    case .giveBack: giveBack()
    case .activate: for device in side.devices { device.activate() }
    case .startGuest: side.guest.start()
    case .pauseGuest: side.guest.pause()
    case .sendRunning: sendRunning()
    case .sendFailed(let refusal): side.send(.failed, why: refusal)
    case .discard: discard()
    case .hangUp: hangUp()
    }
  }

  /// The loop calls: the machine's timer, a peer that connects, or the source's death.
  public override func ready(_ what: Ready, watch: Int) {
    if watch == Self.listenerID {
      accept()
    } else if watch == Peer.deathWatch {
      side.peer?.hearOut()
      send(.sourceDied)
    } else {
      super.ready(what, watch: watch)
    }
  }

  private func notify(_ event: MigrationEvent) {
    do throws(Refusal) {
      if try side.notify(event, at: loop.now) { send(.prepared) }
    } catch {
      send(.vetoed(error))
    }
  }

  private func bind() {
    guard let path = side.address?.path else { return }
    do {
      let socket = try Listener(at: path, for: memory.order.userID, in: loop.kernel)
      listenerWatch = Watch(
        loop, descriptor: socket.number, for: .read, id: Self.listenerID, calling: self)
      listener = consume socket
      send(.listening)
    } catch {
      send(.unavailable(Refusal(error)))
    }
  }

  private func hangUp() {
    side.hangUp()
    arrived = Arrivals(in: loop.kernel)
    lobby.close()
    // A watch goes before what it watches.
    listenerWatch = nil
    listener = nil
  }
}
