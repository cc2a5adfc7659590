import BatonCore

@testable import BatonMig

typealias IncomingWalk = Walk<IncomingChart>

/// The ways of the target's chart: how each state is reached.
enum IncomingRoutes {
  static let user: UInt32 = 1000
  static let why = Refusal(.invalid, field: .state, subject: Name("net0"))

  static func order(
    startsGuest: Bool = true, transport: Transport = .unix
  ) -> IncomingChart.Order {
    .init(
      .init(transport: transport, transfersBackends: true, patienceMillis: 100, userID: user),
      startsGuest: startsGuest)
  }

  static func greeting(transfers: Bool = true, version: UInt16 = Greeting.current) -> Greeting {
    Greeting(transfersBackends: transfers, handover: 7, version: version)
  }

  static let listening: [IncomingChart.Event] = [.prepared, .listening]
  static let greeted = listening + [.connected(userID: user), .greeted(greeting())]
  static let received = greeted + [.offered, .adoptable, .received(isGuestRunning: true)]

  /// The events behind `listen` that lead to the state; nil when the chart never rests in it.
  static func way(to state: IncomingChart.State) -> [IncomingChart.Event]? {
    switch state {
    case .idle, .preIncoming: []
    case .setup, .active: nil
    case .binding: [.prepared]
    case .preparing: [.preparing, .listening]
    case .listening: listening
    case .offering: greeted
    case .inspecting: greeted + [.offered]
    case .receiving: greeted + [.offered, .adoptable]
    case .loading: received
    case .ready: received + [.loaded, .owner(.held)]
    case .taken: received + [.loaded, .owner(.taken)]
    case .completed: received + [.loaded, .owner(.taken), .applied, .owner(.running)]
    case .cancelled: listening + [.cancel]
    case .failed: greeted + [.withdrawn(why)]
    }
  }

  /// A walk that has reached the state.
  static func walk(
    to state: IncomingChart.State, startsGuest: Bool = true
  ) throws -> IncomingWalk? {
    guard let way = way(to: state) else { return nil }
    let walk = try IncomingWalk(IncomingChart.table, memory: .init())
    if state == .idle { return walk }
    try walk.send([.listen(order(startsGuest: startsGuest))] + way)
    return walk
  }

  /// The states in which the chart rests.
  static let leaves = IncomingChart.State.allCases.filter { way(to: $0) != nil }
}

extension Walk<IncomingChart> {
  var statuses: [MigrationStatus] {
    effects.compactMap { if case .report(let status) = $0 { status } else { nil } }
  }

  func count(_ kind: IncomingChart.Effect.Kind) -> Int {
    effects.filter { $0.kind == kind }.count
  }

  /// What must hold of what was asked for, wherever the walk stands; empty when it does.
  ///
  /// Of one attempt only: a second one has a walk of its own.
  var faults: [String] {
    var faults: [String] = []
    var done: Set<IncomingChart.Effect.Kind> = []
    for effect in effects {
      switch effect.kind {
      case .answer: if !done.contains(.inspect) { faults.append("answered unseen") }
      case .take: if !done.contains(.load) { faults.append("took what was not loaded") }
      case .apply: if !done.contains(.take) { faults.append("applied what was not taken") }
      case .run: if !done.contains(.apply) { faults.append("ran what was not applied") }
      case .activate, .startGuest, .sendRunning:
        if !done.contains(.run) || done.contains(.discard) { faults.append("served too early") }
        if done.contains(effect.kind) { faults.append("served twice") }
      case .giveBack, .discard: if done.contains(.activate) { faults.append("gave away") }
      case .report, .reject, .notify, .bind, .accept, .admit, .turnAway, .greet, .inspect, .load,
        .pauseGuest,
        .sendFailed,
        .hangUp:
        break
      }
      done.insert(effect.kind)
    }
    if done.contains(.activate) != (state == .completed) { faults.append("serves or does not") }
    return faults
  }
}
