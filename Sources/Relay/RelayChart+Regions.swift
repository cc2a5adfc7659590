import BatonCore

/// The regions of both QEMUs. A transition of a region to a state inside it is internal: any other
/// would leave all of them (SCXML 3.13).
extension RelayChart {
  /// What the source has said last of its migration, by itself or when it was asked.
  static var source: Node<Self> {
    state(.source, initial: .sourceUnasked) {
      said(.source)
      said(.status)
      on(.sourceGone, to: .sourceGone, internal: true)
      ignore(.target, .targetGone)
      unheard
      state(.sourceUnasked) {}
      state(.sourceNone) {}
      state(.sourceSetup) {}
      state(.sourceActive) {
        // Said again and again while memory is sent.
        on(.status, if: .isActive)
      }
      state(.sourcePreSwitchover) {}
      state(.sourceDevice) {}
      state(.sourceCancelling) {}
      state(.sourceCompleted) {}
      state(.sourceFailed) {}
      state(.sourceCancelled) {}
      state(.sourceOther) {}
      state(.sourceGone) { ignore(.source, .status, .sourceGone) }
    }
  }

  /// The stage that an event of this kind names.
  private static func said(_ kind: Event.Kind) -> [Node<Self>] {
    [
      on(kind, if: .isNone, to: .sourceNone, internal: true),
      on(kind, if: .isSetup, to: .sourceSetup, internal: true),
      on(kind, if: .isActive, to: .sourceActive, internal: true),
      on(kind, if: .isPreSwitchover, to: .sourcePreSwitchover, internal: true),
      on(kind, if: .isDevice, to: .sourceDevice, internal: true),
      on(kind, if: .isCancelling, to: .sourceCancelling, internal: true),
      on(kind, if: .isCompleted, to: .sourceCompleted, internal: true),
      on(kind, if: .isFailed, to: .sourceFailed, internal: true),
      on(kind, if: .isCancelled, to: .sourceCancelled, internal: true),
      on(kind, to: .sourceOther, internal: true),
    ]
  }

  /// What the target has said last of its run state.
  static var target: Node<Self> {
    state(.target, initial: .targetUnasked) {
      on(.target, if: .targetAwaits, to: .targetInmigrate, internal: true)
      on(.target, if: .targetHasGuest, to: .targetGuest, internal: true)
      on(.target, to: .targetOther, internal: true)
      on(.targetGone, to: .targetGone, internal: true)
      ignore(.source, .sourceGone, .status)
      unheard
      state(.targetUnasked) {}
      state(.targetInmigrate) {}
      state(.targetGuest) {}
      state(.targetOther) {}
      // Another one may be started.
      state(.targetGone) { ignore(.targetGone) }
    }
  }

  /// What says nothing of a QEMU.
  private static var unheard: Node<Self> {
    ignore(
      .surveyed, .launched, .unlaunched, .fits, .differs, .prepared, .unprepared, .refused, .quit)
  }
}
