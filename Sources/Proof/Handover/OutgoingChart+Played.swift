import BatonCore
import BatonMig

extension OutgoingChart: PlayedChart {
  static var role: Role { .source }
  static var cancel: Told<Self> { Told(.cancel) }

  /// 0: as it is; 1: with a pause before the switch; 2: to where descriptors cannot go.
  static func order(payload: UInt8) -> Order {
    Order(
      .init(
        transport: payload == 2 ? .tcp : .unix, transfersBackends: true, patienceMillis: 3,
        userID: 0),
      pausesBeforeSwitchover: payload == 1, switchMillis: 2)
  }

  static func event(_ kind: Event.Kind, payload: UInt8) -> Event {
    let why = Refusal(Told(kind, payload: payload).cause ?? .invalid)
    return switch kind {
    case .migrate: .migrate(order(payload: payload))
    case .cancel: .cancel
    case .proceed: .proceed
    case .stop: .stop
    case .cont: .cont
    case .prepared: .prepared
    case .vetoed: .vetoed(why)
    // The user 0 is the one that is allowed.
    case .connected: .connected(userID: UInt32(payload))
    case .unreachable: .unreachable(why)
    case .greeted: .greeted(.heard(payload))
    case .accepted: .accepted
    case .refused: .refused(why)
    case .converged: .converged(isGuestRunning: payload == 0)
    case .quiesced: .quiesced
    case .deviceFailed: .deviceFailed(why)
    case .sent: .sent
    case .owner: .owner(.found(payload))
    case .running: .running
    case .channelClosed: .channelClosed
    case .channelBroken: .channelBroken(why)
    case .targetDied: .targetDied
    }
  }

  static func payloads(of kind: Event.Kind) -> UInt8 {
    switch kind {
    case .migrate, .greeted: 3
    case .connected, .converged: 2
    case .owner: Ownership.payloads
    case .refused: Notice.payloads
    case .cancel, .proceed, .stop, .cont, .prepared, .vetoed, .unreachable, .accepted, .quiesced,
      .deviceFailed, .sent, .running, .channelClosed, .channelBroken, .targetDied:
      1
    }
  }

  static func isAtRest(_ state: State) -> Bool {
    switch state {
    case .idle, .cancelled, .failed, .completed: true
    case .setup, .preparing, .connecting, .greeting, .offering, .active, .preSwitchover, .device,
      .switching, .quiescing, .saving, .offered, .killing, .cancelling:
      false
    }
  }

  static func announcement(_ effect: Effect) -> Announcement? {
    switch effect {
    case .report(let status): .status(status)
    case .reject: .answer
    case .notify(let event): event.mayBeVetoed ? nil : .end
    case .connect, .greet, .offer, .copy, .stopGuest, .quiesce, .save, .handOver, .revoke,
      .revokeFromDead, .condemn, .kill, .sendCancel, .withdraw, .restore, .startGuest, .release,
      .sendBye, .hangUp:
      nil
    }
  }

  static func note(_ step: ChartStep<Self>) -> StepNote {
    var note = StepNote()
    let told = step.told
    if !isAtRest(step.before.state) {
      if step.outcome == .taken, let cause = told.cause {
        note.cause =
          told.kind == .cancel ? HandoverState.Side.userCancel : cause.rawValue + 1
      }
      if told.endsTheAttempt { note.gains.insert(.over) }
    }
    if told.kind == .cancel, mayStillCancel.contains(step.before.state) {
      note.gains.insert(.inTime)
    }
    if step.after.state == .preSwitchover { note.gains.insert(.paused) }
    return note
  }

  /// Where a cancel needs nobody's consent; in *offered* the swap decides.
  private static let mayStillCancel: Set<State> = [
    .preparing, .connecting, .greeting, .offering, .active, .preSwitchover, .quiescing, .saving,
  ]
}

extension Told where C == OutgoingChart {
  /// Why an attempt ends that this comes to.
  var cause: Refusal.Cause? {
    switch kind {
    case nil: .timeout
    case .cancel: .cancelled
    case .vetoed: .vetoed
    case .connected: payload == 0 ? nil : .foreignUser
    case .unreachable: .noListener
    case .greeted: payload == 0 ? nil : .mismatch
    case .refused: Notice.causes[Int(payload)]
    case .deviceFailed: .systemCall
    case .channelClosed: .channelClosed
    case .channelBroken: .malformedRecord
    case .targetDied: .peerDied
    case .migrate, .proceed, .stop, .cont, .prepared, .accepted, .converged, .quiesced, .sent,
      .owner, .running:
      nil
    }
  }

  /// Whether an attempt is over when this is heard: a loss or a refusal, but not what only the word
  /// decides.
  fileprivate var endsTheAttempt: Bool {
    switch kind {
    case nil, .cancel: false
    case .vetoed, .connected, .unreachable, .greeted, .refused, .deviceFailed, .channelClosed,
      .channelBroken, .targetDied:
      cause != nil
    case .migrate, .proceed, .stop, .cont, .prepared, .accepted, .converged, .quiesced, .sent,
      .owner, .running:
      false
    }
  }
}
