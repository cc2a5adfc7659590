import BatonCore
import BatonMig
import BatonTesting

/// What the target's driver does, one effect a step.
extension HandoverModel {
  /// Everything that the target, or somebody to it, may do next.
  func targetSteps(_ state: HandoverState, _ step: Step) {
    faults(targets, state, step)
    if state.target.flags.contains(.hung) { return }
    var next = state
    if !state.target.work.isEmpty {
      performTarget(Work(code: next.target.work.popFirst()), next, step)
    } else if !state.target.events.isEmpty {
      let told = Told<IncomingChart>(code: next.target.events.popFirst())
      step(HandoverAction.targetGoesOn.rawValue, fed(targets, next, told))
    } else {
      idleTarget(state, step)
    }
  }

  private func idleTarget(_ state: HandoverState, _ step: Step) {
    let target = state.target
    let chart = targets.state(target.chart)
    let isOpen = target.flags.contains(.open)
    if chart == .listening { return listen(state, step) }
    if chart == .preparing { return prepare(state, step) }
    if !target.inbox.isEmpty, isOpen {
      targetReads(state, step)
    } else if isOpen, !state.source.flags.contains(.alive), !target.flags.contains(.told) {
      var next = state
      next.target.flags.insert(.told)
      step(HandoverAction.targetHearsOfDeath.rawValue, fed(targets, next, Told(.sourceDied)))
    }
    if targets.waits(target.chart) {
      step(HandoverAction.targetWaits.rawValue, fed(targets, state, .timeout))
    }
    // Only where a source may still come: a wish without use makes states without use.
    if [.idle, .failed, .cancelled].contains(chart), state.attempts > 0, target.held == 0 {
      var next = state
      next.target.flags.subtract([
        .cancelled, .told, .open, .foreign, .misfit, .over, .heard, .late,
      ])
      next.target.cause = 0
      next.wishes.remove(.hold)
      next.target.inbox = Codes()
      step(HandoverAction.listen.rawValue, fed(targets, next, Told(.listen)))
    }
  }

  /// Whoever was told gets ready, or does not; a source that has connected waits for that.
  private func prepare(_ state: HandoverState, _ step: Step) {
    var next = state
    next.target.flags.remove(.late)
    if state.target.flags.contains(.late) {
      step(HandoverAction.targetIsReady.rawValue, fed(targets, next, Told(.prepared)))
    }
    if state.target.flags.contains(.late), budgets.refusals {
      next.target.flags.insert(.refused)
      step(HandoverAction.targetIsNotReady.rawValue, fed(targets, next, Told(.vetoed)))
    }
    if targets.waits(state.target.chart) {
      step(HandoverAction.targetWaits.rawValue, fed(targets, state, .timeout))
    }
  }

  /// Where nobody has said HELLO yet: the source is one visitor of several.
  private func listen(_ state: HandoverState, _ step: Step) {
    var gone = state
    gone.target.flags.remove(.told)
    gone.closeTarget()
    let letter = Letter(code: state.target.inbox.first)
    if letter == .connect || letter == .hello {
      targetReads(state, step)
    } else if letter != nil {
      step(HandoverAction.targetReads.rawValue, gone)
    } else if state.target.flags.contains(.open), !state.source.flags.contains(.alive) {
      step(HandoverAction.targetHearsOfDeath.rawValue, gone)
    }
    if state.target.flags.contains(.open) {
      var late = state
      late.sendFailed(.timeout)
      late.target.flags.remove(.told)
      late.closeTarget()
      step(HandoverAction.targetWaits.rawValue, late)
    }
    visits(state, step)
  }

  /// Somebody connects who is no source, and sends garbage, half a HELLO or nothing, until he goes
  /// or his time is over.
  private func visits(_ state: HandoverState, _ step: Step) {
    var next = state
    if state.isVisited {
      next.isVisited = false
      if mistake == .endsForStrangers { next = fed(targets, next, Told(.channelBroken)) }
      next.require(targets.state(next.target.chart) == .listening, .strangersCost)
      step(HandoverAction.strangerLeaves.rawValue, next)
    } else if state.strangers > 0 {
      next.strangers -= 1
      next.isVisited = true
      next = fed(targets, next, Told(.connected))
      next.require(targets.state(next.target.chart) == .listening, .strangersCost)
      step(HandoverAction.strangerConnects.rawValue, next)
    }
  }

