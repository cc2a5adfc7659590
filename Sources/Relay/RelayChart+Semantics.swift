package import BatonCore

extension RelayChart {
  /// Whether a transition with this condition may be taken now.
  package static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    if let stage = event?.stage, let wanted = stages[`guard`] { return stage == wanted }
    let (source, target) = (memory.seenSource(event), memory.seenTarget(event))
    let isSourceFree = source.map { $0.run.hasGuest && !$0.migration.isUnderWay } ?? false
    let isTargetGuest = target?.run.hasGuest ?? false
    return switch `guard` {
    case .isConflict: isSourceFree && isTargetGuest
    case .isMoved: isTargetGuest && source != nil && !isSourceFree
    case .targetHasGuestAlone: isTargetGuest && memory.source == .gone
    case .isLost: memory.source == .gone && !isTargetGuest
    case .wasPaused: memory.wasPaused
    case .isSourceGone: memory.source == .gone
    case .isUnderWay: target?.run == .inmigrate && source?.migration.isUnderWay == true
    case .isStray:
      memory.isAgain && memory.target == .gone && source?.migration.isUnderWay == true
    case .isSent: target != nil && source?.hasSent == true
    case .isStranded: memory.target == .gone && source?.hasSent == true
    case .isAwaiting: target?.run == .inmigrate && isSourceFree
    case .mayLaunch: memory.mayLaunch && memory.target == .gone && isSourceFree
    case .ownsTarget: memory.ownsTarget
    case .isDry: memory.isDry
    case .isDryAlone: memory.isDry && !memory.ownsTarget
    case .targetHasGuest: isTargetGuest
    case .targetAwaits: target?.run == .inmigrate
    case .sourceHasGuest: isSourceFree
    case .isSetup, .isActive, .isPreSwitchover, .isDevice, .isCancelling, .isCompleted, .isFailed,
      .isCancelled, .isNone:
      false
    }
  }

  private static let stages: [Guard: MigrationStage] = [
    .isSetup: .setup, .isActive: .active, .isCancelling: .cancelling,
    .isPreSwitchover: .preSwitchover, .isDevice: .device,
    .isCompleted: .completed, .isFailed: .failed, .isCancelled: .cancelled, .isNone: .none,
  ]

  /// Changes the memory, and asks for an effect; performs nothing.
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    if let effect = effects[action] { return outbox.emit(effect) }
    switch action {
    case .noteSource: if case .source(let seen) = event { memory.source = .seen(seen) }
    case .notePause:
      if case .source(let seen) = event, seen.run.hasGuest, !seen.migration.isUnderWay {
        memory.wasPaused = seen.run != .running
      }
    case .noteTarget: if case .target(let seen) = event { memory.target = .seen(seen) }
    case .noteSourceGone: memory.source = .gone
    case .noteTargetGone: memory.target = .gone
    case .noteTargetDied:
      memory.target = .gone
      memory.note(.targetDied)
    case .noteSourceDied:
      memory.source = .gone
      memory.note(.sourceDied)
    case .noteUnknown:
      memory.note(.late)
      memory.source = .nothing
    case .noteOwned: memory.ownsTarget = true
    case .endDone: outbox.emit(.end(Result(.target, nil)))
    case .endFailed: outbox.emit(.end(Result(memory.place, memory.cause)))
    case .endLost: outbox.emit(.end(Result(.nowhere, memory.cause ?? .sourceDied)))
    case .noteConflict, .noteNoTarget, .noteUnlaunched, .noteDifference, .noteUnprepared,
      .noteRefused, .noteFailed, .noteCancelled, .noteQuit, .noteLate, .noteUnfit:
      if let cause = causes[action] { memory.note(cause) }
    case .survey, .launch, .compare, .prepare, .adjust, .migrate, .follow, .proceed,
      .cancelMigration,
      .askSource, .askTarget, .endTarget, .contSource, .quitSource:
      break
    }
  }

  private static let effects: [Action: Effect] = [
    .adjust: .adjust, .survey: .survey, .launch: .launch, .compare: .compare, .prepare: .prepare,
    .migrate: .migrate, .follow: .follow, .proceed: .proceed,
    .cancelMigration: .cancelMigration, .askSource: .askSource, .askTarget: .askTarget,
    .endTarget: .endTarget, .contSource: .contSource, .quitSource: .quitSource,
  ]

  private static let causes: [Action: Cause] = [
    .noteConflict: .conflict, .noteNoTarget: .noTarget, .noteUnlaunched: .unlaunched,
    .noteDifference: .differs, .noteUnprepared: .unprepared, .noteRefused: .refused,
    .noteFailed: .migrationFailed, .noteCancelled: .cancelled, .noteQuit: .quit,
    .noteLate: .late, .noteUnfit: .unfit,
  ]
}

extension RelayChart.Memory {
  /// The first reason counts: the others follow from it.
  mutating func note(_ cause: RelayChart.Cause) {
    if self.cause == nil { self.cause = cause }
  }

  /// What the source says with this event, or has said last; nil when it said nothing or is gone.
  func seenSource(_ event: RelayChart.Event?) -> Seen? {
    if case .source(let seen) = event { return seen }
    if case .seen(let seen) = source { return seen }
    return nil
  }

  /// As ``seenSource(_:)``, of the target.
  func seenTarget(_ event: RelayChart.Event?) -> Seen? {
    if case .target(let seen) = event { return seen }
    if case .seen(let seen) = target { return seen }
    return nil
  }

  /// Where the guest is when the target does not get it.
  package var place: RelayChart.Place {
    guard cause != .conflict, let seen = seenSource(nil), !seen.migration.isUnderWay,
      seen.run.hasGuest || (wasPaused && seen.hasSent)
    else { return .unknown }
    return .source
  }
}

extension Seen {
  /// It has sent its guest, which stands still here.
  var hasSent: Bool {
    !migration.isUnderWay && (run == .postmigrate || run == .finishMigrate)
  }
}
