public import BatonCore

/// The target's side: takes a guest and its devices from another process.
///
/// Each attempt begins with ``listen(at:_:)``; ``IncomingChart`` says what may come after what.
/// Until the guest is taken its devices are only asked to look (`Movable`): whatever changes a
/// backend comes after that.
public final class IncomingMigration: Migration<IncomingChart> {
  private(set) var listener: Listener?
  var listenerWatch: Watch?
  var lobby = Lobby()
  /// Who has just connected, until the chart has said what becomes of it.
  var newcomer: Visitor?
  lazy var arrived = Arrivals(in: loop.kernel)

  /// How many calls that can change a backend were made here before the guest was ours.
  public internal(set) var callsBeforeTake: UInt64 = 0

  private static var listenerID: Int { 2 }
  static var takeYields: Int { 8 }

  deinit { hangUp() }

  /// Waits for a guest (QMP `migrate-incoming`).
  ///
  /// - Throws: Why nothing was started: a notifier's veto, the address, or the state.
  public func listen(
    at address: MigrationAddress, _ parameters: MigrationParameters
  ) throws(Refusal) {
    let order = IncomingChart.Order(
      MigrationTerms(address, parameters, user: loop.kernel.userID),
      startsGuest: parameters.startsGuest)
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
    case .report(let status): side.report(status, at: loop.now)
    case .reject(let refusal): side.rejection = refusal
    case .notify(let event):
      notify(event) {
        $0 ? .preparing : .prepared
      } vetoed: {
        .vetoed($0)
      }
      if side.notifiers.isPreparing { side.notifiers.waiter = self }
    case .bind: bind()
    case .accept: watchListener()
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

  private func bind() {
    guard let path = side.address?.path else { return }
    do {
      let socket = try Listener(at: path, for: memory.terms.userID, in: loop.kernel)
      listener = consume socket
      send(.listening)
    } catch {
      send(.unavailable(Refusal(error, at: path.bytes)))
    }
  }

  private func watchListener() {
    guard let number = listener?.number else { return }
    listenerWatch = Watch(
      loop, descriptor: number, for: .read, id: Self.listenerID, calling: self)
  }

  private func hangUp() {
    side.notifiers.waiter = nil
    side.hangUp()
    arrived = Arrivals(in: loop.kernel)
    lobby.close()
    // A watch goes before what it watches.
    listenerWatch = nil
    listener = nil
  }
}

/// Backends that needed time are ready, or not.
extension IncomingMigration: PreparationWaiter {
  package func prepared(_ refusal: Refusal?) {
    if let refusal { send(.vetoed(refusal)) } else { send(.prepared) }
  }
}