  private func targetReads(_ state: HandoverState, _ step: Step) {
    var next = state
    let code = next.target.inbox.popFirst()
    guard let letter = Letter(code: code), let told = letter.toTarget(why: Letter.why(code: code))
    else { return }
    switch letter {
    case .connect:
      next.target.flags.insert(.open)
      if budgets.refusals { meetsForeigner(next, step) }
    case .hello:
      // There is one source, and all other visitors are closed.
      next.isVisited = false
      if budgets.refusals { readMisfits(next, step) }
    case .offer:
      // Without room for its descriptors they are closed, and the stream is broken.
      if budgets.refusals { readGarbage(next, step) }
      next.target.held = next.source.flags.contains(.alive) ? next.source.held : allQueues
    case .state, .pausedState:
      if budgets.refusals { readGarbage(next, step) }
    case .bye, .pausedBye: next.target.flags.insert(.heard)
    case .end:
      if !IncomingChart.isAtRest(targets.state(next.target.chart)) {
        next.requireReason(of: .target, from: .source)
      }
    case .doorbell, .cancel, .answers, .running, .failed: break
    }
    step(HandoverAction.targetReads.rawValue, fed(targets, next, told))
  }

  private func meetsForeigner(_ state: HandoverState, _ step: Step) {
    var next = state
    next.target.flags.insert(.foreign)
    step(HandoverAction.targetMeetsForeigner.rawValue, fed(targets, next, .foreigner))
  }

  private func readMisfits(_ state: HandoverState, _ step: Step) {
    var next = state
    next.target.flags.insert(.misfit)
    for misfit in Greeting.misfits {
      step(
        HandoverAction.targetReadsMisfit.rawValue,
        fed(targets, next, Told(.greeted, payload: misfit)))
    }
  }

  private func readGarbage(_ state: HandoverState, _ step: Step) {
    var next = state
    next.target.flags.insert(.refused)
    step(HandoverAction.targetReadsGarbage.rawValue, fed(targets, next, Told(.channelBroken)))
  }

  /// Performs an effect; more than one state where the outcome is open.
  private func performTarget(_ work: Work<IncomingChart>, _ state: HandoverState, _ step: Step) {
    guard let kind = work.kind else { return }
    let action = HandoverAction.targetWork + UInt16(work.code)
    var next = state
    perform(kind, work, &next) { other, fails in
      step(fails ? action + HandoverAction.failing : action, other)
    }
    step(action, next)
  }

  /// What each effect of the chart comes to, as far as others than its own process can see.
  private func perform(
    _ kind: IncomingChart.Effect.Kind, _ work: Work<IncomingChart>, _ next: inout HandoverState,
    _ fork: Fork
  ) {
    switch kind {
    case .report, .reject: break  // Never waits to be performed: an announcement.
    case .notify: notify(&next, fork)
    case .accept: break  // What waits in the kernel is in the inbox.
    case .admit: break  // The source's own place is what `open` says.
    case .bind: mayFail(&next, .unavailable, else: .listening, fork)
    case .turnAway: turnAway(&next, work)
    case .greet: greet(&next)
    case .inspect: inspect(&next, fork)
    case .answer: next.sendToSource(.answers)
    case .load: mayFail(&next, .loadFailed, else: .loaded, fork)
    case .take: take(&next)
    case .apply: apply(&next, fork)
    case .run: run(&next)
    case .giveBack: giveBack(&next)
    case .activate: activate(&next)
    case .startGuest: startGuest(&next)
    case .pauseGuest: pauseGuest(&next)
    case .sendRunning: next.sendToSource(.running)
    case .sendFailed: sendFailed(&next)
    case .discard: discard(&next)
    case .hangUp: hangUp(&next)
    }
  }
}

/// What the effects do of which a name does not say it all, in the order of the chart.
extension HandoverModel {
  private func mayFail(
    _ next: inout HandoverState, _ bad: IncomingChart.Event.Kind,
    else good: IncomingChart.Event.Kind, _ fork: Fork
  ) {
    if budgets.refusals {
      var failed = next
      failed.target.flags.insert(.refused)
      failed.tellTarget(Told(bad))
      fork(failed, true)
    }
    next.tellTarget(Told(good))
  }

