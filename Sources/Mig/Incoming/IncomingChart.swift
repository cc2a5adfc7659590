public import BatonCore

/// The target's side of a handover.
///
/// Until the ownership word says *taken* nothing here changes a device: what arrives is inspected,
/// loaded and kept. A source that dies after *offered* is no loss: the guest is taken and run.
public enum IncomingChart: Chart {
  /// Where the target stands.
  public enum State: UInt8, Symbol {
    /// No guest was asked for.
    case idle
    /// Backends are told that a guest is about to come, and may veto.
    case preIncoming
    /// The socket is made.
    case binding
    /// Nothing of the guest is here yet.
    case setup
    /// The socket waits for the source.
    case listening
    /// A source connected and says who it is.
    case greeting
    /// The source says what it has.
    case offering
    /// What was offered is compared with what is expected.
    case inspecting
    /// The guest's state arrives.
    case active
    /// Records come in.
    case receiving
    /// The state is checked and kept.
    case loading
    /// Everything is here: the guest is taken as soon as the word allows.
    case ready
    /// The guest is ours and has not started.
    case taken
    /// The guest runs here.
    case completed
    /// The user does not want it any more.
    case cancelled
    /// The guest did not come.
    case failed
  }

  /// What the target reacts to.
  public enum Event: Message, Hashable {
    /// The user wants a guest (`migrate-incoming`).
    case listen(Order)
    /// The user does not want it any more.
    case cancel
    /// Nobody vetoed.
    case prepared
    /// A notifier vetoed.
    case vetoed(Refusal)
    /// The socket listens.
    case listening
    /// The socket cannot be made.
    case unavailable(Refusal)
    /// Somebody connected; this user.
    case connected(userID: UInt32)
    /// The source said who it is.
    case greeted(Greeting)
    /// The last offer arrived.
    case offered
    /// Everything offered fits.
    case adoptable
    /// Something does not.
    case unadoptable(Refusal)
    /// The last record of the state arrived.
    case received(isGuestRunning: Bool)
    /// Every device accepts its state.
    case loaded
    /// A device does not.
    case loadFailed(Refusal)
    /// The source says that it offered the guest.
    case doorbell
    /// What the ownership word says after a swap was tried.
    case owner(Ownership?)
    /// The state is applied to the backends.
    case applied
    /// A backend refuses it.
    case applyFailed(Refusal)
    /// The source takes it back, and why.
    case withdrawn(Refusal)
    /// The source is done.
    case bye
    /// The channel is at its end; everything in it has been read.
    case channelClosed
    /// The source sent something that is no record.
    case channelBroken(Refusal)
    /// The source's pidfd is readable.
    case sourceDied

    /// The names of the events.
    public enum Kind: UInt8, Symbol {
      case listen, cancel, prepared, vetoed, listening, unavailable, connected, greeted, offered
      case adoptable, unadoptable, received, loaded, loadFailed, doorbell, owner, applied
      case applyFailed, withdrawn, bye, channelClosed, channelBroken, sourceDied
    }
  }

  /// The conditions.
  public enum Guard: UInt8, Symbol {
    /// The address is a UNIX socket.
    case canCarryDescriptors
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

  /// The computations.
  public enum Action: UInt8, Symbol {
    case begin, noteRefusal, noteAddress, noteUser, noteVersion, noteTransfer, noteGone
    case noteTimeout, noteCancel, noteWithdrawn, noteWord, noteGuest
    case notifyPreIncoming, bind, greet, inspect, answer, load, take, apply, run, giveBack
    case go, discard, tellFailure, notifyDone, notifyFailed, hangUp, turnAway, reject
    case reportSetup, reportActive, reportCompleted, reportCancelled, reportFailed
  }

  /// The delays.
  public enum Delay: UInt8, Symbol {
    /// How long the source may take to say what it has.
    case patience
    /// How soon the word is looked at again when no bell has rung.
    case glance
  }

  /// The name of the chart.
  public static let name: StaticString = "Incoming"
  /// The flattened chart.
  public static let table = Table<Self>.trusted()
}
