import BatonCore

@testable import BatonMig

/// What the source's chart is told, as small numbers; a timeout is no event.
enum SourceInput: UInt8 {
  case timeout = 1
  case cancel, proceed, prepared, vetoed, connected, unreachable, greeted, accepted, refused
  case converged, quiesced, deviceFailed, sent, held, offered, taken, running, revoked, condemned
  case saysRunning, closed, died

  init(_ letter: Letter) {
    switch letter {
    case .hello: self = .greeted
    case .answers: self = .accepted
    case .running: self = .saysRunning
    case .failed: self = .refused
    case .end: self = .closed
    case .connect, .offer, .state, .doorbell, .cancel, .bye: fatalError("not for the source")
    }
  }

  init(_ owner: Ownership?) {
    switch owner {
    case .held: self = .held
    case .offered: self = .offered
    case .taken: self = .taken
    case .running: self = .running
    case .revoked: self = .revoked
    case .condemned: self = .condemned
    case nil: fatalError("there is a word")
    }
  }

  var event: OutgoingChart.Event? {
    let why = Refusal(.invalid)
    switch self {
    case .timeout: return nil
    case .cancel: return .cancel
    case .proceed: return .proceed
    case .prepared: return .prepared
    case .vetoed: return .vetoed(why)
    case .connected: return .connected(userID: 0)
    case .unreachable: return .unreachable(why)
    case .greeted: return .greeted(Greeting(transfersBackends: true, handover: 1))
    case .accepted: return .accepted
    case .refused: return .refused(why)
    case .converged: return .converged
    case .quiesced: return .quiesced
    case .deviceFailed: return .deviceFailed(why)
    case .sent: return .sent
    case .held: return .owner(.held)
    case .offered: return .owner(.offered)
    case .taken: return .owner(.taken)
    case .running: return .owner(.running)
    case .revoked: return .owner(.revoked)
    case .condemned: return .owner(.condemned)
    case .saysRunning: return .running
    case .closed: return .channelClosed
    case .died: return .targetDied
    }
  }
}

/// What the target's chart is told.
enum TargetInput: UInt8 {
  case timeout = 1
  case cancel, connected, greeted, offered, adoptable, unadoptable, received, loaded, loadFailed
  case doorbell, wordHeld, wordOffered, wordTaken, wordRunning, wordRevoked, wordCondemned
  case applied, applyFailed, withdrawn, bye, closed, died

  init(_ letter: Letter) {
    switch letter {
    case .connect: self = .connected
    case .hello: self = .greeted
    case .offer: self = .offered
    case .state: self = .received
    case .doorbell: self = .doorbell
    case .cancel: self = .withdrawn
    case .bye: self = .bye
    case .end: self = .closed
    case .answers, .running, .failed: fatalError("not for the target")
    }
  }

  init(_ owner: Ownership?) {
    switch owner {
    case .held: self = .wordHeld
    case .offered: self = .wordOffered
    case .taken: self = .wordTaken
    case .running: self = .wordRunning
    case .revoked: self = .wordRevoked
    case .condemned: self = .wordCondemned
    case nil: fatalError("there is a word")
    }
  }

  var event: IncomingChart.Event? {
    let why = Refusal(.invalid)
    switch self {
    case .timeout: return nil
    case .cancel: return .cancel
    case .connected: return .connected(userID: 0)
    case .greeted: return .greeted(Greeting(transfersBackends: true, handover: 1))
    case .offered: return .offered
    case .adoptable: return .adoptable
    case .unadoptable: return .unadoptable(why)
    case .received: return .received(isGuestRunning: true)
    case .loaded: return .loaded
    case .loadFailed: return .loadFailed(why)
    case .doorbell: return .doorbell
    case .wordHeld: return .owner(.held)
    case .wordOffered: return .owner(.offered)
    case .wordTaken: return .owner(.taken)
    case .wordRunning: return .owner(.running)
    case .wordRevoked: return .owner(.revoked)
    case .wordCondemned: return .owner(.condemned)
    case .applied: return .applied
    case .applyFailed: return .applyFailed(why)
    case .withdrawn: return .withdrawn
    case .bye: return .bye
    case .closed: return .channelClosed
    case .died: return .sourceDied
    }
  }
}

extension World {
  /// Appends the outcome of an effect of the source.
  mutating func then(_ input: SourceInput, _ label: StaticString, isFault: Bool = false)
    -> Explorer.Edge
  {
    source.events.push(input.rawValue)
    return Explorer.Edge(label: label, world: self, isFault: isFault)
  }

  /// Appends the outcome of an effect of the target.
  mutating func then(_ input: TargetInput, _ label: StaticString, isFault: Bool = false)
    -> Explorer.Edge
  {
    target.events.push(input.rawValue)
    return Explorer.Edge(label: label, world: self, isFault: isFault)
  }

  /// The two ways that an effect of the source may go.
  func either(
    _ good: SourceInput, _ bad: SourceInput, _ label: StaticString, _ faults: Explorer.Faults
  ) -> [Explorer.Edge] {
    var (first, second) = (self, self)
    let edges = [first.then(good, label)]
    return faults.has(.refusals) ? edges + [second.then(bad, label, isFault: true)] : edges
  }

  mutating func sendToTarget(_ letter: Letter) {
    guard source.flags.contains(.open), target.flags.contains(.alive), !isTargetGone else {
      return
    }
    target.inbox.push(letter.rawValue)
  }

  mutating func sendToSource(_ letter: Letter) {
    guard target.flags.contains(.open), source.flags.contains(.open) else { return }
    source.inbox.push(letter.rawValue)
  }

  /// True when the target has closed its end, whose end of stream the source has, or had.
  private var isTargetGone: Bool { target.flags.contains(.refusesMail) }

  mutating func closeSource() {
    guard source.flags.contains(.open) else { return }
    if target.flags.contains(.alive), !isTargetGone { target.inbox.push(Letter.end.rawValue) }
    source.flags.remove([.open, .timer, .draining])
    source.inbox = Queue()
  }

  mutating func closeTarget() {
    // What waits in the listening socket's queue is closed with it.
    if source.flags.contains(.open), !isTargetGone { source.inbox.push(Letter.end.rawValue) }
    target.flags.insert(.refusesMail)
    target.flags.remove(.open)
    target.inbox = Queue()
  }
}

extension World.Flags {
  /// Has closed its end of the channel, or the socket that listens.
  static let refusesMail = World.Flags(rawValue: 8192)
}

extension World.Side {
  /// The process is gone, and everything that only it had.
  mutating func die() {
    flags.subtract([.alive, .hung, .killed, .guest, .device, .timer, .draining])
    work = World.Queue()
    events = World.Queue()
    // The chart of a dead process does not matter any more.
    chart = 0
  }
}
