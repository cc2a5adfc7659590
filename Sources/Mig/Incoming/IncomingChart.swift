public import BatonCore

/// The target's side of a handover: it waits for a guest and takes it from another process.
///
/// It is responsible for saying what does not fit while the guest still runs at the source, and for
/// the guest from the swap to *taken* on. Until that swap it changes nothing that is not its own:
/// what arrives is inspected, loaded and kept.
///
///     idle ─▶ preIncoming ─▶ binding ─▶ setup ─▶ active ─▶ taken ─▶ completed
///      ▲           │            │         │         │         │
///      └───────────┴────────────┘         ▼         ▼         ▼
///       refused: nothing happened      failed, or cancelled: everything is dropped
///
///     states                           the word          the guest
///     idle preIncoming binding         none              runs at the source
///     preparing listening              none              runs at the source
///     offering inspecting              held              runs at the source
///     receiving loading                held              runs or is stopped at the source
///     ready                            held or offered   whose swap comes first
///     taken                            taken             is ours, stopped
///     completed                        running           runs here
///     cancelled failed                 held or revoked   is the source's, if that lives
///
/// What it never does:
///
/// - It makes no call that changes a backend before the word says *taken*; such calls are counted.
/// - It runs no guest that the word does not give it: a copy that the source took back never wakes.
/// - It believes no bell: DOORBELL is a reason to look at the word, and without one it looks every
///   10 ms (`glance`), since a source may hang between its swap and the bell.
/// - It keeps no guest that a backend refuses: it gives the guest back, since nothing ran.
/// - It meets no source before its backends are ready, which may take them some time (`preparing`).
/// - It ends for no stranger: who is not allowed is turned away, and who says nothing, something
///   else than HELLO, or leaves, costs its own place among the visitors and nothing more.
///
/// A source that dies after *offered* is no loss: the guest is taken and run.
///
/// Where the rules come from: the word, the losses, `glance` and giving back from docs/PROTOCOL.md
/// ("The ownership word", "Losses", "Why it is so"); the veto before anything is
/// opened, and that a refused `migrate-incoming` leaves the target as it was, from the pre-incoming
/// event of QEMU's backend-transfer series (linked at `MigrationEvent`); statuses from what QEMU
/// was recorded to report, with the differences in docs/ARCHITECTURE.md ("Differences from QEMU").
public enum IncomingChart: MigrationChart {
  /// Phases, and within them what the target waits for; the table above says who has the guest.
  public enum State: UInt8, Symbol {
    /// No guest was asked for.
    case idle
    /// Backends are told that a guest is about to come, and may veto.
    case preIncoming
    /// The socket is made at the address that was given.
    case binding
    /// Nothing of the guest is here yet.
    case setup
    /// Backends that were told get ready, and may still veto; the socket is there.
    case preparing
    /// The socket waits for the source: for HELLO, from whomever of those who have connected.
    case listening
    /// The source says what it has.
    case offering
    /// What was offered is compared with what is expected.
    case inspecting
    /// The offer was accepted; the guest's state arrives.
    case active
    /// STATE records come in, one for each device, until STATE-END.
    case receiving
    /// The state is checked and kept.
    case loading
    /// Everything is here: the guest is taken as soon as the word allows.
    case ready
    /// The guest is ours and has not started.
    case taken
    /// The guest runs here, or stays paused as it was asked for; the source has yet to say BYE.
    case completed
    /// The user does not want it any more.
    case cancelled
    /// The guest did not come.
    case failed
  }

  /// Conditions of transitions, each on the event that came or on the memory.
  public enum Guard: UInt8, Symbol {
    /// The address is a UNIX socket.
    case canCarryDescriptors
    /// Somebody who was told is not ready yet.
    case isUnprepared
    /// The peer runs as our user or as one that was allowed.
    case isAllowedUser
    /// The source speaks our version of the protocol.
    case speaksOurVersion
    /// Both sides have backend-transfer on, or both off.
    case agreesOnTransfer
    /// The word says that the guest is ours and not started.
    case isTaken
    /// The word says that the guest is the source's, which lives and may still offer it.
    case mayStillCome
    /// The word says that the guest runs here.
    case isRunning
    /// The word says that the source took the guest back from us, who did not start it in time.
    case isCondemned
    /// The user does not want the guest any more.
    case isCancelled
  }

  /// What entries and transitions do: `note…` remembers the first reason for an end, `report…` and
  /// `notify…` tell of the attempt, and each of the rest asks the driver for something.
  public enum Action: UInt8, Symbol {
    /// A new attempt begins; or the reason is kept why it cannot: what the event says, or what of
    /// the peer does not suit us.
    case begin, noteRefusal, noteAddress, noteUser, noteVersion, noteTransfer, noteGone
    /// What else is kept: that nobody answered in time, that the user or the source does not want
    /// it, what stands in the word, and whether the guest is to run.
    case noteTimeout, noteCancel, noteWithdrawn, noteWord, noteGuest, noteStop, noteCont, heed
    /// And that somebody who was told of the beginning is not ready yet.
    case noteUnprepared
    /// The way of the guest to us, in the order of docs/PROTOCOL.md.
    case notifyPreIncoming, bind, accept, admit, greet, inspect, answer, load, take, apply, run,
      giveBack
    /// The ends of an attempt: the guest is let go on, what came is dropped, the source and the
    /// notifiers are told, the channel is closed; a second source or a command at a wrong time is
    /// refused.
    case go, discard, tellFailure, notifyDone, notifyFailed, hangUp, turnAway, reject
    /// The status is reported, each under the QEMU name that is its own.
    case reportSetup, reportActive, reportCompleted, reportCancelled, reportFailed
  }

  /// What is waited for no longer than so long.
  public enum Delay: UInt8, Symbol {
    /// How long backends may take to get ready, the source to say what it has, and to leave after
    /// the guest runs here: `patienceMillis` of the order.
    case patience
    /// How soon the word is looked at again when no bell has rung: 10 ms.
    case glance
  }

  /// How drawings, records and `baton explore` name the chart.
  public static let name: StaticString = "Incoming"
  /// The definition, checked and flattened once for the process.
  public static let table = Table<Self>.trusted()
}
