public import BatonCore

/// The source's side: gives the guest and its devices to another process.
///
/// Made once for a machine, by who owns its loop, and used on that loop's thread alone; each
/// attempt begins with ``migrate(to:_:)``. Progress is told to its watcher, and
/// ``OutgoingChart`` says what may come after what.
/// The guest and the devices are called on the way as `MovableGuest` and `Movable` say.
public final class OutgoingMigration: Driver<OutgoingChart> {
  let side: MigrationSide
  private var convergence: Timer?

  /// The status under QEMU's name, as it was last reported.
  public var status: MigrationStatus { side.status }
  /// The version of the target's software, as it said in its HELLO; empty before.
  public var peerSoftware: Name { side.peerSoftware }
  /// When each step of the last handover was done; the target says its own when the guest runs.
  public internal(set) var stamps = HandoverStamps()
  /// How many calls that can change a backend the target made before it owned the guest, which
  /// must be none; nil until it has said so.
  public internal(set) var mutatingCallsBeforeTake: UInt64?

  private static var convergenceID: Int { 2 }

  /// The source of a machine that nobody asked to move yet.
  ///
  /// - Parameters:
  ///   - loop: What everything here is confined to.
  ///   - guest: Stopped for the blackout, and started again unless it is given away.
  ///   - devices: What is moved, in this order; the target finds its own by their names.
  ///   - notifiers: Told of the beginning, which they may veto, and of the end.
  ///   - watcher: Told of statuses; it owns this object and so outlives it.
  ///   - number: How records of the observer name the machine.
  ///   - observer: Sees every microstep of the chart.
  public init(
    _ loop: any Loop, guest: any MovableGuest, devices: [any Movable], notifiers: NotifierList,
    watcher: any MigrationWatcher, number: UInt16 = 0, observer: (any Observer)? = nil
  ) {
    side = MigrationSide(
      guest: guest, devices: devices, notifiers: notifiers, watcher: watcher, capacity: 1 << 14)
    super.init(loop, OutgoingChart.table, memory: .init(), number: number, observer: observer)
    start()
  }

  deinit { hangUp() }

  /// Why the last attempt did not end in `completed`.
  public var refusal: Refusal? { memory.refusal }

  #if !hasFeature(Embedded)
    /// The sentence for `refusal`, with the target's own words where this side has none.
    public var refusalText: String? {
      memory.refusal.map { RefusalNotice.text(of: $0, told: side.told) }
    }
  #endif

  /// Starts to move the guest (QMP `migrate`).
  ///
  /// - Throws: Why nothing was started: the address cannot carry descriptors, or the state does not
  ///   allow it.
  public func migrate(
    to address: MigrationAddress, _ parameters: MigrationParameters
  ) throws(Refusal) {
    let order = OutgoingChart.Order(
      transport: address.transport, transfersBackends: parameters.local,
      pausesBeforeSwitchover: parameters.pausesBeforeSwitchover,
      patienceMillis: parameters.patienceMillis, switchMillis: parameters.switchMillis,
      userID: parameters.peerUserID ?? loop.kernel.userID, address: address.shown)
    try side.command(at: address) { send(.migrate(order)) }
  }

  /// Takes the guest back if that is still possible (QMP `migrate_cancel`).
  public func cancel() { send(.cancel) }

  /// Lets a migration that paused before the switch go on (QMP `migrate-continue`).
  ///
  /// - Throws: `Refusal` of the cause `wrongState` when none has paused.
  public func proceed() throws(Refusal) { try side.command { send(.proceed) } }

  /// Tells what the user said of the guest while the migration had it stopped: `stop` or `cont`
  /// counts for whoever has the guest in the end. Without effect while it is not stopped, when the
  /// guest itself does what its user says.
  ///
  /// - Throws: `wrongState` when the guest is the target's already.
  public func guestShall(run: Bool) throws(Refusal) {
    try side.command { send(run ? .cont : .stop) }
  }

  /// Performs one effect; its outcome comes back as an event.
  public override func perform(_ effect: OutgoingChart.Effect) {
    switch effect {
    case .report(let status): side.report(status)
    case .reject(let refusal): side.rejection = refusal
    case .notify(let event): notify(event)
    case .connect: connect()
    case .greet: greet()
    case .offer: offer()
    case .copy: copy()
    case .stopGuest: stopGuest()
    case .quiesce: quiesce()
    case .save: save()
    case .handOver: handOver()
    case .revoke: send(.owner(side.swap(from: .offered, to: .revoked)))
    case .revokeFromDead: revokeFromDead()
    case .condemn: send(.owner(side.swap(from: .taken, to: .condemned)))
    case .kill: kill()
    case .sendCancel(let refusal): side.send(.cancel, why: refusal)
    case .withdraw: for device in side.devices { device.withdraw() }
    case .restore: restore()
    case .startGuest: side.guest.start()
    case .release: release()
    case .sendBye: sendBye()
    case .hangUp: hangUp()
    }
  }

  /// The loop calls: the machine's timer, the end of the copy, or the target's death.
  public override func ready(_ what: Ready, watch: Int) {
    if watch == Self.convergenceID {
      convergence = nil
      send(.converged(isGuestRunning: side.guest.isRunning))
    } else if watch == Peer.deathWatch {
      side.peer?.hearOut()
      send(.targetDied)
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

  /// All memory is shared, so nothing is left to copy: the loop goes round once, so that a cancel
  /// that is already there comes first.
  private func copy() {
    convergence = Timer(loop, id: Self.convergenceID, calling: self)
    convergence?.arm(at: loop.now)
  }

  private func kill() {
    do { try side.peer?.kill() } catch { side.watcher.migration(warning: Refusal(error)) }
  }

  private func hangUp() {
    convergence = nil
    side.hangUp()
  }
}
