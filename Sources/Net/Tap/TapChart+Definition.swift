public import BatonCore

extension TapChart {
  /// Where the TAP stands; what is indented in ``definition`` is inside of another.
  public enum State: UInt8, Symbol {
    /// Nobody has asked for it yet.
    case new
    /// The incoming side does not know yet whether descriptors will come.
    case waiting
    /// The calls are made that make a TAP ours, one state for each.
    case opening
    /// How the queues come to be is seen from the options.
    case choosingWay
    /// The helper runs, which makes the TAP and sends its descriptor.
    case helping
    /// Descriptors that were given, by whomever, are looked at.
    case examining
    /// /dev/net/tun is opened, or the device of a macvtap, once for each queue.
    case openingDevice
    /// The kernel is asked what it knows.
    case readingFeatures
    /// What was wished for is compared with what the kernel knows.
    case choosing
    /// The kernel is asked whether another process has queues of the interface: a multiqueue one
    /// would give us more of them, and frames of a running guest with them.
    case countingQueues
    /// A size that a persistent interface kept is put back.
    case presizingHeader
    /// The descriptor is attached to the interface.
    case attaching
    /// The kernel refused it, and is asked what the interface is.
    case explaining
    /// The descriptor gets O_NONBLOCK (fcntl(2), F_SETFL).
    case settingNonBlocking
    /// The interface is asked for its index.
    case readingIndex
    /// The script runs, with the interface's name.
    case raising
    /// It is tried whether the kernel takes TUN_F_UFO.
    case probingUFO
    /// It is tried whether the kernel takes TUN_F_USO4 and TUN_F_USO6.
    case probingUSO
    /// Segmentation inside of tunnels is tried.
    case probingTunnel
    /// What the probes left is taken back.
    case resettingOffload
    /// The virtio-net header gets its size.
    case sizingHeader
    /// The queues get their send buffer, which is the device's.
    case sizingSendBuffer
    /// The interface gets its MTU.
    case settingMTU
    /// All calls were made; which way to go from here is decided at once.
    case ready
    /// What was opened is closed again.
    case undoing
    /// The descriptors come with the migration.
    case expecting
    /// The source's descriptors are here; nothing on them has changed.
    case inert
    /// They are compared with the offer.
    case adopting
    /// They are what was offered.
    case adopted
    /// The source's last word on its settings is here.
    case loaded
    /// The TAP is ours: frames flow, or wait for a word of ours.
    case attached
    /// Frames flow, in both directions.
    case polling
    /// Nobody touches it; frames wait in the kernel and in the guest's ring.
    case quiesced
    /// The kernel is asked what the TAP is.
    case describing
    /// The guest's offloads are set.
    case offloading
    /// The settings that the source had and the kernel has not are set.
    case applying
    /// Quiesced, and a target holds the same descriptors; it may come back.
    case lent
    /// It came back: what differs is put back.
    case restoring
    /// The target has it; nothing was touched when the descriptors were closed.
    case released
    /// The TAP is about to go for good, and is ours: what is owed is done first.
    case leaving
    /// The down script runs, with a limit.
    case lowering
    /// The down script has run, or could not; where to go from here is decided at once.
    case lowered
    /// The user does not want it any more.
    case closing
    /// The descriptors are closed, for good.
    case closed
    /// It could not be opened, or the interface was deleted.
    case failed
  }

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
      leaving
      gone
    }
  }

  /// The options' settings, in the order of ``TapSetting``.
  static var setting: Node<Self> {
    Node(
      all: [
        set(in: .sizingHeader, entry: .sizeHeader, next: .sizingSendBuffer),
        set(in: .sizingSendBuffer, entry: .sizeSendBuffer, next: .settingMTU),
        set(in: .settingMTU, entry: .setMTU, next: .ready),
      ])
  }

  /// Sets what is wished for; a refusal of what the user asked for ends the opening, which is said
  /// in the state outside, any other is only remembered.
  private static func set(in place: State, entry: Action, next: State) -> Node<Self> {
    state(place, entry: entry) {
      always(unless: .isWished, to: next)
      on(.set, do: .noteSet, to: next)
      on(.refused, unless: .isAsked, do: .noteWarning, to: next)
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

  static var ending: Node<Self> {
    Node(
      all: [
        on(.close, if: .owes, do: .noteClosing, to: .lowering),
        on(.close, to: .closing),
      ])
  }

  /// Outcomes of calls that this state does not wait for.
  static var noOutcome: Node<Self> {
    ignore(
      .succeeded, .refused, .features, .named, .index, .counted, .link, .macvtap, .set,
      .inspected, .described, .restored)
  }

  /// What only a TAP that has its descriptors can do.
  static var noBackend: Node<Self> {
    Node(
      all: [
        refuse(
          .offered, .load, .take, .resume, .describe, .lend, .quiesce, .restore, .setOffload),
        ignore(.discard, .withdraw, .release, .give),
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
      on(.lost, do: .noteLoss, to: .failed)
      on(.release, if: .owes, do: .noteReleasing, to: .lowering)
      on(.release, do: .drop, to: .released)
      on(.incomingFailed, if: .retreatsOwing, do: .noteRetreating, to: .lowering)
      on(.incomingFailed, if: .isIncoming, do: .retreat, to: .waiting)
      on(.incomingDone, do: .noteDone)
      refuse(.start)
      ignore(.preIncoming, .incomingFailed, .give)
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
      on(.resume, do: .noteInherited, .serve, to: .polling)
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
      on(.refused, if: .isGone, do: .noteLoss, to: .failed)
      on(.refused, if: .isHeld, do: .answer, to: .quiesced)
      on(.refused, do: .answer, to: .polling)
    }
  }

  /// What the kernel refuses is tried again with less, as QEMU does.
  private static var offloading: Node<Self> {
    state(.offloading, entry: .setOffload) {
      on(.set, do: .noteSet, to: .polling)
      on(.refused, if: .isGone, do: .noteLoss, to: .failed)
      on(.refused, if: .wantsUSO, do: .dropUSO, to: .offloading)
      on(.refused, if: .wantsUFO, do: .dropUFO, to: .offloading)
      on(.refused, do: .noteWarning, to: .polling)
    }
  }

  private static var lent: Node<Self> {
    state(.lent) {
      on(.restore, to: .restoring)
      on(.give, do: .noteGivenAway)
      on(.withdraw, do: .noteWithdrawn, to: .quiesced)
      on(.release, do: .noteFreed, .drop, to: .released)
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
      on(.refused, if: .isGone, do: .noteLoss, to: .failed)
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
          on(.succeeded, do: .tellClosed, to: .closed)
          refuse(.start)
          ignore(.preIncoming, .incomingFailed, .incomingDone, .lost, .close)
          noOutcome
          noBackend
        },
        final(.closed),
      ])
  }
}
