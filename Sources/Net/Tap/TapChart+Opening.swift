import BatonCore

extension TapChart {
  /// The way up: QEMU's order, one state for each call, a loop for each queue.
  static var opening: Node<Self> {
    state(.opening, initial: .choosingWay) {
      on(.refused, if: .owes, do: .noteRefusal, .noteUndoing, to: .lowering)
      on(.refused, do: .noteRefusal, to: .undoing)
      ending
      refuse(.start)
      // A program is all that is waited for in here, and before it has succeeded nothing is owed.
      on(.incomingFailed, if: .wasWaiting, to: .undoing)
      ignore(.preIncoming, .incomingFailed, .incomingDone, .lost)
      noOutcome
      noBackend
      ways
      perQueue
      raising
      probing
      setting
      state(.ready, entry: .noteOpened) {
        always(if: .isIncoming, do: .hold, .tellOpened, to: .quiesced)
        always(do: .serve, .tellOpened, to: .polling)
      }
      state(.undoing, entry: .drop) {
        always(if: .wasWaiting, do: .tellUnopened, .retreat, to: .waiting)
        always(do: .tellUnopened, to: .failed)
      }
    }
  }

  private static var perQueue: Node<Self> {
    Node(
      all: [
        state(.openingDevice, entry: .openDevice) {
          on(.succeeded, if: .isFirstQueue, to: .readingFeatures)
          on(.succeeded, to: .attaching)
        },
        state(.readingFeatures, entry: .readFeatures) {
          on(.features, do: .noteFeatures, to: .choosing)
          on(.refused, do: .noteWarning, to: .choosing)
        },
        state(.choosing) {
          always(unless: .canHaveHeader, do: .noteNoHeader, to: .undoing)
          always(unless: .canHaveQueues, do: .noteNoQueues, to: .undoing)
          always(if: .wantsQueues, to: .countingQueues)
          always(if: .wantsHeader, to: .presizingHeader)
          always(to: .attaching)
        },
        state(.countingQueues, entry: .countQueues) {
          on(.counted, if: .isInUse, do: .noteInUse, to: .undoing)
          on(.counted, if: .wantsHeader, to: .presizingHeader)
          on(.counted, to: .attaching)
        },
        state(.presizingHeader, entry: .presizeHeader) {
          on(.succeeded, .refused, to: .attaching)
        },
        state(.attaching, entry: .attach) {
          on(.named, do: .noteName, to: .settingNonBlocking)
          on(.refused, if: .isMisfit, do: .noteWarning, to: .explaining)
        },
        // The kernel says EINVAL of every interface that is none of these.
        state(.explaining, entry: .readLink) {
          on(.link, if: .isAsAsked, do: .noteWarned, to: .undoing)
          on(.link, do: .noteOther, to: .undoing)
          on(.macvtap, do: .noteMacvtap, to: .openingDevice)
          on(.refused, do: .noteWarned, to: .undoing)
        },
        state(.settingNonBlocking, entry: .setNonBlocking) {
          on(.succeeded, if: .needsMoreQueues, to: .openingDevice)
          on(.succeeded, to: .readingIndex)
        },
      ])
  }

  /// Each successful probe replaces the set of the whole device, so only a TAP that is being
  /// opened is probed, never one that was adopted.
  private static var probing: Node<Self> {
    Node(
      all: [
        state(.readingIndex, entry: .readIndex) {
          on(.index, if: .hasScript, do: .noteIndex, to: .raising)
          on(.index, do: .noteIndex, .noteDuty, to: .probingUFO)
          // Descriptors work in another network namespace, where names are not to be found.
          on(.refused, if: .wasGiven, do: .noteWarning, .noteDuty, to: .probingUFO)
        },
        state(.probingUFO, entry: .probeUFO) {
          on(.set, do: .noteProbed, to: .probingUSO)
          on(.refused, to: .probingUSO)
        },
        state(.probingUSO, entry: .probeUSO) {
          on(.set, do: .noteProbed, to: .probingTunnel)
          on(.refused, to: .probingTunnel)
        },
        state(.probingTunnel, entry: .probeTunnel) {
          on(.set, do: .noteProbed, to: .resettingOffload)
          on(.refused, to: .resettingOffload)
        },
        state(.resettingOffload, entry: .resetOffload) {
          on(.set, .refused, to: .sizingHeader)
        },
      ])
  }
}
