import BatonCore
import BatonMig
import BatonTesting

/// The effects of the source's chart that matter to anybody else.
enum SourceWork: UInt8 {
  case prepare = 1
  case connect, greet, offer, copy, stopGuest, quiesce, save, handOver, ring, revoke
  case revokeFromDead, condemn, kill, sendCancel, restore, startGuest, release, sendBye, hangUp
  case withdraw

  var text: String {
    switch self {
    case .prepare: "tells of the setup"
    case .connect: "connects"
    case .greet: "greets"
    case .offer: "offers"
    case .copy: "copies"
    case .stopGuest: "stops the guest"
    case .quiesce: "quiesces"
    case .save: "saves"
    case .handOver: "swaps held to offered"
    case .ring: "rings"
    case .revoke: "swaps offered to revoked?"
    case .revokeFromDead: "revokes from the dead"
    case .condemn: "swaps taken to condemned?"
    case .kill: "kills the target"
    case .sendCancel: "sends CANCEL"
    case .restore: "takes the devices back"
    case .startGuest: "starts the guest"
    case .release: "lets go of the descriptors"
    case .sendBye: "sends BYE"
    case .hangUp: "hangs up"
    case .withdraw: "withdraws the devices"
    }
  }

  /// Nothing for what nobody else can see.
  static func of(_ effect: OutgoingChart.Effect) -> [SourceWork] {
    switch effect {
    case .notify(.precopySetup): [.prepare]
    case .report, .reject, .notify: []
    case .withdraw: [.withdraw]
    case .connect: [.connect]
    case .greet: [.greet]
    case .offer: [.offer]
    case .copy: [.copy]
    case .stopGuest: [.stopGuest]
    case .quiesce: [.quiesce]
    case .save: [.save]
    case .handOver: [.handOver, .ring]
    case .revoke: [.revoke]
    case .revokeFromDead: [.revokeFromDead]
    case .condemn: [.condemn]
    case .kill: [.kill]
    case .sendCancel: [.sendCancel]
    case .restore: [.restore]
    case .startGuest: [.startGuest]
    case .release: [.release]
    case .sendBye: [.sendBye]
    case .hangUp: [.hangUp]
    }
  }
}

/// What the source's chart is told, as small numbers; a timeout is no event.
enum SourceInput: UInt8 {
  case timeout = 1
  case cancel, proceed, prepared, vetoed, connected, unreachable, greeted, accepted, refused
  case converged, quiesced, deviceFailed, sent, held, offered, taken, running, revoked, condemned
  case saysRunning, closed, died, migrate, foreign, oldVersion, otherTransfer, broken, nothing

  init?(_ letter: Letter) {
    switch letter {
    case .hello: self = .greeted
    case .answers: self = .accepted
    case .running: self = .saysRunning
    case .failed: self = .refused
    case .end: self = .closed
    case .connect, .offer, .state, .doorbell, .cancel, .bye: return nil
    }
  }

  init(_ owner: Ownership?) {
    switch owner {
    case nil: self = .nothing
    case .held: self = .held
    case .offered: self = .offered
    case .taken: self = .taken
    case .running: self = .running
    case .revoked: self = .revoked
    case .condemned: self = .condemned
    }
  }

  static func order(_ pauses: Bool, _ transport: Transport = .unix) -> OutgoingChart.Event {
    .migrate(
      OutgoingChart.Order(
        transport: transport, transfersBackends: true, pausesBeforeSwitchover: pauses,
        patienceMillis: 1, userID: 0))
  }

  func event(pauses: Bool) -> OutgoingChart.Event? {
    let why = Refusal(cause ?? .invalid)
    switch self {
    case .timeout: return nil
    case .migrate: return Self.order(pauses)
    case .cancel: return .cancel
    case .proceed: return .proceed
    case .prepared: return .prepared
    case .vetoed: return .vetoed(why)
    case .connected: return .connected(userID: 0)
    case .foreign: return .connected(userID: 7)
    case .unreachable: return .unreachable(why)
    case .greeted: return .greeted(Greeting(transfersBackends: true, handover: 1))
    case .oldVersion:
      return .greeted(Greeting(transfersBackends: true, handover: 1, version: 0))
    case .otherTransfer: return .greeted(Greeting(transfersBackends: false, handover: 1))
    case .accepted: return .accepted
    case .refused: return .refused(why)
    case .converged: return .converged
    case .quiesced: return .quiesced
    case .deviceFailed: return .deviceFailed(why)
    case .sent: return .sent
    case .held, .offered, .taken, .running, .revoked, .condemned, .nothing: return .owner(owner)
    case .saysRunning: return .running
    case .closed: return .channelClosed
    case .broken: return .channelBroken(why)
    case .died: return .targetDied
    }
  }

  /// Why an attempt ends that this comes to.
  var cause: Refusal.Cause? {
    switch self {
    case .timeout: .timeout
    case .cancel: .cancelled
    case .vetoed: .vetoed
    case .unreachable: .noListener
    case .refused: .missingDevice
    case .deviceFailed: .systemCall
    case .broken: .malformedRecord
    case .foreign: .foreignUser
    case .oldVersion, .otherTransfer: .mismatch
    case .closed: .channelClosed
    case .died: .peerDied
    case .proceed, .prepared, .connected, .greeted, .accepted, .converged, .quiesced, .sent,
      .held, .offered, .taken, .running, .revoked, .condemned, .saysRunning, .migrate, .nothing:
      nil
    }
  }

  private var owner: Ownership? {
    Ownership.allCases.first { SourceInput($0) == self }
  }
}
