public import BatonCore

extension IncomingChart {
  /// Whether a transition with this condition may be taken now.
  public static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .canCarryDescriptors: event?.order?.terms.canCarryDescriptors ?? false
    case .isUnprepared: memory.isUnprepared
    case .isAllowedUser: event?.userID == memory.terms.userID
    case .speaksOurVersion: event?.greeting?.isUnderstood ?? false
    case .agreesOnTransfer: memory.terms.agree(with: event?.greeting)
    case .isTaken: event?.owner == .taken
    case .mayStillCome: event?.owner == .held && !memory.isSourceGone
    case .isRunning: event?.owner == .running
    case .isCondemned: event?.owner == .condemned
    case .isCancelled: memory.isCancelled
    }
  }

  /// What the action computes: what it remembers, and what it asks the driver for.
  public static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .begin: begin(&memory, event)
    case .noteRefusal, .noteAddress, .noteUser, .noteVersion, .noteTransfer, .noteGone,
      .noteTimeout, .noteCancel, .noteWithdrawn, .noteWord:
      note(action, &memory, event)
    case .noteGuest: noteGuest(&memory, event)
    case .noteUnprepared: memory.isUnprepared = true
    case .noteStop: memory.order.startsGuest = false
    case .noteCont: memory.order.startsGuest = true
    case .heed: heed(&memory, event, &outbox)
    case .reportSetup: outbox.emit(.report(.setup))
    case .reportActive: outbox.emit(.report(.active))
    case .reportCompleted: outbox.emit(.report(.completed))
    case .reportCancelled: outbox.emit(.report(.cancelled))
    case .reportFailed: outbox.emit(.report(.failed))
    case .notifyPreIncoming: outbox.emit(.notify(.preIncoming))
    case .notifyDone: outbox.emit(.notify(.incomingDone))
    case .notifyFailed: outbox.emit(.notify(.incomingFailed))
    case .bind: outbox.emit(.bind)
    case .accept: outbox.emit(.accept)
    case .admit: outbox.emit(.admit)
    case .greet: outbox.emit(.greet)
    case .inspect: outbox.emit(.inspect)
    case .answer: outbox.emit(.answer)
    case .load: outbox.emit(.load)
    case .take: outbox.emit(.take)
    case .apply: outbox.emit(.apply)
    case .run: outbox.emit(.run)
    case .giveBack: outbox.emit(.giveBack)
    case .go: go(&memory, &outbox)
    case .discard: outbox.emit(.discard)
    case .tellFailure: if let refusal = memory.refusal { outbox.emit(.sendFailed(refusal)) }
    case .hangUp: outbox.emit(.hangUp)
    case .turnAway: turnAway(&memory, &outbox)
    case .reject: if let refusal = memory.refusal { outbox.emit(.reject(refusal)) }
    }
  }

  /// How long the delay is, in nanoseconds; a patience is cut to 34 years.
  public static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    switch delay {
    case .patience: memory.terms.patienceMillis.millisAsDelay
    case .glance: glanceNanos
    }
  }

  private static let glanceNanos: UInt64 = 10_000_000

  private static func begin(_ memory: inout Memory, _ event: Event?) {
    memory = Memory()
    if let order = event?.order { memory.order = order }
  }

  private static func noteGuest(_ memory: inout Memory, _ event: Event?) {
    if case .received(let isRunning) = event { memory.isGuestRunning = isRunning }
  }

  /// The actions that remember why an attempt ends.
  private static func note(_ action: Action, _ memory: inout Memory, _ event: Event?) {
    switch action {
    case .noteRefusal, .noteWithdrawn: memory.note(event?.refusal)
    // Of a command that begins nothing, so that it answers for no attempt before it.
    case .noteAddress: memory.refusal = event?.order?.terms.addressRefusal
    // Of a stranger who is turned away: each has a reason of its own.
    case .noteUser: memory.refusal = event?.userID.map(memory.terms.refusal(ofUser:))
    case .noteVersion: memory.note(event?.greeting?.versionRefusal)
    case .noteTransfer: memory.noteTransfer(event?.greeting)
    case .noteGone:
      memory.isSourceGone = true
      memory.note(Refusal(event?.kind == .sourceDied ? .peerDied : .channelClosed))
    case .noteTimeout: memory.noteTimeout()
    case .noteCancel: memory.noteCancel()
    case .noteWord: memory.note(Refusal(.cancelled, field: .state))
    case .begin, .noteGuest, .noteUnprepared, .noteStop, .noteCont, .heed, .notifyPreIncoming,
      .bind, .accept, .admit, .greet, .inspect, .answer, .load, .take, .apply, .run, .giveBack, .go,
      .discard, .tellFailure, .notifyDone, .notifyFailed, .hangUp, .turnAway, .reject, .reportSetup,
      .reportActive, .reportCompleted, .reportCancelled, .reportFailed:
      break  // No reason for an end.
    }
  }

  private static func go(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    memory.refusal = nil
    outbox.emit(.activate)
    if memory.isGuestRunning && memory.order.startsGuest { outbox.emit(.startGuest) }
    outbox.emit(.sendRunning)
  }

  /// What the source's user said during the switch is done as if it had been said here.
  private static func heed(
    _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    guard case .bye(let isRunning?) = event, isRunning != memory.isGuestRunning else { return }
    memory.isGuestRunning = isRunning
    if memory.order.startsGuest { outbox.emit(isRunning ? .startGuest : .pauseGuest) }
  }

  private static func turnAway(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    if let refusal = memory.refusal { outbox.emit(.turnAway(refusal)) }
    memory.refusal = nil
  }
}
