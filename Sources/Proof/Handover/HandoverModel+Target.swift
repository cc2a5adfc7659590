import BatonCore
import BatonMig
import BatonTesting

/// What the target's driver does, one effect a step.
extension HandoverModel {
  /// Everything that the target, or somebody to it, may do next.
  func targetSteps(_ state: HandoverState, _ step: (UInt16, HandoverState) -> Void) {
    let flags = state.target.flags
    let isKilled = flags.contains(.killed)
    if state.crashes > 0 || isKilled {
      var next = state
      if !isKilled { next.crashes -= 1 }
      targets.note(fault: "dies", state.target.chart)
      next.target.die()
      next.closeTarget()
      let action = isKilled ? HandoverAction.targetIsKilled : .targetDies
      step(action.rawValue, next)
    }
    if flags.contains(.hung) { return }
    if state.hangs > 0, isTargetBusy(state) {
      var next = state
      next.hangs -= 1
      targets.note(fault: "hangs", state.target.chart)
      next.target.flags.insert(.hung)
      step(HandoverAction.targetHangs.rawValue, next)
    }
    if state.cancels > 0, !flags.contains(.cancelled), isTargetBusy(state) {
      var next = state
      next.cancels -= 1
      targets.note(fault: "is cancelled", state.target.chart)
      next.target.flags.formUnion([.cancelled, .refused])
      next.tellTarget(.cancel)
      step(HandoverAction.targetCancels.rawValue, next)
    }
    if !state.target.work.isEmpty { return performTarget(state, step) }
    if !state.target.events.isEmpty {
      var next = state
      let input = TargetInput(rawValue: next.target.events.popFirst()) ?? .nothing
      return step(HandoverAction.targetGoesOn.rawValue, fed(next, input))
    }
    idleTarget(state, step)
  }

  private func isTargetBusy(_ state: HandoverState) -> Bool {
    !state.target.work.isEmpty || !state.target.events.isEmpty
      || ![.idle, .cancelled, .failed, .completed].contains(targets.state(state.target.chart))
  }

  private func idleTarget(_ state: HandoverState, _ step: (UInt16, HandoverState) -> Void) {
    let target = state.target
    let chart = targets.state(target.chart)
    let isOpen = target.flags.contains(.open)
    if !target.inbox.isEmpty, isOpen || chart == .listening {
      targetReads(state, step)
    } else if isOpen, !state.source.flags.contains(.alive), !target.flags.contains(.told) {
      var next = state
      next.target.flags.insert(.told)
      step(HandoverAction.targetHearsOfDeath.rawValue, fed(next, .died))
    }
    if targets.waits(target.chart) {
      step(HandoverAction.targetWaits.rawValue, fed(state, .timeout))
    }
    // Only where a source may still come: a wish without use makes states without use.
    if [.idle, .failed, .cancelled].contains(chart), state.attempts > 0, target.held == 0 {
      var next = state
      next.target.flags.subtract([
        .cancelled, .told, .open, .foreign, .misfit, .over,
      ])
      next.target.cause = 0
      next.target.inbox = Codes()
      step(HandoverAction.listen.rawValue, fed(next, .listen))
    }
  }

  private func targetReads(_ state: HandoverState, _ step: (UInt16, HandoverState) -> Void) {
    var next = state
    guard let letter = Letter(rawValue: next.target.inbox.popFirst()),
      let input = TargetInput(letter)
    else { return }
    switch letter {
    case .connect:
      next.target.flags.insert(.open)
      if budgets.refusals {
        var foreign = next
        foreign.target.flags.insert(.foreign)
        step(HandoverAction.targetMeetsForeigner.rawValue, fed(foreign, .foreign))
      }
    case .hello where budgets.refusals:
      var misfit = next
      misfit.target.flags.insert(.misfit)
      step(HandoverAction.targetReadsMisfit.rawValue, fed(misfit, .oldVersion))
      step(HandoverAction.targetReadsMisfit.rawValue, fed(misfit, .otherTransfer))
    case .offer:
      // Without room for its descriptors they are closed, and the stream is broken.
      if budgets.refusals { readGarbage(next, step) }
      next.target.held = next.source.flags.contains(.alive) ? next.source.held : allQueues
    case .state where budgets.refusals: readGarbage(next, step)
    case _: break
    }
    step(HandoverAction.targetReads.rawValue, fed(next, input))
  }

  private func readGarbage(_ state: HandoverState, _ step: (UInt16, HandoverState) -> Void) {
    var next = state
    next.target.flags.insert(.refused)
    step(HandoverAction.targetReadsGarbage.rawValue, fed(next, .broken))
  }

  /// The state after the target's chart was told something.
  private func fed(_ state: HandoverState, _ input: TargetInput) -> HandoverState {
    var next = state
    let result = targets.step(state.target.chart, input.event, code: input.rawValue)
    next.require(result.outcome != .unexpected && result.error == nil, .expected)
    if let broken = result.broken { next.alarm(broken) }
    note(input, result, &next)
    next.target.chart = result.number
    for effect in result.effects { plan(effect, &next) }
    return next
  }

