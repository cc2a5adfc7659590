import BatonCore

@testable import BatonMig

/// The effects of the source's chart that matter to anybody else.
enum SourceWork: UInt8 {
  case prepare = 1
  case connect, greet, offer, copy, stopGuest, quiesce, save, handOver, ring, revoke
  case revokeFromDead, condemn, kill, sendCancel, restore, startGuest, release, sendBye, hangUp

  var label: StaticString {
    switch self {
    case .prepare: "source prepares"
    case .connect: "source connects"
    case .greet: "source greets"
    case .offer: "source offers"
    case .copy: "source copies"
    case .stopGuest: "source stops the guest"
    case .quiesce: "source quiesces"
    case .save: "source saves"
    case .handOver: "held to offered"
    case .ring: "source rings"
    case .revoke: "offered to revoked?"
    case .revokeFromDead: "source revokes from the dead"
    case .condemn: "taken to condemned?"
    case .kill: "source kills"
    case .sendCancel: "source sends CANCEL"
    case .restore: "source restores"
    case .startGuest: "source starts the guest"
    case .release: "source releases"
    case .sendBye: "source sends BYE"
    case .hangUp: "source hangs up"
    }
  }

  /// Nothing for what nobody else can see.
  static func of(_ effect: OutgoingChart.Effect) -> [SourceWork] {
    switch effect {
    case .notify(.precopySetup): [.prepare]
    case .report, .reject, .notify, .withdraw: []
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

/// The effects of the target's chart that matter to anybody else.
enum TargetWork: UInt8 {
  case greet = 1
  case inspect, answer, load, take, apply, run, giveBack, activate, startGuest, sendRunning
  case sendFailed, hangUp, dropPeer

  var label: StaticString {
    switch self {
    case .greet: "target greets"
    case .inspect: "target inspects"
    case .answer: "target answers"
    case .load: "target loads"
    case .take: "offered to taken?"
    case .apply: "target applies"
    case .run: "taken to running?"
    case .giveBack: "taken or condemned to revoked?"
    case .activate: "target serves"
    case .startGuest: "target starts the guest"
    case .sendRunning: "target sends RUNNING"
    case .sendFailed: "target sends FAILED"
    case .hangUp: "target hangs up"
    case .dropPeer: "target listens on"
    }
  }

  /// Nothing for what nobody else can see.
  static func of(_ effect: IncomingChart.Effect) -> [TargetWork] {
    switch effect {
    case .report, .reject, .notify, .bind, .discard: []
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

extension World.Side {
  mutating func plan(_ effects: [OutgoingChart.Effect]) {
    for effect in effects { for step in SourceWork.of(effect) { work.push(step.rawValue) } }
  }

  mutating func plan(_ effects: [IncomingChart.Effect]) {
    for effect in effects { for step in TargetWork.of(effect) { work.push(step.rawValue) } }
  }
}