  /// A veto takes back the beginning.
  private func notify(_ next: inout HandoverState, _ fork: Fork) {
    if budgets.delays {
      var late = next
      late.target.flags.formUnion([.briefed, .late])
      late.tellTarget(Told(.preparing))
      fork(late, false)
    }
    mayFail(&next, .vetoed, else: .prepared, fork)
    next.target.flags.insert(.briefed)
  }

  /// First FAILED, then the end of the channel.
  private func turnAway(_ next: inout HandoverState, _ work: Work<IncomingChart>) {
    guard work.isSecondHalf else {
      next.sendFailed(.foreignUser)
      return next.require(next.target.work.pushFirst(work.secondHalf.code), .expected)
    }
    hangUp(&next)
    next.target.flags.subtract([.told, .foreign])
  }

  private func greet(_ next: inout HandoverState) {
    next.require(!next.target.flags.contains(.foreign), .strangers)
    next.require(!next.target.flags.contains(.late), .meetsNobodyEarly)
    next.sendToSource(.hello)
  }

  private func inspect(_ next: inout HandoverState, _ fork: Fork) {
    next.require(!next.target.flags.contains(.foreign), .strangers)
    next.require(!next.target.flags.contains(.misfit), .misfits)
    next.target.flags.insert(.adopted)
    mayFail(&next, .unadoptable, else: .adoptable, fork)
  }

  private func take(_ next: inout HandoverState) {
    if mistake == .takesUnasked, next.owner == .revoked {
      next.word = UInt8(Ownership.offered.rawValue)
    }
    next.tellTarget(.owner(next.swap(.offered, .taken)))
  }

  private func apply(_ next: inout HandoverState, _ fork: Fork) {
    next.target.flags.insert(.device)
    mayFail(&next, .applyFailed, else: .applied, fork)
  }

  private func run(_ next: inout HandoverState) {
    if mistake == .runsUnasked { return next.tellTarget(.owner(.running)) }
    next.tellTarget(.owner(next.swap(.taken, .running)))
  }

  private func giveBack(_ next: inout HandoverState) {
    next.target.flags.remove(.device)
    if mistake == .neverGivesBack { return next.tellTarget(.owner(next.owner)) }
    var owner = next.swap(.taken, .revoked)
    if owner == .condemned { owner = next.swap(.condemned, .revoked) }
    next.tellTarget(.owner(owner))
  }

  /// The guest is served from here on, and stands still until it is started.
  private func activate(_ next: inout HandoverState) {
    next.require(next.owner == .running, .servesOwned)
    next.target.flags.insert(.halted)
  }

  private func pauseGuest(_ next: inout HandoverState) {
    next.target.flags.remove(.guest)
    next.target.flags.insert(.halted)
  }

  private func startGuest(_ next: inout HandoverState) {
    next.require(next.owner == .running, .startsOwned)
    next.require(!next.source.flags.contains(.ran), .newestState)
    next.target.flags.remove(.halted)
    next.target.flags.formUnion([.guest, .ran])
  }

  /// As the chart remembers it, which is what it gave to the effect.
  private func sendFailed(_ next: inout HandoverState) {
    if mistake == .hangsUpUnsaid { return }
    next.sendFailed(targets.memory(next.target.chart).refusal?.cause ?? .cancelled)
  }

  private func discard(_ next: inout HandoverState) {
    next.target.held = 0
    next.target.flags.subtract([.adopted, .device])
  }

  /// What no device has taken over yet goes with the channel.
  private func hangUp(_ next: inout HandoverState) {
    if !next.target.flags.contains(.adopted) { next.target.held = 0 }
    next.closeTarget()
  }
}

extension HandoverState {
  fileprivate mutating func tellTarget(_ told: Told<IncomingChart>) { tell(told) }
}

extension Letter {
  /// What the target is told when it reads this; nil for what only a source reads.
  fileprivate func toTarget(why: UInt8) -> Told<IncomingChart>? {
    switch self {
    case .connect: Told(.connected)
    case .hello: Told(.greeted)
    case .offer: Told(.offered)
    case .state: Told(.received)
    case .pausedState: Told(.received, payload: 1)
    case .doorbell: Told(.doorbell)
    case .cancel: Told(.withdrawn, payload: why)
    case .bye: Told(.bye)
    case .pausedBye: Told(.bye, payload: 1)
    case .end: Told(.channelClosed)
    case .answers, .running, .failed: nil
    }
  }
}
