public import BatonCore

extension IncomingChart.Event {
  /// The kind of the event.
  public var kind: Kind {
    switch self {
    case .listen: .listen
    case .cancel: .cancel
    case .prepared: .prepared
    case .vetoed: .vetoed
    case .listening: .listening
    case .unavailable: .unavailable
    case .connected: .connected
    case .greeted: .greeted
    case .offered: .offered
    case .adoptable: .adoptable
    case .unadoptable: .unadoptable
    case .received: .received
    case .loaded: .loaded
    case .loadFailed: .loadFailed
    case .doorbell: .doorbell
    case .owner: .owner
    case .applied: .applied
    case .applyFailed: .applyFailed
    case .withdrawn: .withdrawn
    case .bye: .bye
    case .channelClosed: .channelClosed
    case .channelBroken: .channelBroken
    case .sourceDied: .sourceDied
    }
  }

  /// The refusal that the event carries.
  var refusal: Refusal? {
    switch self {
    case .vetoed(let refusal), .unavailable(let refusal), .unadoptable(let refusal),
      .loadFailed(let refusal), .applyFailed(let refusal), .withdrawn(let refusal),
      .channelBroken(let refusal):
      refusal
    case .listen, .cancel, .prepared, .listening, .connected, .greeted, .offered, .adoptable,
      .received, .loaded, .doorbell, .owner, .applied, .bye, .channelClosed, .sourceDied:
      nil
    }
  }
}

extension IncomingChart {
  /// Whether the guard holds.
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

  /// What the action computes.
  public static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .begin:
      memory = Memory()
      if case .listen(let order) = event { memory.order = order }
    case .noteRefusal, .noteAddress, .noteUser, .noteVersion, .noteTransfer, .noteGone,
      .noteTimeout, .noteCancel, .noteWithdrawn, .noteWord, .noteGuest:
      note(action, &memory, event)
    case .reportSetup: outbox.emit(.report(.setup))
    case .reportActive: outbox.emit(.report(.active))
    case .reportCompleted: outbox.emit(.report(.completed))
    case .reportCancelled: outbox.emit(.report(.cancelled))
    case .reportFailed: outbox.emit(.report(.failed))
    case .notifyPreIncoming: outbox.emit(.notify(.preIncoming))
    case .notifyDone: outbox.emit(.notify(.incomingDone))
    case .notifyFailed: outbox.emit(.notify(.incomingFailed))
    case .bind, .greet, .inspect, .answer, .load, .take, .apply, .run, .giveBack, .go, .discard,
      .tellFailure, .hangUp, .turnAway, .reject:
      move(action, &memory, &outbox)
    }
  }

  /// How long the delay is.
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

  /// The actions that remember why; the first reason of an attempt is kept.
  private static func note(_ action: Action, _ memory: inout Memory, _ event: Event?) {
    switch action {
    case .noteAddress:
      memory.refusal = addressRefusal(event)
      return
    case .noteUser:
      memory.refusal = userRefusal(memory, event)
      return
    case .noteGone: memory.isSourceGone = true
    case .noteCancel: memory.isCancelled = true
    case .noteGuest:
      if case .received(let isRunning) = event { memory.isGuestRunning = isRunning }
      return
    case .noteRefusal, .noteVersion, .noteTransfer, .noteTimeout, .noteWithdrawn, .noteWord: break
    case .begin, .notifyPreIncoming, .bind, .greet, .inspect, .answer, .load, .take, .apply, .run,
      .giveBack, .go, .discard, .tellFailure, .notifyDone, .notifyFailed, .hangUp, .turnAway,
      .reject, .reportSetup, .reportActive, .reportCompleted, .reportCancelled, .reportFailed:
      return  // Not a reason.
    }
    if memory.refusal == nil { memory.refusal = reason(action, memory, event) }
  }

  private static func reason(
    _ action: Action, _ memory: Memory, _ event: Event?
  ) -> Refusal? {
    switch (action, event) {
    case (.noteVersion, .greeted(let greeting)): greeting.versionRefusal
    case (.noteTransfer, .greeted(let greeting)):
      greeting.transferRefusal(here: memory.order.transfersBackends)
    case (.noteGone, .sourceDied): Refusal(.peerDied)
    case (.noteGone, _): Refusal(.channelClosed)
    case (.noteTimeout, _): Refusal(.timeout, there: .number(memory.order.patienceMillis))
    case (.noteCancel, _): Refusal(.cancelled)
    case (.noteWord, _): Refusal(.cancelled, field: .state)
    case _: event?.refusal
    }
  }

  private static func addressRefusal(_ event: Event?) -> Refusal? {
    guard case .listen(let order) = event else { return nil }
    return order.transport.refusal(order.address)
  }

  private static func userRefusal(_ memory: Memory, _ event: Event?) -> Refusal? {
    guard case .connected(let userID) = event else { return nil }
    return .foreignUser(allowed: memory.order.userID, found: userID)
  }

  /// The actions that ask the driver for something.
  private static func move(
    _ action: Action, _ memory: inout Memory, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .bind: outbox.emit(.bind)
    case .greet: outbox.emit(.greet)
    case .inspect: outbox.emit(.inspect)
    case .answer: outbox.emit(.answer)
    case .load: outbox.emit(.load)
    case .take: outbox.emit(.take)
    case .apply: outbox.emit(.apply)
    case .run: outbox.emit(.run)
    case .giveBack: outbox.emit(.giveBack)
    case .go:
      memory.refusal = nil
      outbox.emit(.activate)
      if memory.isGuestRunning && memory.order.startsGuest { outbox.emit(.startGuest) }
      outbox.emit(.sendRunning)
    case .discard: outbox.emit(.discard)
    case .hangUp: outbox.emit(.hangUp)
    case .tellFailure: if let refusal = memory.refusal { outbox.emit(.sendFailed(refusal)) }
    case .turnAway:
      if let refusal = memory.refusal { outbox.emit(.turnAway(refusal)) }
      memory.refusal = nil
      memory.isSourceGone = false
    case .reject: if let refusal = memory.refusal { outbox.emit(.reject(refusal)) }
    case .begin, .noteRefusal, .noteAddress, .noteUser, .noteVersion, .noteTransfer, .noteGone,
      .noteTimeout, .noteCancel, .noteWithdrawn, .noteWord, .noteGuest, .notifyPreIncoming,
      .notifyDone, .notifyFailed, .reportSetup, .reportActive, .reportCompleted, .reportCancelled,
      .reportFailed:
      break  // Asks for nothing.
    }
  }
}
