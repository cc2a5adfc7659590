public import BatonCore

extension TapChart {
  /// The states and transitions; drawn in StateCharts/Tap.
  public static var definition: Definition<Self> {
    chart(initial: .new) {
      state(.new) {
        starting
        ignore(.preIncoming, .incomingFailed, .incomingDone, .lost)
        noOutcome
        noBackend
        ending
      }
      waiting
      opening
      expecting
      inert
      attached
      lent
      restoring
      gone
    }
  }

  /// The first try and every later one.
  private static var starting: Node<Self> {
    Node(
      all: [
        on(.start, unless: .isPossible, do: .noteImpossible, to: .failed),
        on(.start, if: .startsRunning, do: .begin, to: .opening),
        on(.start, if: .startsEarly, do: .beginIncoming, to: .waiting),
        on(.start, if: .transfers, do: .beginIncoming, to: .expecting),
        on(.start, do: .beginIncoming, to: .opening),
      ])
  }

  private static var ending: Node<Self> { on(.close, to: .closing) }

  /// Outcomes of calls that this state does not wait for.
  static var noOutcome: Node<Self> {
    ignore(
      .succeeded, .refused, .features, .named, .index, .counted, .set, .inspected, .described,
      .restored)
  }

  /// What only a TAP that has its descriptors can do.
  static var noBackend: Node<Self> {
    Node(
      all: [
        refuse(
          .offered, .load, .take, .resume, .describe, .lend, .quiesce, .restore, .setOffload),
        ignore(.discard, .withdraw, .release),
      ])
  }

  private static var waiting: Node<Self> {
    state(.waiting) {
      on(.preIncoming, if: .transfers, to: .expecting)
      on(.preIncoming, do: .noteDeferred, to: .opening)
      on(.incomingDone, do: .noteDone, to: .opening)
      refuse(.start)
      ignore(.incomingFailed, .lost)
      noOutcome
      noBackend
      ending
    }
  }

  private static var expecting: Node<Self> {
    state(.expecting) {
      on(.offered, unless: .hasDescriptors, do: .refuseEmpty)
      on(.offered, do: .noteOffer, to: .adopting)
      on(.preIncoming, if: .transfers)
      on(.preIncoming, do: .noteDeferred, to: .opening)
      on(.incomingFailed, do: .retreat, to: .waiting)
      on(.incomingDone, do: .noteDone, to: .opening)
      refuse(.start)
      ignore(.lost)
      noOutcome
      noBackend
      ending
    }
  }

  /// Between the offer and the take: nothing may change the kernel's device.
  private static var inert: Node<Self> {
    state(.inert, initial: .adopting) {
      on(.discard, do: .forget, to: .expecting)
      on(.incomingFailed, do: .retreat, to: .waiting)
      refuse(.start)
      ignore(.preIncoming, .incomingDone, .lost)
      noOutcome
      noBackend
      ending
      state(.adopting, entry: .inspect) {
        on(.inspected, do: .noteSeen, to: .adopted)
        on(.refused, do: .answer, .forget, to: .expecting)
      }
      state(.adopted) { on(.load, do: .noteState, to: .loaded) }
      state(.loaded) {
        on(.load, do: .noteState)
        on(.take, if: .isDifferent, to: .applying)
        on(.take, do: .noteTaken, to: .quiesced)
      }
    }
  }

  private static var attached: Node<Self> {
    state(.attached, initial: .polling) {
      on(.lost, do: .noteRefusal, to: .failed)
      on(.release, do: .drop, to: .released)
      on(.incomingFailed, if: .isIncoming, do: .retreat, to: .waiting)
      on(.incomingDone, do: .noteDone)
      refuse(.start)
      ignore(.preIncoming, .incomingFailed)
      noOutcome
      noBackend
      ending
      polling
      quiesced
      describing
      offloading
      state(.applying, entry: .apply) {
        on(.succeeded, do: .noteTaken, to: .quiesced)
        on(.refused, do: .answer, to: .quiesced)
      }
    }
  }

