public import BatonCore

/// The source's side: gives the guest and its devices to another process.
public final class OutgoingMigration: Driver<OutgoingChart> {
  let guest: any MovableGuest
  let devices: [any Movable]
  let notifiers: NotifierList
  private unowned(unsafe) let observerOfStatus: any MigrationWatcher

  var address: MigrationAddress?
  var channel: Channel?
  var target: ProcessHandle?
  var targetWatch: Watch?
  var word: OwnershipWord?
  private var convergence: Timer?
  var writer = ByteWriter(capacity: 1 << 14)
  private var rejection: Refusal?

  /// The status under QEMU's name, as it was last reported.
  public private(set) var status = MigrationStatus.none
  /// When each step of the last handover was done.
  public internal(set) var stamps = HandoverStamps()
  /// How many calls that can change a backend the target made before it owned the guest.
  public internal(set) var mutatingCallsBeforeTake: UInt64?

  static var targetWatchID: Int { 1 }
  static var convergenceID: Int { 2 }

  /// A migration that nobody asked for yet.
  ///
  /// - Parameters:
  ///   - loop: What everything here is confined to.
  ///   - guest: The guest that is moved; kept alive from here on.
  ///   - devices: What is moved, in the order of their names on both sides.
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
    // Safe: the watcher owns this object.
    unsafe observerOfStatus = watcher
    super.init(loop, OutgoingChart.table, memory: .init(), number: number, observer: observer)
    start()
  }

  // In this order: a watch goes before what it watches.
  deinit { hangUp() }

  /// Why the last attempt did not end in `completed`.
  public var refusal: Refusal? { memory.refusal }

  /// Starts to move the guest (QMP `migrate`).
  ///
  /// - Throws: Why nothing was started: the address cannot carry descriptors, or the state does not
  ///   allow it.
  public func migrate(
    to address: MigrationAddress, _ parameters: MigrationParameters
  ) throws(Refusal) {
    let order = OutgoingChart.Order(
      transport: address.transport, transfersBackends: parameters.local,
      pausesBeforeSwitchover: parameters.pausesBeforeSwitchover, isGuestRunning: guest.isRunning,
      patienceMillis: parameters.patienceMillis,
      userID: parameters.peerUserID ?? loop.kernel.userID, address: address.shown)
    let former = self.address
    self.address = address
    rejection = nil
    if send(.migrate(order)) == .refused {
      self.address = former
      throw Refusal(.wrongState, here: .name(Name(status.qapiName)))
    }
    if let rejection { throw rejection }
  }

  /// Takes the guest back if that is still possible (QMP `migrate_cancel`).
  public func cancel() { send(.cancel) }

  /// Lets a migration that paused before the switch go on (QMP `migrate-continue`).
  public func proceed() throws(Refusal) {
    if send(.proceed) == .refused {
      throw Refusal(.wrongState, here: .name(Name(status.qapiName)))
    }
  }

  // Safe: the watcher owns this object and so outlives it.
  var watcher: any MigrationWatcher { unsafe observerOfStatus }

  /// Performs one effect; its outcome comes back as an event.
  public override func perform(_ effect: OutgoingChart.Effect) {
    switch effect {
    case .report(let status):
      self.status = status
      watcher.migration(status: status)
    case .reject(let refusal): rejection = refusal
    case .notify(let event): notify(event)
    case .connect: connect()
    case .greet: greet()
    case .offer: offer()
    case .copy: copy()
    case .stopGuest: stopGuest()
    case .quiesce: quiesce()
    case .save: save()
    case .handOver: handOver()
    case .revoke: send(.owner(word?.swap(from: .offered, to: .revoked) ?? nil))
    case .revokeFromDead: revokeFromDead()
    case .condemn: send(.owner(word?.swap(from: .taken, to: .condemned) ?? nil))
    case .kill: kill()
    case .sendCancel: sendBare(.cancel)
    case .withdraw: for device in devices { device.withdraw() }
    case .restore: restore()
    case .startGuest: guest.start()
    case .release: release()
    case .sendBye: sendBare(.bye)
    case .hangUp: hangUp()
    }
  }

  /// The loop calls: the machine's timer, the end of the copy, or the target's death.
  public override func ready(_ what: Ready, watch: Int) {
    if watch == Self.convergenceID {
      convergence = nil
      send(.converged)
    } else if watch == Self.targetWatchID {
      // What the target said before it died counts: it is read first.
      targetWatch = nil
      let channel = self.channel
      channel?.drain()
      send(.targetDied)
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

  /// All memory is shared, so nothing is left to copy: the loop goes round once, so that a cancel
  /// that is already there comes first.
  private func copy() {
    convergence = Timer(loop, id: Self.convergenceID, calling: self)
    convergence?.arm(at: loop.now)
  }

  private func kill() {
    do { try target?.kill() } catch { watcher.migration(warning: Refusal(error)) }
  }

  func sendBare(_ type: RecordType) {
    writer.reset()
    channel?.queue(type, writer)
    channel?.flush()
  }

  private func hangUp() {
    convergence = nil
    targetWatch = nil
    channel?.close()
    channel = nil
    target = nil
    word = nil
  }
}
