public import BatonCore

/// The source's side of a handover: it has a running guest and gives it to another process.
///
/// It is responsible for the guest until somebody else demonstrably runs it, and for nothing after
/// that. Statuses and their order are QEMU's (QAPI `MigrationStatus`); where QEMU loses the guest
/// this chart resumes it.
///
///     idle ─▶ setup ─▶ active ─▶ (preSwitchover) ─▶ device ─▶ completed
///               │        │              │             │
///               ▼        ▼              ▼             ▼
///            failed, or cancelling and cancelled: the guest runs here, and may be moved again
///
///     states                                   the word            the guest
///     idle                                     none                runs here
///     preparing connecting greeting offering   none, then held     runs here
///     active                                   held                runs here
///     preSwitchover quiescing saving           held                is stopped here
///     offered                                  offered or taken    whose swap comes first
///     killing                                  any but offered     stopped, as the word says
///     cancelling                               as below            is about to run here again
///     cancelled failed                         none, held, revoked runs here again
///     completed                                running             runs at the target
///
/// What it never does:
///
/// - It believes no timeout and no closed channel once the guest is offered: it tries to swap the
///   word, and the word decides. Only a readable pidfd is a death.
/// - It leaves no guest in the dark because a target is silent: quiescing, saving and waiting for
///   the word have one budget together (`switch`), however long answers may take before it.
/// - It takes back no guest from a living target that has it. A target that does not start the
///   guest is condemned first, then killed, and only its death, or its giving back, makes the guest
///   the source's again.
/// - It changes no backend that it gives away: they are quiesced, and closed untouched.
/// - It reports no `failed` and no `cancelled` before the guest runs again.
///
/// Where the rules come from: the word, the losses and *condemned* from docs/PROTOCOL.md ("The
/// ownership word", "Losses", "Why it is so"); statuses, `pause-before-switchover`
/// and the refusal of an address that carries no descriptors from what QEMU documents and was
/// recorded to do, with the differences in docs/ARCHITECTURE.md ("Differences from QEMU").
public enum OutgoingChart: MigrationChart {
  /// Phases, and within them what the source waits for; the table above says who has the guest.
  public enum State: UInt8, Symbol {
    /// No migration was asked for since the start.
    case idle
    /// The guest runs; everything that can be checked is checked.
    case setup
    /// Those who asked for it are told and may veto.
    case preparing
    /// The socket is connected, and the user at the other end is looked at.
    case connecting
    /// Both sides say who they are and what they can.
    case greeting
    /// Devices and memory are offered, their descriptors lent, inert.
    case offering
    /// Memory that is not shared is copied while the guest runs.
    case active
    /// The guest is stopped and the user wanted a pause here.
    case preSwitchover
    /// The guest is stopped: the blackout.
    case device
    /// The blackout as long as it may last: `switchMillis` of the order for all of it.
    case switching
    /// The devices let go of their backends, which stay as they are.
    case quiescing
    /// The devices' state goes out.
    case saving
    /// The word says *offered*: whoever swaps it next owns the guest.
    case offered
    /// The budget of the switch is used up, and the word decides; a target that owns the guest and
    /// has not started it is being killed.
    case killing
    /// The user took it back.
    case cancelling
    /// The guest runs here, as the user wanted.
    case cancelled
    /// The guest runs here, since the handover could not be.
    case failed
    /// The guest runs at the target.
    case completed
  }

  /// Conditions of transitions, each on the event that came or on the memory.
  public enum Guard: UInt8, Symbol {
    /// The address leads to a UNIX socket: no other one carries descriptors, of which the ownership
    /// word is one in any case.
    case canCarryDescriptors
    /// The peer runs as our user or as one that was allowed.
    case isAllowedUser
    /// The target speaks our version of the protocol.
    case speaksOurVersion
    /// Both sides have backend-transfer on, or both off.
    case agreesOnTransfer
    /// The user wants a pause before the switch.
    case pausesBeforeSwitchover
    /// The word says that a living target has the guest and did not start it, or makes no sense.
    case isTaken
    /// The word says that a living target had the guest and may not run it, or makes no sense.
    case isCondemned
    /// The word says that the target runs the guest.
    case isRunning
    /// The user asked to take it back.
    case isCancelled
  }

  /// What entries and transitions do: `note…` remembers the first reason for an end, `report…` and
  /// `notify…` tell of the attempt, and each of the rest asks the driver for something.
  public enum Action: UInt8, Symbol {
    /// A new attempt begins; or the reason is kept why it cannot go on: what the event says, what
    /// of the peer does not suit us, that it died or hung up.
    case begin, noteRefusal, noteAddress, noteUser, noteVersion, noteTransfer, noteDeath, noteClosed
    /// What else is kept: that nobody answered in time, that the guest was dark for too long, what
    /// the user wants of it; and the chart looks at the word again.
    case noteTimeout, noteDarkness, noteCancel, noteStop, noteCont, askWord
    /// The way of the guest to the target, in the order of docs/PROTOCOL.md.
    case notifySetup, connect, greet, offer, copy, stop, quiesce, save, handOver
    /// The ways back, from the word to the guest that runs here again, and what the notifiers and
    /// the target are told at an end.
    case revoke, revokeDead, condemn, kill, withdraw, resume, notifyFailed, letGo, sayBye,
      notifyDone
    /// The channel is closed; a command that comes at a wrong time is refused.
    case hangUp, reject
    /// The status is reported, each under the QEMU name that is its own.
    case reportSetup, reportActive, reportPreSwitchover, reportDevice, reportCancelling
    /// The statuses that end an attempt, of which each reports one.
    case reportCancelled, reportFailed, reportCompleted
  }

  /// What is waited for no longer than so long.
  public enum Delay: UInt8, Symbol {
    /// How long the target may take for an answer: `patienceMillis` of the order.
    case patience
    /// How long the guest may stand still, from the stop on: `switchMillis` of the order.
    case `switch`
  }

  /// How drawings, records and `baton explore` name the chart.
  public static let name: StaticString = "Outgoing"
  /// The definition, checked and flattened once for the process.
  public static let table = Table<Self>.trusted()
}
