public import BatonCore

extension OutgoingChart {
  /// The states and transitions; drawn in StateCharts/Outgoing.
  public static var definition: Definition<Self> {
    chart(initial: .idle) {
      state(.idle) { open }
      setup
      active
      preSwitchover
      device
      ending
    }
  }

  private static var setup: Node<Self> {
    state(.setup, initial: .preparing, entry: .reportSetup) {
      on(.cancel, do: .noteCancel, to: .cancelling)
      losses
      refuse(.migrate, .proceed)
      ignore(.converged)
      wishesOfARunningGuest
      outcomesOfTheSwitch
      state(.preparing, entry: .notifySetup) {
        on(.prepared, to: .connecting)
        on(.vetoed, do: .noteRefusal, to: .failed)
        ignore(.connected, .unreachable, .greeted, .accepted)
      }
      state(.connecting, entry: .connect) {
        on(.connected, if: .isAllowedUser, to: .greeting)
        on(.connected, do: .noteUser, to: .failed)
        on(.unreachable, do: .noteRefusal, to: .failed)
        ignore(.prepared, .vetoed, .greeted, .accepted)
      }
      state(.greeting, entry: .greet) {
        on(.greeted, unless: .speaksOurVersion, do: .noteVersion, to: .failed)
        on(.greeted, unless: .agreesOnTransfer, do: .noteTransfer, to: .failed)
        on(.greeted, to: .offering)
        after(.patience, do: .noteTimeout, to: .failed)
        ignore(.prepared, .vetoed, .connected, .unreachable, .accepted)
      }
      state(.offering, entry: .offer) {
        on(.accepted, to: .active)
        on(.deviceFailed, do: .noteRefusal, to: .failed)
        after(.patience, do: .noteTimeout, to: .failed)
        ignore(.prepared, .vetoed, .connected, .unreachable, .greeted)
      }
    }
  }

  private static var active: Node<Self> {
    state(.active, entry: .reportActive, .copy) {
      on(.converged, if: .pausesBeforeSwitchover, do: .stop, to: .preSwitchover)
      on(.converged, do: .stop, to: .device)
      on(.cancel, do: .noteCancel, to: .cancelling)
      losses
      refuse(.migrate, .proceed)
      wishesOfARunningGuest
      outcomesOfTheSetup
      outcomesOfTheSwitch
    }
  }

  private static var preSwitchover: Node<Self> {
    state(.preSwitchover, entry: .reportPreSwitchover) {
      on(.proceed, to: .device)
      on(.cancel, do: .noteCancel, to: .cancelling)
      losses
      wishes
      refuse(.migrate)
      outcomesOfTheSetup
      ignore(.converged)
      outcomesOfTheSwitch
    }
  }

  private static var device: Node<Self> {
    state(.device, initial: .switching, entry: .reportDevice) {
      refuse(.migrate, .proceed)
      wishes
      outcomesOfTheSetup
      ignore(.converged)
      switching
      killing
    }
  }

  /// The delay belongs to the phase and not to its states, so that what one of them took is missing
  /// in the next: together they cost the guest no more than the budget.
  private static var switching: Node<Self> {
    state(.switching, initial: .quiescing) {
      after(.switch, do: .noteDarkness, .revoke, to: .killing)
      state(.quiescing, entry: .quiesce) {
        on(.quiesced, to: .saving)
        beforeTheOffer
        ignore(.sent, .owner, .running)
      }
      state(.saving, entry: .save) {
        on(.sent, to: .offered)
        beforeTheOffer
        ignore(.quiesced, .owner, .running)
      }
      offered
    }
  }

  /// A guest that a migration has stopped is stopped or continued by nobody: what its user says is
  /// kept for whoever has it afterwards.
  private static var wishes: Node<Self> {
    Node(all: [on(.stop, do: .noteStop), on(.cont, do: .noteCont)])
  }

  /// A guest that is not stopped for the switch obeys its user at once, without this chart.
  private static var wishesOfARunningGuest: Node<Self> { ignore(.stop, .cont) }

