import BatonCore

/// What other programs do for a TAP, each in a state of its own with a limit.
extension TapChart {
  /// How the queues come to be: given, sent by a helper, or opened by name.
  static var ways: Node<Self> {
    Node(
      all: [
        state(.choosingWay) {
          always(if: .isGiven, to: .examining)
          always(if: .hasHelper, to: .helping)
          always(to: .openingDevice)
        },
        state(.helping, entry: .runHelper, exit: .endProgram) {
          on(.succeeded, to: .examining)
          after(.program, do: .noteHelperLate, to: .undoing)
        },
        state(.examining, entry: .examine) {
          on(.inspected, do: .noteExamined, to: .readingIndex)
        },
      ])
  }

  /// The script has the interface as the kernel made it, before anything is set on it, as QEMU's.
  static var raising: Node<Self> {
    state(.raising, entry: .runScript, exit: .endProgram) {
      on(.succeeded, do: .noteDuty, to: .probingUFO)
      after(.program, do: .noteScriptLate, to: .undoing)
    }
  }

  /// The descriptors are still open while the down script runs, and are closed whatever it says; a
  /// TAP on its way down takes no order but to close.
  static var leaving: Node<Self> {
    state(.leaving, initial: .lowering) {
      refuse(.start, .preIncoming)
      ignore(.incomingFailed, .incomingDone, .lost)
      noBackend
      state(.lowering, entry: .hold, .runDownScript, exit: .endProgram) {
        on(.succeeded, to: .lowered)
        on(.refused, do: .warn, to: .lowered)
        after(.program, do: .warnLate, to: .lowered)
        on(.close, do: .noteClosing)
        ignore(
          .features, .named, .index, .counted, .link, .macvtap, .set, .inspected, .described,
          .restored)
      }
      state(.lowered) {
        always(if: .isClosing, to: .closing)
        always(if: .isReleasing, do: .drop, to: .released)
        always(if: .isUndoing, to: .undoing)
        always(do: .retreat, to: .waiting)
        ignore(.close)
        noOutcome
      }
    }
  }
}
