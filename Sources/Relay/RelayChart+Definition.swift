package import BatonCore

extension RelayChart {
  /// The states and transitions; drawn in StateCharts/Relay.
  package static var definition: Definition<Self> {
    chart(initial: .relay) {
      parallel(.relay) {
        state(.work, initial: .surveying) {
          surveying
          beginning
          migrating
          cancelling
          completing
          returning
          ended
        }
        source
        target
      }
    }
  }

  private static var ended: Node<Self> {
    state(.ended, initial: .failed) {
      late
      ignore(.source, .target, .sourceGone, .targetGone, .status, .quit)
      state(.done, entry: .endDone) {}
      state(.failed, entry: .endFailed) {}
      state(.lost, entry: .endLost) {}
    }
  }

  /// What was asked of a state before may be answered late.
  private static var late: Node<Self> {
    ignore(.surveyed, .launched, .unlaunched, .fits, .differs, .prepared, .unprepared, .refused)
  }

  /// What both QEMUs say is kept.
  private static var listening: [Node<Self>] {
    [on(.source, do: .noteSource), on(.target, do: .noteTarget)]
  }

  /// The target does not get the guest, and goes if it is ours to end.
  private static func leave(_ kind: Event.Kind, do note: Action) -> [Node<Self>] {
    [
      on(kind, if: .ownsTarget, do: note, to: .dismissing),
      on(kind, do: note, to: .settling),
    ]
  }

  /// Before anything is moved the target goes with whoever goes.
  private static var unbegun: [Node<Self>] {
    leave(.quit, do: .noteQuit) + [
      on(.sourceGone, if: .ownsTarget, do: .noteSourceDied, to: .dismissing),
      on(.sourceGone, do: .noteSourceDied, to: .lost),
      on(.targetGone, do: .noteTargetDied, to: .settling),
    ]
  }

  private static var surveying: Node<Self> {
    state(.surveying, entry: .survey) {
      on(.source, do: .noteSource, .notePause)
      on(.target, do: .noteTarget)
      on(.sourceGone, do: .noteSourceGone)
      on(.targetGone, do: .noteTargetGone)
      on(.surveyed, if: .isConflict, do: .noteConflict, to: .failed)
      on(.surveyed, if: .isMoved, to: .retiring)
      on(.surveyed, if: .targetHasGuestAlone, to: .done)
      on(.surveyed, if: .isLost, do: .noteSourceDied, to: .lost)
      on(.surveyed, if: .isUnderWay, do: .noteOwned, .adjust, to: .active)
      on(.surveyed, if: .isStray, do: .noteTargetDied, to: .cancelling)
      on(.surveyed, if: .isSent, do: .noteOwned, to: .confirming)
      on(.surveyed, if: .isStranded, do: .noteTargetDied, to: .settling)
      on(.surveyed, if: .isAwaiting, to: .comparing)
      on(.surveyed, if: .mayLaunch, to: .launching)
      on(.surveyed, do: .noteNoTarget, to: .failed)
      // What is to be given up is known afterwards.
      postpone(.quit)
      after(.patience, do: .noteUnknown, to: .failed)
      ignore(.status)
      refuse(.launched, .unlaunched, .fits, .differs, .prepared, .unprepared, .refused)
    }
  }

  private static var beginning: Node<Self> {
    state(.beginning, initial: .launching) {
      listening
      unbegun
      ignore(.status)
      refuse(.surveyed, .refused)
      state(.launching, entry: .noteOwned, .launch) {
        on(.launched, if: .targetAwaits, to: .comparing)
        // It has a guest of its own, or none: a command that says more than a QEMU.
        on(.launched, do: .noteUnfit, to: .dismissing)
        on(.unlaunched, do: .noteUnlaunched, to: .dismissing)
        after(.patience, do: .noteLate, to: .dismissing)
        refuse(.fits, .differs, .prepared, .unprepared)
      }
      state(.comparing, entry: .compare) {
        on(.fits, if: .isDryAlone, to: .settling)
        on(.fits, if: .isDry, to: .dismissing)
        on(.fits, to: .preparing)
        leave(.differs, do: .noteDifference)
        after(.patience, if: .ownsTarget, do: .noteLate, to: .dismissing)
        after(.patience, do: .noteLate, to: .settling)
        refuse(.launched, .unlaunched, .prepared, .unprepared)
      }
      state(.preparing, entry: .noteOwned, .prepare) {
        on(.prepared, to: .setup)
        on(.unprepared, do: .noteUnprepared, to: .dismissing)
        after(.patience, do: .noteLate, to: .dismissing)
        refuse(.launched, .unlaunched, .fits, .differs)
      }
    }
  }