  /// While the word says *held* the guest can be had back by simply not offering it.
  private static var beforeTheOffer: Node<Self> {
    Node(
      all: [
        on(.cancel, do: .noteCancel, to: .cancelling),
        on(.deviceFailed, do: .noteRefusal, to: .failed),
        losses,
      ])
  }

  /// How a target is lost, or refuses, while the guest can be had back without asking the word.
  private static var losses: Node<Self> {
    Node(
      all: [
        on(.targetDied, do: .noteDeath, to: .failed),
        on(.channelClosed, do: .noteClosed, to: .failed),
        on(.channelBroken, .refused, do: .noteRefusal, to: .failed),
      ])
  }

  private static var offered: Node<Self> {
    state(.offered, entry: .handOver) {
      on(.running, do: .askWord)
      on(.owner, if: .isRunning, to: .completed)
      on(.owner, if: .isTaken)
      on(.owner, if: .isCancelled, to: .cancelling)
      on(.owner, to: .failed)
      on(.cancel, do: .noteCancel, .revoke)
      on(.refused, do: .noteRefusal, .revoke)
      on(.channelClosed, do: .noteClosed, .revoke)
      on(.channelBroken, do: .noteRefusal, .revoke)
      on(.targetDied, do: .noteDeath, .revokeDead)
      ignore(.quiesced, .sent, .deviceFailed)
    }
  }

  /// The swap at the end of the budget decides: held, revoked, running after all, or taken. A
  /// target that has the guest and does not run it is condemned first, so that it cannot start it
  /// any more, and then killed: only its death, or its giving back, makes the guest ours again.
  private static var killing: Node<Self> {
    state(.killing) {
      on(.owner, if: .isRunning, to: .completed)
      on(.owner, if: .isCondemned, do: .kill)
      on(.owner, if: .isTaken, do: .condemn)
      on(.owner, if: .isCancelled, to: .cancelling)
      on(.owner, to: .failed)
      on(.running, do: .askWord)
      on(.targetDied, do: .revokeDead)
      after(.switch, do: .revoke, to: .killing)
      ignore(
        .cancel, .refused, .channelClosed, .channelBroken, .quiesced, .sent, .deviceFailed)
    }
  }

  private static var ending: Node<Self> {
    Node(
      all: [
        state(.cancelling, entry: .reportCancelling, .withdraw, .resume) {
          always(to: .cancelled)
        },
        state(.cancelled, entry: .notifyFailed, .reportCancelled, .hangUp) { open },
        state(.failed, entry: .withdraw, .resume, .notifyFailed, .reportFailed, .hangUp) { open },
        state(.completed, entry: .letGo, .sayBye, .notifyDone, .reportCompleted, .hangUp) {
          refuse(.migrate, .proceed, .stop, .cont)
          ignore(.cancel, .targetDied, .channelClosed)
          late
        },
      ])
  }

  /// A first try, or another one: always legal while the guest runs here.
  private static var open: Node<Self> {
    Node(
      all: [
        on(.migrate, if: .canCarryDescriptors, do: .begin, to: .setup),
        on(.migrate, do: .noteAddress, .reject),
        ignore(.cancel, .targetDied, .channelClosed),
        refuse(.proceed),
        wishesOfARunningGuest,
        late,
      ])
  }

  /// Outcomes of a handover that is over.
  private static var late: Node<Self> {
    Node(
      all: [
        outcomesOfTheSetup, ignore(.refused, .converged), outcomesOfTheSwitch,
        ignore(.channelBroken),
      ])
  }

  /// What only the phases before `active` ask for: elsewhere it comes too late.
  private static var outcomesOfTheSetup: Node<Self> {
    ignore(.prepared, .vetoed, .connected, .unreachable, .greeted, .accepted)
  }

  /// What only the blackout asks for: before it and behind it nobody waits for it.
  private static var outcomesOfTheSwitch: Node<Self> {
    ignore(.quiesced, .deviceFailed, .sent, .owner, .running)
  }
}
