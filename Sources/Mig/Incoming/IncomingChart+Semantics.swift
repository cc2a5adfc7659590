public import BatonCore

extension IncomingChart {
  /// Whether a transition with this condition may be taken now.
  public static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .canCarryDescriptors:
      if case .listen(let order) = event { order.transport == .unix } else { false }
    case .isAllowedUser:
      if case .connected(let userID) = event { userID == memory.order.userID } else { false }
    case .speaksOurVersion:
      if case .greeted(let greeting) = event { greeting.isUnderstood } else { false }
    case .agreesOnTransfer:
      if case .greeted(let greeting) = event {
        greeting.transfersBackends == memory.order.transfersBackends
      } else {
        false
      }
    case .isTaken: owner(event) == .taken
    case .mayStillCome: owner(event) == .held && !memory.isSourceGone
    case .isRunning: owner(event) == .running
    case .isCondemned: owner(event) == .condemned
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
    case .tellFailure: tellFailure(memory, &outbox)
    case .hangUp: outbox.emit(.hangUp)
    case .turnAway: turnAway(&memory, &outbox)
    case .reject: reject(memory, &outbox)
    }
  }

  /// How long the delay is, in nanoseconds; a patience is cut to 34 years.
  public static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    switch delay {
    case .patience: min(memory.order.patienceMillis, 1 << 40) * 1_000_000
    case .glance: glanceNanos
    }
  }

  private static let glanceNanos: UInt64 = 10_000_000

  private static func owner(_ event: Event?) -> Ownership? {
    if case .owner(let owner) = event { owner } else { nil }
  }

  private static func begin(_ memory: inout Memory, _ event: Event?) {
    memory = Memory()
    if case .listen(let order) = event { memory.order = order }
  }

  private static func noteGuest(_ memory: inout Memory, _ event: Event?) {
    if case .received(let isRunning) = event { memory.isGuestRunning = isRunning }
  }

  /// The actions that remember why an attempt ends.
  private static func note(_ action: Action, _ memory: inout Memory, _ event: Event?) {
    switch action {
    case .noteRefusal, .noteWithdrawn: memory.note(event?.refusal)
    case .noteAddress:
      // Of a command that begins nothing, so that it answers for no attempt before it.
      guard case .listen(let order) = event else { return }
      memory.refusal = order.transport.refusal(order.address)
    case .noteUser:
      // Of a stranger who is turned away: each has a reason of its own.
      guard case .connected(let userID) = event else { return }
      memory.refusal = .foreignUser(allowed: memory.order.userID, found: userID)
    case .noteVersion:
      if case .greeted(let greeting) = event { memory.note(greeting.versionRefusal) }
    case .noteTransfer:
      guard case .greeted(let greeting) = event else { return }
      memory.note(greeting.transferRefusal(here: memory.order.transfersBackends))
    case .noteGone:
      memory.isSourceGone = true
      memory.note(Refusal(event == .sourceDied ? .peerDied : .channelClosed))
    case .noteTimeout: memory.note(Refusal(.timeout, there: .number(memory.order.patienceMillis)))
    case .noteCancel:
      memory.isCancelled = true
      memory.note(Refusal(.cancelled))
    case .noteWord: memory.note(Refusal(.cancelled, field: .state))
    case .begin, .noteGuest, .noteStop, .noteCont, .heed, .notifyPreIncoming, .bind, .admit, .greet,
      .inspect, .answer, .load, .take,
      .apply, .run, .giveBack, .go, .discard, .tellFailure, .notifyDone, .notifyFailed, .hangUp,
      .turnAway, .reject, .reportSetup, .reportActive, .reportCompleted, .reportCancelled,
      .reportFailed:
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

  private static func tellFailure(_ memory: Memory, _ outbox: inout Outbox<Self>) {
    if let refusal = memory.refusal { outbox.emit(.sendFailed(refusal)) }
  }

  private static func turnAway(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    if let refusal = memory.refusal { outbox.emit(.turnAway(refusal)) }
    memory.refusal = nil
  }

  private static func reject(_ memory: Memory, _ outbox: inout Outbox<Self>) {
    if let refusal = memory.refusal { outbox.emit(.reject(refusal)) }
  }
}