  /// Remembers what the chart has to remember.
  private func note(
    _ input: TargetInput, _ result: ChartBook<IncomingChart>.Step, _ next: inout HandoverState
  ) {
    let before = targets.state(next.target.chart)
    let isOpen = ![.idle, .cancelled, .failed, .completed, .taken].contains(before)
    let isGlance = before == .ready && input == .timeout
    if isOpen || before == .taken && input == .applyFailed, result.outcome == .taken, !isGlance,
      let cause = input.cause
    {
      next.target.note(
        cause: input == .cancel ? HandoverState.Side.userCancel : cause.rawValue + 1)
    }
    let isLoss = [.closed, .died, .withdrawn, .broken, .bye].contains(input)
    if isLoss || [.oldVersion, .otherTransfer, .unadoptable, .loadFailed].contains(input),
      before != .taken
    {
      next.target.flags.insert(.over)
    }
    // Who was turned away was no source: what it did is nobody's reason. And who took the guest
    // has won, whoever was gone before.
    let after = targets.state(result.number)
    if after == .listening { next.target.cause = 0 }
    if after == .listening || after == .completed && before != .completed {
      next.target.flags.remove(.over)
    }
  }

  private func plan(_ effect: IncomingChart.Effect, _ next: inout HandoverState) {
    switch effect {
    case .report(let status):
      // Once is enough.
      next.require(next.target.status != status.rawValue, .statusIsTrue)
      next.target.status = status.rawValue
    case .notify(.incomingDone), .notify(.incomingFailed):
      next.require(next.target.flags.contains(.briefed), .toldOfTheEnd)
      next.target.flags.remove(.briefed)
    case _: break
    }
    for work in TargetWork.of(effect) {
      next.require(next.target.work.push(work.rawValue), .expected)
    }
  }

  /// Performs the first effect; more than one state where the outcome is open.
  private func performTarget(
    _ state: HandoverState, _ step: (UInt16, HandoverState) -> Void
  ) {
    var next = state
    guard let work = TargetWork(rawValue: next.target.work.popFirst()) else { return }
    let action = HandoverAction.targetWork + UInt16(work.rawValue)
    perform(work, &next)
    guard let outcomes = Self.outcomes(of: work) else { return step(action, next) }
    if budgets.refusals {
      var failed = next
      failed.target.flags.insert(.refused)
      failed.target.flags.subtract(work == .prepare ? .briefed : [])
      failed.tellTarget(outcomes.bad)
      step(action + HandoverAction.failing, failed)
    }
    next.tellTarget(outcomes.good)
    step(action, next)
  }

  /// How this work may end, where that is open.
  private static func outcomes(of work: TargetWork) -> (good: TargetInput, bad: TargetInput)? {
    switch work {
    case .prepare: (.prepared, .vetoed)
    case .bind: (.listening, .unavailable)
    case .inspect: (.adoptable, .unadoptable)
    case .load: (.loaded, .loadFailed)
    case .apply: (.applied, .applyFailed)
    case _: nil
    }
  }

  /// What happens in either case.
  private func perform(_ work: TargetWork, _ next: inout HandoverState) {
    switch work {
    // A veto takes back the beginning.
    case .prepare: next.target.flags.insert(.briefed)
    case .greet:
      next.require(!next.target.flags.contains(.foreign), .strangers)
      next.sendToSource(.hello)
    case .inspect:
      next.require(!next.target.flags.contains(.foreign), .strangers)
      next.require(!next.target.flags.contains(.misfit), .misfits)
      next.target.flags.insert(.adopted)
    case .answer: next.sendToSource(.answers)
    case .apply: next.target.flags.insert(.device)
    case .take, .run, .giveBack: decide(&next, work)
    case .activate: next.require(next.owner == .running, .servesOwned)
    case .startGuest:
      next.require(next.owner == .running, .startsOwned)
      next.require(!next.source.flags.contains(.ran), .newestState)
      next.target.flags.formUnion([.guest, .ran])
    case .sendRunning: next.sendToSource(.running)
    case .sendFailed: next.sendToSource(.failed)
    case .discard: discard(&next)
    case .hangUp:
      dropArrivals(&next)
      next.closeTarget()
    case .dropPeer:
      dropArrivals(&next)
      next.closeTarget()
      next.target.flags.subtract([.told, .foreign])
    case .bind, .load: break  // Nothing in either case.
    }
  }

  private func discard(_ next: inout HandoverState) {
    next.target.held = 0
    next.target.flags.subtract([.adopted, .device])
  }

  /// What no device has taken over yet.
  private func dropArrivals(_ next: inout HandoverState) {
    if !next.target.flags.contains(.adopted) { next.target.held = 0 }
  }

  private func decide(_ next: inout HandoverState, _ work: TargetWork) {
    switch work {
    case .take:
      if mistake == .takesUnasked, next.owner == .revoked {
        next.word = UInt8(Ownership.offered.rawValue)
      }
      next.tellTarget(TargetInput(next.swap(.offered, .taken)))
    case .run:
      if mistake == .runsUnasked { return next.tellTarget(.wordRunning) }
      next.tellTarget(TargetInput(next.swap(.taken, .running)))
    case _:
      next.target.flags.remove(.device)
      if mistake == .neverGivesBack { return next.tellTarget(TargetInput(next.owner)) }
      var owner = next.swap(.taken, .revoked)
      if owner == .condemned { owner = next.swap(.condemned, .revoked) }
      next.tellTarget(TargetInput(owner))
    }
  }
}

extension HandoverState {
  /// Appends the outcome of an effect of the target.
  mutating func tellTarget(_ input: TargetInput) {
    require(target.events.push(input.rawValue), .expected)
  }
}
