public import BatonCore

/// The source's side of a handover.
///
/// Statuses are QEMU's; where QEMU loses the guest this chart resumes it (docs/PROTOCOL.md). The
/// ownership word decides every race: nothing here believes a timeout or a closed channel until the
/// word has been swapped or the target's pidfd is readable.
public enum OutgoingChart: Chart {
  /// Where the source stands.
  public enum State: UInt8, Symbol {
    /// No migration was asked for since the start.
    case idle
    /// The guest runs; everything that can be checked is checked.
    case setup
    /// Those who asked for it are told and may veto.
    case preparing
    /// The socket connects.
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
    /// The devices let go of their backends, which stay as they are.
    case quiescing
    /// The devices' state goes out.
    case saving
    /// The word says *offered*: whoever swaps it next owns the guest.
    case offered
    /// The target owns the guest, has not started it, and does not answer: it is being killed.
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

  /// What the source reacts to.
  public enum Event: Message, Hashable {
    /// The user wants the guest moved.
    case migrate(Order)
    /// The user wants it to stay.
    case cancel
    /// The user lets a paused migration go on (`migrate-continue`).
    case proceed
    /// Nobody vetoed.
    case prepared
    /// A notifier vetoed.
    case vetoed(Refusal)
    /// The socket is connected to a process of this user.
    case connected(userID: UInt32)
    /// There is no channel to the target.
    case unreachable(Refusal)
    /// The target said who it is.
    case greeted(Greeting)
    /// The target accepts every device and region.
    case accepted
    /// The target refuses, or could not load.
    case refused(Refusal)
    /// Nothing is left to be copied while the guest runs.
    case converged
    /// No device touches its backend any more.
    case quiesced
    /// A device could not be quiesced or saved.
    case deviceFailed(Refusal)
    /// The whole state went out.
    case sent
    /// What the ownership word says after a swap was tried.
    case owner(Ownership?)
    /// The target says that it runs the guest.
    case running
    /// The channel is at its end; everything in it has been read.
    case channelClosed
    /// The target sent something that is no record.
    case channelBroken(Refusal)
    /// The target's pidfd is readable.
    case targetDied

    /// The names of the events.
    public enum Kind: UInt8, Symbol {
      case migrate, cancel, proceed, prepared, vetoed, connected, unreachable, greeted
      case accepted, refused, converged, quiesced, deviceFailed, sent, owner, running
      case channelClosed, channelBroken, targetDied
    }
  }

  /// The conditions.
  public enum Guard: UInt8, Symbol {
    /// The address leads to a UNIX socket, or no descriptor is to travel.
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

  /// The computations.
  public enum Action: UInt8, Symbol {
    case begin, noteRefusal, noteAddress, noteUser, noteVersion, noteTransfer, noteDeath, noteClosed
    case noteTimeout, noteCancel, askWord
    case notifySetup, connect, greet, offer, copy, stop, quiesce, save, handOver
    case revoke, revokeDead, condemn, kill, withdraw, resume, notifyFailed, letGo, sayBye,
      notifyDone
    case hangUp, reject
    case reportSetup, reportActive, reportPreSwitchover, reportDevice, reportCancelling
    case reportCancelled, reportFailed, reportCompleted
  }

  /// The delays.
  public enum Delay: UInt8, Symbol {
    /// How long the other side may take.
    case patience
  }

  /// The name of the chart.
  public static let name: StaticString = "Outgoing"
  /// The flattened chart.
  public static let table = Table<Self>.trusted()
}