  private static var polling: Node<Self> {
    state(.polling) {
      on(.quiesce, if: .isOffered, do: .hold, to: .lent)
      on(.quiesce, do: .hold, to: .quiesced)
      on(.describe, to: .describing)
      on(.lend, do: .noteLent)
      on(.withdraw, do: .noteWithdrawn)
      on(.setOffload, do: .noteWish, to: .offloading)
      ignore(.resume, .restore)
    }
  }

  private static var quiesced: Node<Self> {
    state(.quiesced) {
      on(.offered, if: .hasDescriptors, do: .refuseDescriptors)
      on(.offered, do: .noteOffer)
      on(.load, do: .noteState)
      on(.take, if: .isDifferent, to: .applying)
      on(.take, do: .noteTaken)
      on(.discard, if: .isAdopted, do: .forget, to: .expecting)
      on(.resume, do: .serve, to: .polling)
      on(.restore, if: .isRecorded, to: .restoring)
      on(.restore, do: .serve, to: .polling)
      on(.describe, to: .describing)
      on(.lend, do: .noteLent, to: .lent)
      ignore(.quiesce)
    }
  }

  private static var describing: Node<Self> {
    state(.describing, entry: .describe) {
      on(.described, if: .isHeld, do: .noteDescribed, to: .quiesced)
      on(.described, do: .noteDescribed, to: .polling)
      on(.refused, if: .isGone, do: .noteRefusal, to: .failed)
      on(.refused, if: .isHeld, do: .answer, to: .quiesced)
      on(.refused, do: .answer, to: .polling)
    }
  }

  /// What the kernel refuses is tried again with less, as QEMU does.
  private static var offloading: Node<Self> {
    state(.offloading, entry: .setOffload) {
      on(.set, do: .noteSet, to: .polling)
      on(.refused, if: .isGone, do: .noteRefusal, to: .failed)
      on(.refused, if: .wantsUSO, do: .dropUSO, to: .offloading)
      on(.refused, if: .wantsUFO, do: .dropUFO, to: .offloading)
      on(.refused, do: .noteWarning, to: .polling)
    }
  }

  private static var lent: Node<Self> {
    state(.lent) {
      on(.restore, to: .restoring)
      on(.withdraw, do: .noteWithdrawn, to: .quiesced)
      on(.release, do: .drop, to: .released)
      on(.incomingDone, do: .noteDone)
      refuse(.start, .offered, .load, .take, .resume, .describe, .setOffload)
      ignore(.preIncoming, .incomingFailed, .lost, .discard, .lend, .quiesce)
      noOutcome
      ending
    }
  }

  private static var restoring: Node<Self> {
    state(.restoring, entry: .restore) {
      on(.restored, do: .noteRestored, .serve, to: .polling)
      on(.refused, if: .isGone, do: .noteRefusal, to: .failed)
      on(.refused, do: .answer, .noteWarning, .serve, to: .polling)
      refuse(.start)
      ignore(.preIncoming, .incomingFailed, .incomingDone, .lost)
      noOutcome
      noBackend
      ending
    }
  }

  private static var gone: Node<Self> {
    Node(
      all: [
        state(.released) {
          refuse(.start)
          ignore(.preIncoming, .incomingFailed, .incomingDone, .lost)
          noOutcome
          noBackend
          ending
        },
        state(.failed, entry: .abandon) {
          starting
          ignore(.preIncoming, .incomingFailed, .incomingDone, .lost, .restore)
          noOutcome
          noBackend
          ending
        },
        state(.closing, entry: .shut) {
          on(.succeeded, to: .closed)
          refuse(.start)
          ignore(.preIncoming, .incomingFailed, .incomingDone, .lost, .close)
          noOutcome
          noBackend
        },
        final(.closed),
      ])
  }
}
