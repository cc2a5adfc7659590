public import BatonCore

extension OutgoingChart.Event {
  /// The kind of the event.
  public var kind: Kind {
    switch self {
    case .migrate: .migrate
    case .cancel: .cancel
    case .proceed: .proceed
    case .prepared: .prepared
    case .vetoed: .vetoed
    case .connected: .connected
    case .unreachable: .unreachable
    case .greeted: .greeted
    case .accepted: .accepted
    case .refused: .refused
    case .converged: .converged
    case .quiesced: .quiesced
    case .deviceFailed: .deviceFailed
    case .sent: .sent
    case .owner: .owner
    case .running: .running
    case .channelClosed: .channelClosed
    case .channelBroken: .channelBroken
    case .targetDied: .targetDied
    }
  }

  /// The refusal that the event carries.
  var refusal: Refusal? {
    switch self {
    case .vetoed(let refusal), .unreachable(let refusal), .refused(let refusal),
      .deviceFailed(let refusal), .channelBroken(let refusal):
      refusal
    case .migrate, .cancel, .proceed, .prepared, .connected, .greeted, .accepted, .converged,
      .quiesced, .sent, .owner, .running, .channelClosed, .targetDied:
      nil
    }
  }
}

extension OutgoingChart.Effect {
  /// The kind of the effect.
  public var kind: Kind {
    switch self {
    case .report: .report
    case .reject: .reject
    case .notify: .notify
    case .connect: .connect
    case .greet: .greet
    case .offer: .offer
    case .copy: .copy
    case .stopGuest: .stopGuest
    case .quiesce: .quiesce
    case .save: .save
    case .handOver: .handOver
    case .revoke: .revoke
    case .revokeFromDead: .revokeFromDead
    case .condemn: .condemn
    case .kill: .kill
    case .sendCancel: .sendCancel
    case .withdraw: .withdraw
    case .restore: .restore
    case .startGuest: .startGuest
    case .release: .release
    case .sendBye: .sendBye
    case .hangUp: .hangUp
    }
  }
}

