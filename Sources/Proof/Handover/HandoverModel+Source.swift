import BatonCore
import BatonMig
import BatonTesting

/// What the source's driver does, one effect a step.
extension HandoverModel {
  /// Everything that the source, or somebody to it, may do next.
  func sourceSteps(_ state: HandoverState, _ step: Step) {
    faults(sources, state, step)
    if state.source.flags.contains(.hung) { return }
    var next = state
    if !state.source.work.isEmpty {
      performSource(Work(code: next.source.work.popFirst()), next, step)
    } else if !state.source.events.isEmpty {
      let told = Told<OutgoingChart>(code: next.source.events.popFirst())
      step(HandoverAction.sourceGoesOn.rawValue, fed(sources, next, told))
    } else {
      idleSource(state, step)
    }
  }

  private func idleSource(_ state: HandoverState, _ step: Step) {
    let source = state.source
    let chart = sources.state(source.chart)
    if source.flags.contains(.open) { sourceListens(state, step) }
    if sources.waits(source.chart) {
      step(HandoverAction.sourceWaits.rawValue, fed(sources, state, .timeout))
    }
    if source.flags.contains(.timer) {
      var next = state
      next.source.flags.remove(.timer)
      let told = Told<OutgoingChart>(.converged, payload: source.flags.contains(.guest) ? 0 : 1)
      step(HandoverAction.copied.rawValue, fed(sources, next, told))
    }
    // A target that hangs reads nothing, and the socket stays full.
    if source.flags.contains(.draining), !state.target.flags.contains(.hung) {
      var next = state
      let isPaused = next.source.flags.contains(.savedPaused)
      next.source.flags.subtract([.draining, .savedPaused])
      next.sendToTarget(isPaused ? .pausedState : .state)
      step(HandoverAction.sent.rawValue, fed(sources, next, Told(.sent)))
    }
    if chart == .preSwitchover {
      step(HandoverAction.proceed.rawValue, fed(sources, state, Told(.proceed)))
    }
    if state.attempts > 0, [.idle, .failed, .cancelled].contains(chart) {
      var next = state
      next.attempts -= 1
      next.word = 0
      next.target.flags.remove(.refused)
      next.source.flags.subtract([
        .cancelled, .inTime, .ran, .told, .foreign, .misfit, .paused, .over,
      ])
      next.source.cause = 0
      let order = Told<OutgoingChart>(.migrate, payload: budgets.pauses ? 1 : 0)
      step(HandoverAction.migrate.rawValue, fed(sources, next, order))
    }
  }

  private func sourceListens(_ state: HandoverState, _ step: Step) {
    var next = state
    let code = next.source.inbox.popFirst()
    guard let letter = Letter(code: code) else {
      guard !state.target.flags.contains(.alive), !state.source.flags.contains(.told) else {
        return
      }
      next.source.flags.insert(.told)
      return step(
        HandoverAction.sourceHearsOfDeath.rawValue, fed(sources, next, Told(.targetDied)))
    }
    guard let kind = letter.toSource else { return }
    let chart = sources.state(next.source.chart)
    // A target that has not heard who it is owes the source nothing.
    if letter == .end, !OutgoingChart.isAtRest(chart), ![.connecting, .greeting].contains(chart) {
      next.requireReason(of: .source, from: .target)
    }
    let told = Told<OutgoingChart>(kind, payload: Letter.why(code: code))
    step(HandoverAction.sourceReads.rawValue, fed(sources, next, told))
    guard budgets.refusals else { return }
    if letter == .hello {
      next.source.flags.insert(.misfit)
      for misfit in Greeting.misfits {
        step(
          HandoverAction.sourceReadsMisfit.rawValue,
          fed(sources, next, Told(.greeted, payload: misfit)))
      }
    } else if letter == .answers {
      step(
        HandoverAction.sourceReadsGarbage.rawValue, fed(sources, next, Told(.channelBroken)))
    }
  }

