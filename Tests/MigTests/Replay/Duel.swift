import BatonCore

@testable import BatonMig

/// Both charts with as little world as they need: what one sends the other reads, in order.
final class Duel {
  /// What happens besides.
  enum Turn {
    case none
    /// The user cancels when the source comes to this state.
    case cancel(OutgoingChart.State)
    /// The target is killed when the source comes to this state.
    case killTarget(OutgoingChart.State)
    /// The source is killed when it comes to this state.
    case killSource(OutgoingChart.State)
    /// The target does not accept what is offered.
    case misfit
    /// The target cannot listen.
    case veto
    /// Nobody listens.
    case noListener
    /// Somebody listens who never says anything; then the user cancels.
    case mute
    /// The address leads elsewhere.
    case elsewhere(Transport)
  }

  private enum Mail {
    case source(OutgoingChart.Event)
    case target(IncomingChart.Event)
  }

  /// The two sides never come to rest.
  private struct Endless: Error {}

  /// Far more than any handover sends.
  private static let mailsMax = 1_000

  private let turn: Turn
  private let source: OutgoingWalk
  private let target: IncomingWalk
  /// What the other side sent.
  private var mail: [Mail] = []
  /// Outcomes of effects, which a driver hands to its chart before it reads on.
  private var outcomes: [Mail] = []
  private var word = Ownership.held
  private var (isSourceAlive, isTargetAlive, isTurnOver) = (true, true, false)

  init(_ turn: Turn) throws {
    self.turn = turn
    source = try OutgoingWalk(OutgoingChart.table, memory: .init())
    target = try IncomingWalk(IncomingChart.table, memory: .init())
  }

  /// Runs the scenario to its end.
  func run(_ recording: Recording, startsGuest: Bool) throws {
    var transport = Transport.unix
    if case .elsewhere(let other) = turn { transport = other }
    let order = OutgoingChart.Order(
      .init(transport: transport, transfersBackends: recording.transfer.source, userID: 0),
      pausesBeforeSwitchover: recording.capabilities.contains("pause-before-switchover"))
    switch turn {
    case .noListener, .mute, .elsewhere: break
    case .none, .cancel, .killTarget, .killSource, .misfit, .veto:
      try deliver(
        .target(
          .listen(
            .init(
              .init(
                transport: .unix, transfersBackends: recording.transfer.target, userID: 0),
              startsGuest: startsGuest))))
    }
    try deliver(.source(.migrate(order)))
  }

  /// The statuses of the source, and its stops and starts of the guest.
  var sourceTrace: [String] {
    source.effects.compactMap {
      switch $0 {
      case .report(let status): "\(status.qapiName)"
      case .stopGuest: "STOP"
      case .startGuest: "RESUME"
      case .reject, .notify, .connect, .greet, .offer, .copy, .quiesce, .save, .handOver, .revoke,
        .revokeFromDead, .condemn, .kill, .withdraw, .restore, .sendCancel, .sendBye, .hangUp,
        .release:
        nil
      }
    }
  }

  /// The statuses of the target, and its starts of the guest.
  var targetTrace: [String] {
    target.effects.compactMap {
      switch $0 {
      case .report(let status): "\(status.qapiName)"
      case .startGuest: "RESUME"
      case .reject, .notify, .bind, .accept, .admit, .greet, .inspect, .answer, .load, .take,
        .apply, .run,
        .giveBack, .pauseGuest, .sendRunning, .sendFailed, .turnAway, .activate, .discard, .hangUp:
        nil
      }
    }
  }

  private func deliver(_ first: Mail) throws {
    mail.append(first)
    for _ in 0..<Self.mailsMax {
      guard !mail.isEmpty || !outcomes.isEmpty else { return }
      switch outcomes.isEmpty ? mail.removeFirst() : outcomes.removeFirst() {
      case .source(let event):
        guard isSourceAlive else { continue }
        try source.send(event)
        for effect in source.latest { perform(effect) }
        takeTurn()
      case .target(let event):
        guard isTargetAlive else { continue }
        try target.send(event)
        for effect in target.latest { perform(effect) }
      }
    }
    throw Endless()
  }

