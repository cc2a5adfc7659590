public import BatonCore

/// The source's side: gives the guest and its devices to another process.
///
/// Each attempt begins with ``migrate(to:_:)``; ``OutgoingChart`` says what may come after what.
/// While it lasts no other migration moves the guest or one of the devices: who has two sees to
/// that.
/// The guest and the devices are called on the way as `MovableGuest` and `Movable` say.
public final class OutgoingMigration: Migration<OutgoingChart> {
  private var convergence: Timer?

  /// How many calls that can change a backend the target made before it owned the guest, which
  /// must be none; nil until it has said so.
  public internal(set) var mutatingCallsBeforeTake: UInt64?

  private static var convergenceID: Int { 2 }

  deinit { hangUp() }

  /// Starts to move the guest (QMP `migrate`).
  ///
  /// - Throws: Why nothing was started: the address cannot carry descriptors, or the state does not
  ///   allow it.
  public func migrate(
    to address: MigrationAddress, _ parameters: MigrationParameters
  ) throws(Refusal) {
    let order = OutgoingChart.Order(
      MigrationTerms(address, parameters, user: loop.kernel.userID),
      pausesBeforeSwitchover: parameters.pausesBeforeSwitchover,
      switchMillis: parameters.switchMillis)
    try side.command(at: address) { send(.migrate(order)) }
  }

  /// Takes the guest back if that is still possible (QMP `migrate_cancel`).
  public func cancel() { send(.cancel) }

  /// Ends it, whatever it is doing, since nobody will ask for it any more.
  ///
  /// The guest is taken back at once where that is possible, as by ``cancel()``. Where the target
  /// has taken it already, it is the target's, as if this process had died: the devices and the
  /// guest's memory are released.
  public func abandon() {
    cancel()
    guard state == .offered || state == .killing else { return }
    release()
    hangUp()
  }

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
    case .report(let status): side.report(status, at: loop.now)
    case .reject(let refusal): side.rejection = refusal
    case .notify(let event):
      notify(event) { _ in
        .prepared
      } vetoed: {
        .vetoed($0)
      }
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