  /// One more way in which an effect may end, and whether it fails by it.
  typealias Fork = (HandoverState, _ fails: Bool) -> Void

  /// Performs an effect; more than one state where the outcome is open.
  private func performSource(_ work: Work<OutgoingChart>, _ state: HandoverState, _ step: Step) {
    guard let kind = work.kind else { return }
    let action = HandoverAction.sourceWork + UInt16(work.code)
    var next = state
    perform(kind, work, &next) { other, fails in
      step(fails ? action + HandoverAction.failing : action, other)
    }
    step(action, next)
  }

  /// What each effect of the chart comes to, as far as others than its own process can see.
  private func perform(
    _ kind: OutgoingChart.Effect.Kind, _ work: Work<OutgoingChart>, _ next: inout HandoverState,
    _ fork: Fork
  ) {
    switch kind {
    case .report, .reject: break  // Never waits to be performed: an announcement.
    case .notify: notify(&next, fork)
    case .connect: connect(&next, fork)
    case .greet: greet(&next)
    case .offer: offer(&next, fork)
    case .copy: next.source.flags.insert(.timer)
    case .stopGuest: next.source.flags.subtract([.guest, .halted])
    case .quiesce: quiesce(&next, fork)
    case .save: save(&next, fork)
    case .handOver: handOver(&next, work)
    case .revoke: revoke(&next)
    case .revokeFromDead: revokeFromDead(&next)
    case .condemn: next.tellSource(.owner(next.swap(.taken, .condemned)))
    case .kill: kill(&next)
    case .sendCancel: sendCancel(&next)
    case .withdraw: next.source.flags.remove(.lent)
    case .restore: restore(&next)
    case .startGuest: resume(&next)
    case .release: release(&next)
    case .sendBye: next.sendToTarget(isPaused(next) ? .pausedBye : .bye)
    case .hangUp: next.closeSource()
    }
  }
}

/// What the effects do of which a name does not say it all, in the order of the chart.
extension HandoverModel {
  private func mayFail(
    _ state: HandoverState, _ why: OutgoingChart.Event.Kind, _ fork: Fork
  ) {
    guard budgets.refusals else { return }
    var failed = state
    failed.tellSource(Told(why))
    fork(failed, true)
  }

  private func notify(_ next: inout HandoverState, _ fork: Fork) {
    next.source.flags.insert(.briefed)
    mayFail(next, .vetoed, fork)
    next.tellSource(Told(.prepared))
  }

  private func connect(_ next: inout HandoverState, _ fork: Fork) {
    let isThere =
      next.target.flags.contains(.alive)
      && [.listening, .preparing].contains(targets.state(next.target.chart))
      && next.target.inbox.isEmpty
    if isThere, mistake == .hasOnePlace, next.isVisited {
      next.alarm(.strangersCost)
      return next.tellSource(Told(.unreachable))
    }
    guard isThere else { return next.tellSource(Told(.unreachable)) }
    next.source.flags.formUnion([.open, .linked])
    next.require(next.target.inbox.push(Letter.connect.rawValue), .expected)
    if budgets.refusals {
      var foreign = next
      foreign.source.flags.insert(.foreign)
      foreign.tellSource(.foreigner)
      fork(foreign, true)
    }
    next.tellSource(Told(.connected))
  }

  private func greet(_ next: inout HandoverState) {
    next.require(!next.source.flags.contains(.foreign), .strangers)
    next.word = UInt8(Ownership.held.rawValue)
    next.sendToTarget(.hello)
  }

  private func offer(_ next: inout HandoverState, _ fork: Fork) {
    next.require(!next.source.flags.contains(.foreign), .strangers)
    next.require(!next.source.flags.contains(.misfit), .misfits)
    next.source.flags.insert(.lent)
    mayFail(next, .deviceFailed, fork)
    next.sendToTarget(.offer)
  }

  /// What the chart says of the guest now.
  private func isPaused(_ state: HandoverState) -> Bool {
    !sources.memory(state.source.chart).isGuestRunning
  }

