import BatonCore
import BatonMig
import BatonTesting

/// The effects of the target's chart that matter to anybody else.
enum TargetWork: UInt8 {
  case greet = 1
  case inspect, answer, load, take, apply, run, giveBack, activate, startGuest, sendRunning
  case sendFailed, hangUp, dropPeer, prepare, bind, discard

  var text: String {
    switch self {
    case .greet: "greets"
    case .inspect: "inspects the offer"
    case .answer: "answers"
    case .load: "loads"
    case .take: "swaps offered to taken?"
    case .apply: "applies"
    case .run: "swaps taken to running?"
    case .giveBack: "gives back what it took"
    case .activate: "serves"
    case .startGuest: "starts the guest"
    case .sendRunning: "sends RUNNING"
    case .sendFailed: "sends FAILED"
    case .hangUp: "hangs up"
    case .dropPeer: "listens on"
    case .prepare: "tells of the guest that is to come"
    case .bind: "listens"
    case .discard: "drops what it received"
    }
  }

  /// Nothing for what nobody else can see.
  static func of(_ effect: IncomingChart.Effect) -> [TargetWork] {
    switch effect {
    case .notify(.preIncoming): [.prepare]
    case .report, .reject, .notify: []
    case .bind: [.bind]
    case .discard: [.discard]
    case .turnAway: [.sendFailed, .dropPeer]
    case .greet: [.greet]
    case .inspect: [.inspect]
    case .answer: [.answer]
    case .load: [.load]
    case .take: [.take]
    case .apply: [.apply]
    case .run: [.run]
    case .giveBack: [.giveBack]
    case .activate: [.activate]
    case .startGuest: [.startGuest]
    case .sendRunning: [.sendRunning]
    case .sendFailed: [.sendFailed]
    case .hangUp: [.hangUp]
    }
  }
}

/// What the target's chart is told.
enum TargetInput: UInt8 {
  case timeout = 1
  case cancel, connected, greeted, offered, adoptable, unadoptable, received, loaded, loadFailed
  case doorbell, wordHeld, wordOffered, wordTaken, wordRunning, wordRevoked, wordCondemned
  case applied, applyFailed, withdrawn, bye, closed, died, listen, prepared, vetoed, listening
  case unavailable, foreign, oldVersion, otherTransfer, broken, nothing

  init?(_ letter: Letter) {
    switch letter {
    case .connect: self = .connected
    case .hello: self = .greeted
    case .offer: self = .offered
    case .state: self = .received
    case .doorbell: self = .doorbell
    case .cancel: self = .withdrawn
    case .bye: self = .bye
    case .end: self = .closed
    case .answers, .running, .failed: return nil
    }
  }

  init(_ owner: Ownership?) {
    switch owner {
    case nil: self = .nothing
    case .held: self = .wordHeld
    case .offered: self = .wordOffered
    case .taken: self = .wordTaken
    case .running: self = .wordRunning
    case .revoked: self = .wordRevoked
    case .condemned: self = .wordCondemned
    }
  }

  static func order(_ transport: Transport = .unix) -> IncomingChart.Event {
    .listen(
      IncomingChart.Order(
        transport: transport, transfersBackends: true, patienceMillis: 1, userID: 0))
  }

  var event: IncomingChart.Event? {
    let why = Refusal(cause ?? .invalid)
    switch self {
    case .timeout: return nil
    case .listen: return Self.order()
    case .prepared: return .prepared
    case .vetoed: return .vetoed(why)
    case .listening: return .listening
    case .unavailable: return .unavailable(why)
    case .cancel: return .cancel
    case .connected: return .connected(userID: 0)
    case .foreign: return .connected(userID: 7)
    case .greeted: return .greeted(Greeting(transfersBackends: true, handover: 1))
    case .oldVersion:
      return .greeted(Greeting(transfersBackends: true, handover: 1, version: 0))
    case .otherTransfer: return .greeted(Greeting(transfersBackends: false, handover: 1))
    case .offered: return .offered
    case .adoptable: return .adoptable
    case .unadoptable: return .unadoptable(why)
    case .received: return .received(isGuestRunning: true)
    case .loaded: return .loaded
    case .loadFailed: return .loadFailed(why)
    case .doorbell: return .doorbell
    case .wordHeld, .wordOffered, .wordTaken, .wordRunning, .wordRevoked, .wordCondemned,
      .nothing:
      return .owner(owner)
    case .applied: return .applied
    case .applyFailed: return .applyFailed(why)
    case .withdrawn: return .withdrawn(Refusal(.cancelled))
    case .bye: return .bye
    case .closed: return .channelClosed
    case .broken: return .channelBroken(why)
    case .died: return .sourceDied
    }
  }

  /// Why an attempt ends that this comes to.
  var cause: Refusal.Cause? {
    switch self {
    case .timeout: .timeout
    case .cancel, .withdrawn: .cancelled
    case .vetoed: .vetoed
    case .unavailable: .badAddress
    case .unadoptable: .descriptorCount
    case .loadFailed: .truncatedStream
    case .applyFailed: .wrongDescriptor
    case .broken: .malformedRecord
    case .foreign: .foreignUser
    case .oldVersion, .otherTransfer: .mismatch
    case .closed: .channelClosed
    case .died: .peerDied
    case .connected, .greeted, .offered, .adoptable, .received, .loaded, .doorbell, .wordHeld,
      .wordOffered, .wordTaken, .wordRunning, .wordRevoked, .wordCondemned, .applied, .bye,
      .listen, .prepared, .listening, .nothing:
      nil
    }
  }

  private var owner: Ownership? {
    Ownership.allCases.first { TargetInput($0) == self }
  }
}
