import BatonCore
import BatonMig

extension IncomingChart: PlayedChart {
  static var role: Role { .target }
  static var cancel: Told<Self> { Told(.cancel) }

  /// 0: as it is; 1: at an address where descriptors cannot come from.
  static func order(payload: UInt8) -> Order {
    Order(
      .init(
        transport: payload == 1 ? .tcp : .unix, transfersBackends: true, patienceMillis: 1,
        userID: 0))
  }

  static func event(_ kind: Event.Kind, payload: UInt8) -> Event {
    let why = Refusal(Told(kind, payload: payload).cause ?? .invalid)
    return switch kind {
    case .listen: .listen(order(payload: payload))
    case .cancel: .cancel
    case .stop: .stop
    case .cont: .cont
    case .prepared: .prepared
    case .preparing: .preparing
    case .vetoed: .vetoed(why)
    case .listening: .listening
    case .unavailable: .unavailable(why)
    // The user 0 is the one that is allowed.
    case .connected: .connected(userID: UInt32(payload))
    case .greeted: .greeted(.heard(payload))
    case .offered: .offered
    case .adoptable: .adoptable
    case .unadoptable: .unadoptable(why)
    case .received: .received(isGuestRunning: payload == 0)
    case .loaded: .loaded
    case .loadFailed: .loadFailed(why)
    case .doorbell: .doorbell
    case .owner: .owner(.found(payload))
    case .applied: .applied
    case .applyFailed: .applyFailed(why)
    case .withdrawn: .withdrawn(why)
    case .bye: .bye(isGuestRunning: payload == 0)
    case .channelClosed: .channelClosed
    case .channelBroken: .channelBroken(why)
    case .sourceDied: .sourceDied
    }
  }

  static func payloads(of kind: Event.Kind) -> UInt8 {
    switch kind {
    case .listen, .connected, .received, .bye: 2
    case .greeted: 3
    case .owner: Ownership.payloads
    case .withdrawn: Notice.payloads
    case .cancel, .stop, .cont, .prepared, .preparing, .vetoed, .listening, .unavailable, .offered,
      .adoptable,
      .unadoptable, .loaded, .loadFailed, .doorbell, .applied, .applyFailed, .channelClosed,
      .channelBroken, .sourceDied:
      1
    }
  }

  static func isAtRest(_ state: State) -> Bool {
    switch state {
    case .idle, .cancelled, .failed, .completed: true
    case .preIncoming, .binding, .setup, .preparing, .listening, .offering, .inspecting, .active,
      .receiving, .loading, .ready, .taken:
      false
    }
  }

  static func announcement(_ effect: Effect) -> Announcement? {
    switch effect {
    case .report(let status): .status(status)
    case .reject: .answer
    case .notify(let event): event.mayBeVetoed ? nil : .end
    case .bind, .accept, .admit, .turnAway, .greet, .inspect, .answer, .load, .take, .apply, .run,
      .giveBack,
      .activate, .startGuest, .pauseGuest, .sendRunning, .sendFailed, .discard, .hangUp:
      nil
    }
  }

  static func note(_ step: ChartStep<Self>) -> StepNote {
    var note = StepNote()
    let (before, after, told) = (step.before.state, step.after.state, step.told)
    let mayEnd =
      before == .taken
      ? told.kind == .applyFailed
      : !isAtRest(before) && !(before == .ready && told == .timeout)
    if mayEnd, step.outcome == .taken, let cause = told.cause {
      note.cause = told.kind == .cancel ? HandoverState.Side.userCancel : cause.rawValue + 1
    }
    if told.endsTheAttempt, before != .taken { note.gains.insert(.over) }
    // Who was turned away was no source: what it did is nobody's reason. And who took the guest
    // has won, whoever was gone before.
    note.forgetsCause = after == .listening
    if after == .listening || after == .completed && before != .completed {
      note.loses.insert(.over)
    }
    return note
  }
}

extension Told where C == IncomingChart {
  /// Why an attempt ends that this comes to.
  var cause: Refusal.Cause? {
    switch kind {
    case nil: .timeout
    case .cancel: .cancelled
    case .withdrawn: Notice.causes[Int(payload)]
    case .vetoed: .vetoed
    case .unavailable: .badAddress
    case .connected: payload == 0 ? nil : .foreignUser
    case .greeted: payload == 0 ? nil : .mismatch
    case .unadoptable: .descriptorCount
    case .loadFailed: .truncatedStream
    case .applyFailed: .systemCall
    case .channelClosed: .channelClosed
    case .channelBroken: .malformedRecord
    case .sourceDied: .peerDied
    case .listen, .stop, .cont, .prepared, .preparing, .listening, .offered, .adoptable, .received,
      .loaded, .doorbell, .owner, .applied, .bye:
      nil
    }
  }

  /// Whether an attempt is over when this is heard before the guest was taken; a stranger at the
  /// door, or a socket that cannot be made, ends none.
  fileprivate var endsTheAttempt: Bool {
    switch kind {
    case .greeted: payload != 0
    case .unadoptable, .loadFailed, .withdrawn, .bye, .channelClosed, .channelBroken, .sourceDied:
      true
    case nil, .listen, .cancel, .stop, .cont, .prepared, .preparing, .vetoed, .listening,
      .unavailable, .connected, .offered, .adoptable, .received, .loaded, .doorbell, .owner,
      .applied, .applyFailed:
      false
    }
  }
}