  private func quiesce(_ next: inout HandoverState, _ fork: Fork) {
    next.source.flags.remove(.device)
    mayFail(next, .deviceFailed, fork)
    next.tellSource(Told(.quiesced))
  }

  /// Without room in the socket the state goes out later.
  private func save(_ next: inout HandoverState, _ fork: Fork) {
    mayFail(next, .deviceFailed, fork)
    var full = next
    full.source.flags.formUnion(isPaused(next) ? [.draining, .savedPaused] : .draining)
    fork(full, false)
    next.sendToTarget(isPaused(next) ? .pausedState : .state)
    next.tellSource(Told(.sent))
  }

  /// First the swap, then the bell: a source may hang between them.
  private func handOver(_ next: inout HandoverState, _ work: Work<OutgoingChart>) {
    if work.isSecondHalf { return next.sendToTarget(.doorbell) }
    let owner = next.swap(.held, .offered)
    if owner != .offered { next.tellSource(.owner(owner)) }
    next.require(next.source.work.pushFirst(work.secondHalf.code), .expected)
  }

  private func revoke(_ next: inout HandoverState) {
    let before = next.owner
    if mistake == .resumesUnrevoked { return next.tellSource(.owner(.revoked)) }
    if mistake == .revokesTheTaken, next.owner == .taken {
      next.word = UInt8(Ownership.offered.rawValue)
    }
    let owner = next.swap(.offered, .revoked)
    if before == .offered, sources.memory(next.source.chart).isCancelled {
      next.source.flags.insert(.inTime)
    }
    next.tellSource(.owner(owner))
  }

  private func revokeFromDead(_ next: inout HandoverState) {
    next.require(!next.target.flags.contains(.alive), .takenIsTaken)
    var owner = next.swap(.offered, .revoked)
    if mistake == .forgetsTheDead, owner == .taken { return }
    if owner == .taken { owner = next.swap(.taken, .revoked) }
    if owner == .condemned { owner = next.swap(.condemned, .revoked) }
    next.tellSource(.owner(owner))
  }

  private func kill(_ next: inout HandoverState) {
    if mistake == .neverKills { return }
    if mistake == .trustsItsKill { return next.tellSource(.owner(.revoked)) }
    if next.target.flags.contains(.alive) { next.target.flags.insert(.killed) }
  }

  /// The reason that the chart gave to the effect is still the one that it remembers: nothing is
  /// told to it before its effects are done.
  private func sendCancel(_ next: inout HandoverState) {
    let cause = sources.memory(next.source.chart).refusal?.cause ?? .cancelled
    let said = mistake == .saysCancelled ? .cancelled : cause
    next.require(said == cause, .causeIsKnown)
    next.sendCancel(said)
  }

  private func restore(_ next: inout HandoverState) {
    next.source.flags.insert(.device)
    next.source.flags.remove(.lent)
  }

  private func resume(_ next: inout HandoverState) {
    next.require([nil, .held, .revoked].contains(next.owner), .resumesOwned)
    next.require(!next.target.flags.contains(.ran), .sourceNeverAgain)
    next.source.flags.formUnion([.guest, .ran])
  }

  private func release(_ next: inout HandoverState) {
    next.require(next.owner == .running, .releasesLate)
    next.source.held = 0
    next.source.flags.remove(.lent)
  }
}

extension HandoverState {
  fileprivate mutating func tellSource(_ told: Told<OutgoingChart>) { tell(told) }
}

extension Letter {
  /// What the source is told when it reads this; nil for what only a target reads.
  fileprivate var toSource: OutgoingChart.Event.Kind? {
    switch self {
    case .hello: .greeted
    case .answers: .accepted
    case .running: .running
    case .failed: .refused
    case .end: .channelClosed
    case .connect, .offer, .state, .pausedState, .doorbell, .cancel, .bye, .pausedBye: nil
    }
  }
}
