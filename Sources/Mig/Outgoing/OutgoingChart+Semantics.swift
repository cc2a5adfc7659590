public import BatonCore

extension OutgoingChart {
  /// Whether a transition with this condition may be taken now.
  public static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .canCarryDescriptors: event?.order?.terms.canCarryDescriptors ?? false
    case .isAllowedUser: event?.userID == memory.terms.userID
    case .speaksOurVersion: event?.greeting?.isUnderstood ?? false
    case .agreesOnTransfer: memory.terms.agree(with: event?.greeting)
    case .pausesBeforeSwitchover: memory.order.pausesBeforeSwitchover
    case .isTaken: !memory.isTargetDead && [.taken, .condemned, nil].contains(event?.owner)
    case .isCondemned: !memory.isTargetDead && [.condemned, nil].contains(event?.owner)
    case .isRunning: event?.owner == .running
    case .isCancelled: memory.isCancelled
    }
  }

  /// What the action computes: what it remembers, and what it asks the driver for.
  public static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .begin: begin(&memory, event)
    case .noteRefusal, .noteAddress, .noteUser, .noteVersion, .noteTransfer, .noteDeath,
      .noteClosed, .noteTimeout, .noteDarkness, .noteCancel:
      note(action, &memory, event)
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
    case .connect: outbox.emit(.connect)
    case .greet: outbox.emit(.greet)
    case .offer: offer(&memory, &outbox)
    case .copy: outbox.emit(.copy)
    case .stop: stop(&memory, event, &outbox)
    case .noteStop: memory.isGuestRunning = false
    case .noteCont: memory.isGuestRunning = true
    case .quiesce: quiesce(&memory, &outbox)
    case .save: outbox.emit(.save)
    case .handOver: outbox.emit(.handOver)
    case .askWord, .revoke: outbox.emit(.revoke)
    case .revokeDead: revokeDead(&memory, &outbox)
    case .condemn: outbox.emit(.condemn)
    case .kill: outbox.emit(.kill)
    case .withdraw: withdraw(&memory, &outbox)
    case .resume: resume(&memory, &outbox)
    case .letGo: letGo(&memory, &outbox)
    case .sayBye: outbox.emit(.sendBye)
    case .hangUp: outbox.emit(.hangUp)
    case .reject: if let refusal = memory.refusal { outbox.emit(.reject(refusal)) }
    }
  }

  /// How long the delay is, in nanoseconds; it is cut to 34 years.
  public static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    switch delay {
    case .patience: memory.terms.patienceMillis.millisAsDelay
    case .switch: memory.order.switchMillis.millisAsDelay
    }
  }

  private static func begin(_ memory: inout Memory, _ event: Event?) {
    memory = Memory()
    if let order = event?.order { memory.order = order }
  }

  /// The actions that remember why an attempt ends.
  private static func note(_ action: Action, _ memory: inout Memory, _ event: Event?) {
    switch action {
    case .noteRefusal: memory.note(event?.refusal)
    // Of a command that begins nothing, so that it answers for no attempt before it.
    case .noteAddress: memory.refusal = event?.order?.terms.addressRefusal
    case .noteUser: memory.note(event?.userID.map(memory.terms.refusal(ofUser:)))
    case .noteVersion: memory.note(event?.greeting?.versionRefusal)
    case .noteTransfer: memory.noteTransfer(event?.greeting)
    case .noteDeath:
      memory.isTargetDead = true
      memory.note(Refusal(.peerDied))
    case .noteClosed: memory.note(Refusal(.channelClosed))
    case .noteTimeout: memory.noteTimeout()
    case .noteDarkness:
      memory.note(
        Refusal(.timeout, field: .switchTime, there: .number(memory.order.switchMillis)))
    case .noteCancel: memory.noteCancel()
    case .begin, .reportSetup, .reportActive, .reportPreSwitchover, .reportDevice,
      .reportCancelling, .reportCancelled, .reportFailed, .reportCompleted, .notifySetup,
      .notifyFailed, .notifyDone, .connect, .greet, .offer, .copy, .stop, .noteStop,
      .noteCont, .quiesce, .save, .handOver, .askWord, .revoke, .revokeDead, .condemn, .kill,
      .withdraw, .resume, .letGo,
      .sayBye, .hangUp, .reject:
      break  // No reason for an end.
    }
  }

  private static func offer(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    memory.isLent = true
    outbox.emit(.offer)
  }

  private static func stop(
    _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    memory.isStopped = true
    if case .converged(let isRunning) = event { memory.isGuestRunning = isRunning }
    outbox.emit(.stopGuest)
  }

  private static func quiesce(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    memory.isQuiesced = true
    outbox.emit(.quiesce)
  }

  private static func revokeDead(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    memory.isTargetDead = true
    outbox.emit(.revokeFromDead)
  }

  private static func letGo(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    memory.refusal = nil
    outbox.emit(.release)
  }

  private static func withdraw(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    outbox.emit(.sendCancel(memory.refusal ?? Refusal(.cancelled)))
    if memory.isLent && !memory.isQuiesced { outbox.emit(.withdraw) }
    memory.isLent = false
  }

  private static func resume(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    if memory.isQuiesced { outbox.emit(.restore) }
    if memory.isStopped && memory.isGuestRunning { outbox.emit(.startGuest) }
    memory.isQuiesced = false
    memory.isStopped = false
  }
}