extension OutgoingChart {
  /// Whether the guard holds.
  public static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .canCarryDescriptors:
      if case .migrate(let order) = event { order.transport == .unix } else { false }
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
    case .pausesBeforeSwitchover: memory.order.pausesBeforeSwitchover
    case .isTaken: !memory.isTargetDead && [.taken, .condemned, nil].contains(owner(event))
    case .isCondemned: !memory.isTargetDead && [.condemned, nil].contains(owner(event))
    case .isRunning: owner(event) == .running
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
      if case .migrate(let order) = event { memory.order = order }
    case .noteRefusal, .noteAddress, .noteUser, .noteVersion, .noteTransfer, .noteDeath,
      .noteClosed, .noteTimeout, .noteCancel, .askWord:
      note(action, &memory, event, &outbox)
    case .reportSetup: outbox.emit(.report(.setup))
    case .reportActive: outbox.emit(.report(.active))
    case .reportPreSwitchover: outbox.emit(.report(.preSwitchover))
    case .reportDevice: outbox.emit(.report(.device))
    case .reportCancelling: outbox.emit(.report(.cancelling))
    case .reportCancelled: outbox.emit(.report(.cancelled))
    case .reportFailed: outbox.emit(.report(.failed))
    case .reportCompleted: outbox.emit(.report(.completed))
    case .notifySetup: outbox.emit(.notify(.precopySetup))
    case .notifyFailed: outbox.emit(.notify(.precopyFailed))
    case .notifyDone: outbox.emit(.notify(.precopyDone))
    case .connect, .greet, .offer, .copy, .stop, .quiesce, .save, .handOver, .revoke,
      .revokeDead, .condemn, .kill, .withdraw, .resume, .letGo, .sayBye, .hangUp, .reject:
      move(action, &memory, &outbox)
    }
  }

  /// How long the delay is.
  public static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    switch delay {
    case .patience: min(memory.order.patienceMillis, 1 << 40) * 1_000_000
    }
  }

  private static func owner(_ event: Event?) -> Ownership? {
    if case .owner(let owner) = event { owner } else { nil }
  }

  /// The actions that remember why; the first reason of an attempt is kept.
  private static func note(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .noteAddress:
      guard case .migrate(let order) = event else { return }
      memory.refusal = order.transport.refusal(order.address)
      return
    case .noteDeath: memory.isTargetDead = true
    case .noteCancel: memory.isCancelled = true
    case .askWord: return outbox.emit(.revoke)
    case .noteRefusal, .noteUser, .noteVersion, .noteTransfer, .noteClosed, .noteTimeout: break
    case .begin, .reportSetup, .reportActive, .reportPreSwitchover, .reportDevice,
      .reportCancelling, .reportCancelled, .reportFailed, .reportCompleted, .notifySetup,
      .notifyFailed, .notifyDone, .connect, .greet, .offer, .copy, .stop, .quiesce, .save,
      .handOver, .revoke, .revokeDead, .condemn, .kill, .withdraw, .resume, .letGo, .sayBye,
      .hangUp,
      .reject:
      return  // Not a reason.
    }
    if memory.refusal == nil { memory.refusal = reason(action, memory, event) }
  }

  private static func reason(
    _ action: Action, _ memory: Memory, _ event: Event?
  ) -> Refusal? {
    switch (action, event) {
    case (.noteUser, .connected(let userID)):
      .foreignUser(allowed: memory.order.userID, found: userID)
    case (.noteVersion, .greeted(let greeting)): greeting.versionRefusal
    case (.noteTransfer, .greeted(let greeting)):
      greeting.transferRefusal(here: memory.order.transfersBackends)
    case (.noteDeath, _): Refusal(.peerDied)
    case (.noteClosed, _): Refusal(.channelClosed)
    case (.noteTimeout, _): Refusal(.timeout, there: .number(memory.order.patienceMillis))
    case (.noteCancel, _): Refusal(.cancelled)
    case _: event?.refusal
    }
  }

  /// The actions that ask the driver for something.
  private static func move(
    _ action: Action, _ memory: inout Memory, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .connect: outbox.emit(.connect)
    case .greet: outbox.emit(.greet)
    case .offer:
      memory.isLent = true
      outbox.emit(.offer)
    case .copy: outbox.emit(.copy)
    case .stop:
      memory.isStopped = true
      outbox.emit(.stopGuest)
    case .quiesce:
      memory.isQuiesced = true
      outbox.emit(.quiesce)
    case .save: outbox.emit(.save)
    case .handOver: outbox.emit(.handOver)
    case .revoke: outbox.emit(.revoke)
    case .revokeDead:
      memory.isTargetDead = true
      outbox.emit(.revokeFromDead)
    case .condemn: outbox.emit(.condemn)
    case .kill: outbox.emit(.kill)
    case .withdraw: withdraw(&memory, &outbox)
    case .resume: resume(&memory, &outbox)
    case .letGo:
      memory.refusal = nil
      outbox.emit(.release)
    case .sayBye: outbox.emit(.sendBye)
    case .hangUp: outbox.emit(.hangUp)
    case .reject: if let refusal = memory.refusal { outbox.emit(.reject(refusal)) }
    case .begin, .noteRefusal, .noteAddress, .noteUser, .noteVersion, .noteTransfer, .noteDeath,
      .noteClosed, .noteTimeout, .noteCancel, .askWord, .reportSetup, .reportActive,
      .reportPreSwitchover, .reportDevice, .reportCancelling, .reportCancelled, .reportFailed,
      .reportCompleted, .notifySetup, .notifyFailed, .notifyDone:
      break  // Asks for nothing.
    }
  }

  private static func withdraw(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    outbox.emit(.sendCancel(memory.refusal ?? Refusal(.cancelled)))
    if memory.isLent && !memory.isQuiesced { outbox.emit(.withdraw) }
    memory.isLent = false
  }

  private static func resume(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    if memory.isQuiesced { outbox.emit(.restore) }
    if memory.isStopped && memory.order.isGuestRunning { outbox.emit(.startGuest) }
    memory.isQuiesced = false
    memory.isStopped = false
  }
}
