package import BatonCore

/// The replacement of a QEMU under its guest by another one on the same host: a local migration.
///
///     state            source            target          leaves by
///     surveying        is asked          is asked        surveyed
///     beginning
///       launching      has the guest     starts          launched
///       comparing      has the guest     inmigrate       fits, differs
///       preparing      has the guest     inmigrate       prepared
///     migrating                                          status of the source's migration
///       setup, active  has the guest     inmigrate
///       verifying      pre-switchover    is asked        target
///       device         hands it over     takes it
///     cancelling       is told to stop   inmigrate       status
///     completing
///       confirming     has sent it all   is asked        target has the guest, or is gone
///       retiring       postmigrate       has the guest   the source is gone
///     returning
///       dismissing     has the guest     is ended        it is gone
///       settling       is asked          gone            source
///       resuming       is continued      gone            source has the guest
///     ended
///       done, failed, lost                               nothing
///
/// That is one of three regions. The other two are what the source says of its migration, and the
/// target of its run state; they show where both are, and decide nothing.
///
/// Names of the migration's states are QAPI's. The target is ended before the source is continued,
/// and the source before the relay is done; so whoever is killed at whatever time, the guest never
/// runs twice. A relay that was killed begins with the survey, which finds out where the guest is.
package enum RelayChart: Chart {
  /// How far it is.
  package enum State: UInt8, Symbol {
    /// All of it.
    case relay
    /// What the relay does.
    case work
    /// Both QEMUs are asked what they are doing: an earlier relay may have been here.
    case surveying
    /// Nothing has been moved yet.
    case beginning
    /// The target's process is started, and is to answer.
    case launching
    /// Both machines are compared before anything is moved.
    case comparing
    /// Both are told how to migrate, and the target listens.
    case preparing
    /// The source migrates.
    case migrating
    /// It was asked to.
    case setup
    /// It sends memory while the guest runs.
    case active
    /// It has stopped the guest and waits for our word; the target is asked whether it is there.
    case verifying
    /// It sends its devices.
    case device
    /// It is told to give up.
    case cancelling
    /// It is told so, and asked how far it is, again and again.
    case givingUp
    /// It has sent everything.
    case completing
    /// It is not known yet that the guest is there.
    case confirming
    /// The target is asked whether the guest is there, again and again.
    case asking
    /// The target has the guest; the source is ended.
    case retiring
    /// The source has the guest, or gets it back.
    case returning
    /// The target does not get the guest, and is ended.
    case dismissing
    /// The source is asked whether it has the guest.
    case settling
    /// It stands still after its migration, and is continued.
    case resuming
    /// Nothing is done any more.
    case ended
    /// The target has the guest and the source is gone.
    case done
    /// The source has the guest, or nothing could be done about it.
    case failed
    /// The guest is in neither.
    case lost
    /// What the source has said of its migration (QAPI `MigrationStatus`).
    case source
    /// It has said nothing yet.
    case sourceUnasked
    /// As `MigrationStatus` names it; postcopy and others are `sourceOther`.
    case sourceNone, sourceSetup, sourceActive, sourcePreSwitchover, sourceDevice
    case sourceCancelling, sourceCompleted, sourceFailed, sourceCancelled, sourceOther
    /// Its process has ended, or there was none.
    case sourceGone
    /// What the target has said of itself (QAPI `RunState`).
    case target
    /// It has said nothing yet.
    case targetUnasked
    /// It waits for the migration.
    case targetInmigrate
    /// It has the guest, which runs there or stands still.
    case targetGuest
    /// Neither of these.
    case targetOther
    /// Its process has ended, or there is none yet.
    case targetGone
  }

  /// Conditions on what both QEMUs have said last.
  package enum Guard: UInt8, Symbol {
    /// Both run a guest, or the target one of its own.
    case isConflict
    /// The target has the guest, and the source does not.
    case isMoved
    /// The source is gone, and the target has no guest.
    case isLost
    /// The source's migration is under way, and the target is there.
    case isUnderWay
    /// The source's migration is an earlier relay's, and there is no target any more.
    case isStray
    /// The source has sent everything, and the target has not said that it has the guest.
    case isSent
    /// The source has sent everything, and there is no target.
    case isStranded
    /// The target waits for a migration.
    case isAwaiting
    /// There is no target, and one can be started.
    case mayLaunch
    /// The target is to be ended whatever becomes of it: this relay started it, or it was given
    /// something.
    case ownsTarget
    /// Nothing is to be moved; and the target is not ours.
    case isDry, isDryAlone
    /// What the target says now: it has the guest.
    case targetHasGuest
    /// The same, and the source is gone already.
    case targetHasGuestAlone
    /// What the target says now: it still waits.
    case targetAwaits
    /// The source is gone.
    case isSourceGone
    /// The guest stood still before the relay came.
    case wasPaused
    /// What the source says now: it has the guest.
    case sourceHasGuest
    /// What the source says of its migration now.
    case isSetup, isActive, isPreSwitchover, isDevice, isCancelling, isCompleted, isFailed
    case isCancelled, isNone
  }

  /// What is kept, and what the driver is asked for.
  package enum Action: UInt8, Symbol {
    /// Remember whether the guest stood still before anything was asked for.
    case notePause
    /// Remember what a QEMU said, or that it is gone.
    case noteSource, noteTarget, noteSourceGone, noteTargetGone
    /// Remember why the target does not get the guest; the first reason counts.
    case noteConflict, noteNoTarget, noteUnlaunched, noteDifference, noteUnprepared, noteRefused
    case noteFailed, noteCancelled, noteQuit, noteTargetDied, noteSourceDied, noteLate, noteUnfit
    /// Who has the guest is not known any more: what the source said last is too old.
    case noteUnknown
    /// The target belongs to this relay now.
    case noteOwned
    /// Ask for the effect of that name.
    case survey, launch, compare, prepare, adjust, migrate, follow, proceed, cancelMigration,
      askSource
    case askTarget, endTarget, contSource, quitSource
    /// It is over.
    case endDone, endFailed, endLost
  }

  /// How long QEMUs may take.
  package enum Delay: UInt8, Symbol {
    /// To start, to answer, to be ended.
    case patience
    /// Between two questions.
    case look
    /// To load what was sent.
    case loading
  }

  /// How drawings, records and `baton explore` name the chart.
  package static let name: StaticString = "Relay"
  /// The definition, checked and flattened once for the process.
  package static let table = Table<Self>.trusted()

  /// How long a delay is, in nanoseconds.
  package static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    switch delay {
    case .patience: memory.patienceMillis * 1_000_000
    case .look: 50_000_000
    case .loading: 2 * memory.patienceMillis * 1_000_000
    }
  }
}
