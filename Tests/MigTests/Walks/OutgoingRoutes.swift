import BatonCore

@testable import BatonMig

typealias OutgoingWalk = Walk<OutgoingChart>

/// The ways of the source's chart: how each state is reached.
enum OutgoingRoutes {
  static let user: UInt32 = 1000
  static let why = Refusal(.invalid, field: .state, subject: Name("net0"))

  static func order(
    pauses: Bool = false, transport: Transport = .unix
  ) -> OutgoingChart.Order {
    .init(
      .init(transport: transport, transfersBackends: true, patienceMillis: 100, userID: user),
      pausesBeforeSwitchover: pauses, switchMillis: 30)
  }

  static func greeting(transfers: Bool = true, version: UInt16 = Greeting.current) -> Greeting {
    Greeting(transfersBackends: transfers, handover: 7, version: version)
  }

  static let greeted: [OutgoingChart.Event] = [
    .prepared, .connected(userID: user), .greeted(greeting()),
  ]

  /// The events behind `migrate` that lead to the state; nil when the chart never rests in it.
  static func way(
    to state: OutgoingChart.State, isGuestRunning: Bool = true
  ) -> [OutgoingChart.Event]? {
    let converged = greeted + [.accepted, .converged(isGuestRunning: isGuestRunning)]

    return switch state {
    case .idle: []
    case .setup, .device, .switching, .cancelling: nil
    case .preparing: []
    case .connecting: [.prepared]
    case .greeting: [.prepared, .connected(userID: user)]
    case .offering: greeted
    case .active: greeted + [.accepted]
    case .preSwitchover: converged
    case .quiescing: converged
    case .saving: converged + [.quiesced]
    case .offered, .killing: converged + [.quiesced, .sent]
    case .cancelled: [.cancel]
    case .failed: [.vetoed(why)]
    case .completed: converged + [.quiesced, .sent] + [.running, .owner(.running)]
    }
  }

  /// A walk that has reached the state.
  static func walk(
    to state: OutgoingChart.State, isGuestRunning: Bool = true
  ) throws -> OutgoingWalk? {
    guard let way = way(to: state, isGuestRunning: isGuestRunning) else { return nil }
    let walk = try OutgoingWalk(OutgoingChart.table, memory: .init())
    if state == .idle { return walk }
    try walk.send(.migrate(order(pauses: state == .preSwitchover)))
    try walk.send(way)
    if state == .killing { try walk.expire() }
    return walk
  }

  /// The states in which the chart rests.
  static let leaves = OutgoingChart.State.allCases.filter { way(to: $0) != nil }
}

extension Walk<OutgoingChart> {
  var statuses: [MigrationStatus] {
    effects.compactMap { if case .report(let status) = $0 { status } else { nil } }
  }

  func count(_ kind: OutgoingChart.Effect.Kind) -> Int {
    effects.filter { $0.kind == kind }.count
  }

  /// What must hold of what was asked for, wherever the walk stands; empty when it does.
  var faults: [String] {
    var faults: [String] = []
    var (isStopped, isQuiesced, isReleased) = (false, false, false)
    for effect in effects {
      switch effect.kind {
      case .stopGuest:
        if isStopped { faults.append("stopped twice") }
        isStopped = true
      case .startGuest:
        if !isStopped || !memory.isGuestRunning || isReleased { faults.append("started") }
        isStopped = false
      case .quiesce:
        if !isStopped { faults.append("quiesced before the guest was stopped") }
        isQuiesced = true
      case .restore:
        if !isQuiesced || isReleased { faults.append("restored") }
        isQuiesced = false
      case .withdraw: if isQuiesced { faults.append("withdrew what was quiesced") }
      case .release:
        if !isQuiesced || isReleased { faults.append("released") }
        isReleased = true
      case .save, .handOver: if !isQuiesced { faults.append("saved before it was quiesced") }
      case .report, .reject, .notify, .connect, .greet, .offer, .copy, .revoke, .revokeFromDead,
        .condemn, .kill, .sendCancel, .sendBye, .hangUp:
        break
      }
    }
    if isReleased != (state == .completed) { faults.append("kept or gave the devices") }
    if [.cancelled, .failed, .idle].contains(state) {
      if isStopped && memory.isGuestRunning { faults.append("the guest stays stopped") }
      if isQuiesced { faults.append("the devices stay quiesced") }
    }
    return faults
  }
}