  private static var migrating: Node<Self> {
    state(.migrating, initial: .setup) {
      on(.source, do: .noteSource)
      on(.sourceGone, do: .noteSourceGone, to: .confirming)
      on(.targetGone, do: .noteTargetDied, to: .cancelling)
      on(.status, if: .isCompleted, to: .confirming)
      on(.status, if: .isFailed, do: .noteFailed, to: .dismissing)
      on(.status, if: .isCancelled, do: .noteCancelled, to: .dismissing)
      on(.status, if: .isPreSwitchover, to: .verifying)
      on(.status, if: .isDevice, to: .device)
      on(.status, if: .isActive, to: .active)
      ignore(.status)
      on(.refused, do: .noteRefused, to: .cancelling)
      ignore(.surveyed, .launched, .unlaunched, .fits, .differs, .prepared, .unprepared)
      state(.setup, entry: .migrate) {
        on(.target, do: .noteTarget)
        on(.quit, do: .noteQuit, to: .cancelling)
      }
      state(.active, entry: .follow) {
        on(.target, do: .noteTarget)
        on(.status, if: .isActive)
        // A relay that comes to a migration that never began, or is forgotten.
        on(.status, if: .isNone, do: .noteFailed, to: .dismissing)
        on(.quit, do: .noteQuit, to: .cancelling)
      }
      state(.verifying, entry: .askTarget) {
        on(.target, if: .targetAwaits, do: .noteTarget, .proceed)
        on(.target, do: .noteTarget, .noteUnfit, to: .cancelling)
        on(.status, if: .isPreSwitchover)
        on(.quit, do: .noteQuit, to: .cancelling)
        after(.patience, do: .noteLate, to: .cancelling)
      }
      state(.device) {
        on(.target, do: .noteTarget)
        on(.status, if: .isDevice)
        // Too late to give up: the target may have everything.
        ignore(.quit)
      }
    }
  }

  private static var cancelling: Node<Self> {
    state(.cancelling, initial: .givingUp) {
      listening
      on(.status, if: .isCompleted, to: .confirming)
      on(.status, if: .isFailed, to: .dismissing)
      on(.status, if: .isCancelled, to: .dismissing)
      on(.status, if: .isNone, to: .dismissing)
      ignore(.status)
      on(.sourceGone, do: .noteSourceGone, to: .confirming)
      on(.targetGone, do: .noteTargetGone)
      after(.patience, do: .noteUnknown, to: .failed)
      ignore(.quit)
      late
      state(.givingUp, entry: .cancelMigration) {
        // What it says to a cancel does not say that it has been cancelled.
        after(.look, to: .givingUp)
      }
    }
  }

  /// The source has sent everything, and stands still.
  private static var completing: Node<Self> {
    state(.completing, initial: .confirming) {
      on(.source, do: .noteSource)
      ignore(.status, .quit)
      late
      state(.confirming, initial: .asking) {
        on(.target, if: .targetHasGuestAlone, do: .noteTarget, to: .done)
        on(.target, if: .targetHasGuest, do: .noteTarget, to: .retiring)
        on(.target, do: .noteTarget)
        on(.targetGone, if: .isSourceGone, do: .noteTargetDied, to: .lost)
        on(.targetGone, do: .noteTargetDied, to: .settling)
        on(.sourceGone, do: .noteSourceGone)
        after(.loading, do: .noteLate, to: .dismissing)
        state(.asking, entry: .askTarget) { after(.look, to: .asking) }
      }
      state(.retiring, entry: .quitSource) {
        on(.target, do: .noteTarget)
        on(.sourceGone, do: .noteSourceGone, to: .done)
        on(.targetGone, do: .noteTargetDied, to: .lost)
        // It stands still for good; that its process stays is told.
        after(.patience, do: .noteLate, to: .done)
      }
    }
  }

  /// The guest stays where it was, or goes back there.
  private static var returning: Node<Self> {
    state(.returning, initial: .dismissing) {
      on(.target, do: .noteTarget)
      ignore(.status, .quit)
      late
      state(.dismissing, entry: .endTarget) {
        on(.source, do: .noteSource)
        on(.targetGone, if: .isSourceGone, do: .noteTargetGone, to: .lost)
        on(.targetGone, do: .noteTargetGone, to: .settling)
        on(.sourceGone, do: .noteSourceGone)
        after(.patience, do: .noteUnknown, to: .failed)
      }
      state(.settling, entry: .askSource) {
        on(.source, if: .sourceHasGuest, do: .noteSource, to: .failed)
        on(.source, if: .wasPaused, do: .noteSource, to: .failed)
        on(.source, do: .noteSource, to: .resuming)
        on(.sourceGone, do: .noteSourceGone, to: .lost)
        on(.targetGone, do: .noteTargetGone)
        after(.patience, do: .noteUnknown, to: .failed)
      }
      state(.resuming, entry: .contSource) {
        on(.source, if: .sourceHasGuest, do: .noteSource, to: .failed)
        on(.source, do: .noteSource)
        on(.sourceGone, do: .noteSourceGone, to: .lost)
        on(.targetGone, do: .noteTargetGone)
        after(.patience, do: .noteUnknown, to: .failed)
      }
    }
  }
}
