public import BatonCore

extension IncomingChart {
  /// What the target reacts to: commands of its user, outcomes of its own effects, and what it
  /// hears from or of the source.
  public enum Event: Message, Hashable {
    /// The user wants a guest (`migrate-incoming`).
    case listen(Order)
    /// The user does not want it any more.
    case cancel
    /// The user wants the guest to stay paused when it comes.
    case stop
    /// The user lets the guest run when it comes, if it ran at the source.
    case cont
    /// Of those who registered nobody vetoed.
    case prepared
    /// Of those who registered nobody vetoed, and somebody is not ready yet.
    case preparing
    /// One of those who registered does not want it to begin.
    case vetoed(Refusal)
    /// The socket is bound and listens; nobody has connected.
    case listening
    /// The socket cannot be made.
    case unavailable(Refusal)
    /// A process of this user connected, which may be the source or anybody else.
    case connected(userID: UInt32)
    /// One of those who connected said who it is: the source.
    case greeted(Greeting)
    /// OFFER-END arrived: every device and the memory have been offered.
    case offered
    /// Every device and region that was offered fits, and none is missing.
    case adoptable
    /// A device or a region that was offered does not fit, or one that is expected was not offered.
    case unadoptable(Refusal)
    /// The last record of the state arrived.
    case received(isGuestRunning: Bool)
    /// Every device accepts its state.
    case loaded
    /// A device does not accept its state.
    case loadFailed(Refusal)
    /// The source says that it offered the guest.
    case doorbell
    /// What the ownership word says after a swap was tried.
    case owner(Ownership?)
    /// The state is applied to the backends.
    case applied
    /// A backend refuses its state.
    case applyFailed(Refusal)
    /// The source takes the guest back, and why.
    case withdrawn(Refusal)
    /// The source has closed everything; what its user said last of the guest, if it says so.
    case bye(isGuestRunning: Bool?)
    /// The channel is at its end; everything in it has been read.
    case channelClosed
    /// The source sent something that is no record.
    case channelBroken(Refusal)
    /// The source's pidfd is readable.
    case sourceDied

    /// Events without what they carry, as transitions name them.
    public enum Kind: UInt8, Symbol {
      /// From the command to the offer: orders of the user, and what became of the socket.
      case listen, cancel, stop, cont, prepared, vetoed, listening, unavailable, connected
      /// What the source says first.
      case greeted, offered
      /// Some of those who registered need time.
      case preparing
      /// From the look at the offer to the guest that is ours, with the word of both.
      case adoptable, unadoptable, received, loaded, loadFailed, doorbell, owner, applied
      /// What can end an attempt in almost any state, and the farewell of the source.
      case applyFailed, withdrawn, bye, channelClosed, channelBroken, sourceDied
    }

    /// The name that transitions know it by.
    public var kind: Kind {
      switch self {
      case .listen: .listen
      case .cancel: .cancel
      case .stop: .stop
      case .cont: .cont
      case .prepared: .prepared
      case .preparing: .preparing
      case .vetoed: .vetoed
      case .listening: .listening
      case .unavailable: .unavailable
      case .connected: .connected
      case .greeted: .greeted
      case .offered: .offered
      case .adoptable: .adoptable
      case .unadoptable: .unadoptable
      case .received: .received
      case .loaded: .loaded
      case .loadFailed: .loadFailed
      case .doorbell: .doorbell
      case .owner: .owner
      case .applied: .applied
      case .applyFailed: .applyFailed
      case .withdrawn: .withdrawn
      case .bye: .bye
      case .channelClosed: .channelClosed
      case .channelBroken: .channelBroken
      case .sourceDied: .sourceDied
      }
    }

    /// What is asked for, where the event is the command that begins an attempt.
    var order: Order? {
      if case .listen(let order) = self { order } else { nil }
    }

    /// Who has connected, where the event says it.
    var userID: UInt32? {
      if case .connected(let userID) = self { userID } else { nil }
    }

    /// What the other side says of itself, where the event is its HELLO.
    var greeting: Greeting? {
      if case .greeted(let greeting) = self { greeting } else { nil }
    }

    /// What the word says; nil for a senseless one, and where the event does not tell of it.
    var owner: Ownership? {
      if case .owner(let owner) = self { owner } else { nil }
    }

    /// Why something failed, where the event tells of a failure.
    var refusal: Refusal? {
      switch self {
      case .vetoed(let refusal), .unavailable(let refusal), .unadoptable(let refusal),
        .loadFailed(let refusal), .applyFailed(let refusal), .withdrawn(let refusal),
        .channelBroken(let refusal):
        refusal
      case .listen, .cancel, .stop, .cont, .prepared, .preparing, .listening, .connected,
        .greeted, .offered, .adoptable, .received, .loaded, .doorbell, .owner, .applied, .bye,
        .channelClosed, .sourceDied:
        nil
      }
    }
  }
}
