public import BatonCore

extension IncomingChart {
  /// The states and transitions; drawn in StateCharts/Incoming.
  public static var definition: Definition<Self> {
    chart(initial: .idle) {
      state(.idle) { open }
      state(.preIncoming, entry: .notifyPreIncoming) {
        on(.prepared, to: .binding)
        on(.preparing, do: .noteUnprepared, to: .binding)
        on(.vetoed, do: .noteRefusal, .reject, to: .idle)
        wishes
        refuse(.listen)
        ignore(.cancel, .listening, .unavailable)
        noSource
      }
      state(.binding, entry: .bind) {
        on(.listening, if: .isUnprepared, to: .preparing)
        on(.listening, to: .listening)
        on(.unavailable, do: .noteRefusal, .notifyFailed, .reject, to: .idle)
        wishes
        refuse(.listen)
        // The socket is made at once: nobody gets ready meanwhile.
        ignore(.cancel, .prepared, .preparing, .vetoed)
        noSource
      }
      setup
      active
      taken
      completed
      state(.cancelled, entry: .discard, .tellFailure, .notifyFailed, .reportCancelled, .hangUp) {
        open
      }
      state(.failed, entry: .discard, .tellFailure, .notifyFailed, .reportFailed, .hangUp) {
        open
      }
    }
  }

  /// A first or another try.
  private static var open: Node<Self> {
    Node(
      all: [
        on(.listen, if: .canCarryDescriptors, do: .begin, to: .preIncoming),
        on(.listen, do: .noteAddress, .reject),
        ignore(.cancel, .stop, .cont),
        outcomesOfTheSocket,
        noSource,
      ])
  }

  /// What only a connected source can bring about, where none is connected any more or yet.
  private static var noSource: Node<Self> {
    Node(
      all: [
        outcomesOfTheSetup,
        ignore(
          .received, .loaded, .loadFailed, .doorbell, .owner, .applied, .applyFailed, .withdrawn,
          .bye, .channelClosed, .channelBroken, .sourceDied),
      ])
  }

  /// What only the phases before `setup` ask for: elsewhere nobody waits for it.
  private static var outcomesOfTheSocket: Node<Self> {
    ignore(.prepared, .preparing, .vetoed, .listening, .unavailable)
  }

  /// What only `setup` asks for.
  private static var outcomesOfTheSetup: Node<Self> {
    ignore(.connected, .greeted, .offered, .adoptable, .unadoptable)
  }

  private static var setup: Node<Self> {
    state(.setup, initial: .listening, entry: .reportSetup) {
      on(.cancel, do: .noteCancel, to: .cancelled)
      losses
      wishes
      refuse(.listen)
      outcomesOfTheSocket
      ignore(.received, .loaded, .loadFailed, .doorbell, .owner, .applied, .applyFailed, .bye)
      // Who connects meanwhile waits in the kernel.
      state(.preparing) {
        on(.prepared, to: .listening)
        on(.vetoed, do: .noteRefusal, to: .failed)
        after(.patience, do: .noteTimeout, to: .failed)
        outcomesOfTheSetup
      }
      // Who has connected is a visitor; the one that says HELLO is the source.
      state(.listening, entry: .accept) {
        on(.connected, if: .isAllowedUser, do: .admit)
        on(.connected, do: .noteUser, .turnAway)
        on(.greeted, unless: .speaksOurVersion, do: .greet, .noteVersion, to: .failed)
        on(.greeted, unless: .agreesOnTransfer, do: .greet, .noteTransfer, to: .failed)
        on(.greeted, do: .greet, to: .offering)
        on(.unavailable, do: .noteRefusal, to: .failed)
        ignore(.offered, .adoptable, .unadoptable)
      }
      state(.offering) {
        on(.offered, to: .inspecting)
        after(.patience, do: .noteTimeout, to: .failed)
        ignore(.connected, .greeted, .adoptable, .unadoptable)
      }
      state(.inspecting, entry: .inspect) {
        on(.adoptable, do: .answer, to: .active)
        on(.unadoptable, do: .noteRefusal, to: .failed)
        ignore(.connected, .greeted, .offered)
      }
    }
  }

  private static var active: Node<Self> {
    state(.active, initial: .receiving, entry: .reportActive) {
      on(.cancel, do: .noteCancel, to: .cancelled)
      losses
      wishes
      refuse(.listen)
      outcomesOfTheSocket
      outcomesOfTheSetup
      ignore(.applied, .applyFailed, .bye)
      state(.receiving) {
        on(.received, do: .noteGuest, to: .loading)
        ignore(.loaded, .loadFailed, .doorbell, .owner)
      }
      state(.loading, entry: .load) {
        on(.loaded, to: .ready)
        on(.loadFailed, do: .noteRefusal, to: .failed)
        ignore(.received, .doorbell, .owner)
      }
      state(.ready, entry: .take) {
        // A swap may have succeeded whose outcome still waits: what we took, we give back.
        on(.cancel, do: .noteCancel, .giveBack)
        on(.owner, if: .isCancelled, to: .cancelled)
        on(.owner, if: .isTaken, to: .taken)
        on(.owner, if: .mayStillCome)
        on(.owner, do: .noteWord, to: .failed)
        on(.doorbell, do: .take)
        // A source may hang between its swap and the bell.
        after(.glance, to: .ready)
        // The source died or hung up: what the word says now is the last it will say.
        on(.sourceDied, .channelClosed, do: .noteGone, .take)
        ignore(.received, .loaded, .loadFailed)
      }
    }
  }

  /// What the user says of a guest before it is here is kept until it starts.
  private static var wishes: Node<Self> {
    Node(all: [on(.stop, do: .noteStop), on(.cont, do: .noteCont)])
  }

  /// How a source is lost, or takes it back, before the guest is ours.
  private static var losses: Node<Self> {
    Node(
      all: [
        on(.withdrawn, do: .noteWithdrawn, to: .failed),
        on(.channelBroken, do: .noteRefusal, to: .failed),
        on(.channelClosed, .sourceDied, do: .noteGone, to: .failed),
      ])
  }

  private static var taken: Node<Self> {
    state(.taken, entry: .apply) {
      on(.applied, do: .run)
      on(.applyFailed, do: .noteRefusal, .giveBack)
      on(.owner, if: .isRunning, to: .completed)
      on(.owner, if: .isCondemned, do: .giveBack)
      on(.owner, do: .noteWord, to: .failed)
      wishes
      refuse(.listen, .cancel)
      // The guest is ours now: the source's end changes nothing.
      ignore(.sourceDied, .channelClosed, .channelBroken, .withdrawn, .bye, .doorbell)
      outcomesOfTheSocket
      outcomesOfTheSetup
      ignore(.received, .loaded, .loadFailed)
    }
  }

  private static var completed: Node<Self> {
    state(.completed, entry: .go, .notifyDone, .reportCompleted) {
      on(.bye, do: .heed, .hangUp)
      on(.channelClosed, .channelBroken, .sourceDied, do: .hangUp)
      after(.patience, do: .hangUp)
      refuse(.listen, .cancel)
      // The guest is here, and itself does what its user says.
      ignore(.stop, .cont)
      outcomesOfTheSocket
      outcomesOfTheSetup
      ignore(
        .received, .loaded, .loadFailed, .doorbell, .owner, .applied, .applyFailed, .withdrawn)
    }
  }
}