  private func takeTurn() {
    if source.state == .preSwitchover, !isTurnOver || isTargetAlive {
      mail.append(.source(.proceed))
    }
    guard !isTurnOver else { return }
    switch turn {
    case .cancel(let state) where source.state == state: mail.insert(.source(.cancel), at: 0)
    case .mute where source.state == .greeting: mail.append(.source(.cancel))
    case .killTarget(let state) where source.state == state:
      isTargetAlive = false
      mail = [.source(.channelClosed), .source(.targetDied), .source(.proceed)]
    case .killSource(let state) where source.state == state:
      isSourceAlive = false
      mail += [.target(.channelClosed), .target(.sourceDied)]
    case .none, .cancel, .killTarget, .killSource, .misfit, .veto, .noListener, .mute, .elsewhere:
      return
    }
    isTurnOver = true
  }

  private func swap(_ from: Ownership, _ to: Ownership) -> Ownership {
    if word == from { word = to }
    return word
  }

  private func perform(_ effect: OutgoingChart.Effect) {
    switch effect {
    case .notify(.precopySetup): outcomes.append(.source(.prepared))
    case .connect: connect()
    case .greet:
      mail.append(.target(.greeted(greeting(source.memory.terms.transfersBackends))))
    case .offer: mail.append(.target(.offered))
    case .copy: mail.append(.source(.converged(isGuestRunning: true)))
    case .quiesce: outcomes.append(.source(.quiesced))
    case .save:
      mail.append(.target(.received(isGuestRunning: source.memory.isGuestRunning)))
      outcomes.append(.source(.sent))
    case .handOver:
      _ = swap(.held, .offered)
      mail.append(.target(.doorbell))
    case .revoke: outcomes.append(.source(.owner(swap(.offered, .revoked))))
    case .sendCancel(let refusal): mail.append(.target(.withdrawn(refusal)))
    case .sendBye: mail.append(.target(.bye(isGuestRunning: source.memory.isGuestRunning)))
    case .hangUp: mail.append(.target(.channelClosed))
    case .report, .reject, .notify, .stopGuest, .revokeFromDead, .condemn, .kill, .withdraw,
      .restore, .startGuest, .release:
      break
    }
  }

  private func connect() {
    if case .mute = turn {
      outcomes.append(.source(.connected(userID: 0)))
    } else if target.state == .listening {
      outcomes.append(.source(.connected(userID: 0)))
      mail.append(.target(.connected(userID: 0)))
    } else {
      outcomes.append(.source(.unreachable(Refusal(.noListener))))
    }
  }

  private func greeting(_ transfers: Bool) -> Greeting {
    Greeting(transfersBackends: transfers, handover: 1)
  }

  private func perform(_ effect: IncomingChart.Effect) {
    let why = Refusal(.invalid)
    switch effect {
    case .notify(.preIncoming):
      if case .veto = turn {
        outcomes.append(.target(.vetoed(why)))
      } else {
        outcomes.append(.target(.prepared))
      }
    case .bind: outcomes.append(.target(.listening))
    case .greet:
      mail.append(.source(.greeted(greeting(target.memory.terms.transfersBackends))))
    case .inspect:
      if case .misfit = turn {
        outcomes.append(.target(.unadoptable(why)))
      } else {
        outcomes.append(.target(.adoptable))
      }
    case .answer: mail.append(.source(.accepted))
    case .load: outcomes.append(.target(.loaded))
    case .take: outcomes.append(.target(.owner(swap(.offered, .taken))))
    case .apply: outcomes.append(.target(.applied))
    case .run: outcomes.append(.target(.owner(swap(.taken, .running))))
    case .giveBack: outcomes.append(.target(.owner(swap(.taken, .revoked))))
    case .sendRunning: mail.append(.source(.running))
    case .sendFailed(let refusal): mail.append(.source(.refused(refusal)))
    case .hangUp: mail.append(.source(.channelClosed))
    case .report, .reject, .notify, .accept, .admit, .turnAway, .activate, .startGuest, .pauseGuest,
      .discard:
      break
    }
  }
}
