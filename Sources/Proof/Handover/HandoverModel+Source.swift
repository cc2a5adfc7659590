import BatonCore
import BatonMig
import BatonTesting

/// What the source's driver does, one effect a step.
extension HandoverModel {
  /// Everything that the source, or somebody to it, may do next.
  func sourceSteps(_ state: HandoverState, _ step: (UInt16, HandoverState) -> Void) {
    let flags = state.source.flags
    if state.crashes > 0 {
      var next = state
      next.crashes -= 1
      sources.note(fault: "dies", state.source.chart)
      next.source.die()
      next.closeSource()
      step(HandoverAction.sourceDies.rawValue, next)
    }
    if flags.contains(.hung) { return }
    if state.hangs > 0, isSourceBusy(state) {
      var next = state
      next.hangs -= 1
      sources.note(fault: "hangs", state.source.chart)
      next.source.flags.insert(.hung)
      step(HandoverAction.sourceHangs.rawValue, next)
    }
    if state.cancels > 0, !flags.contains(.cancelled), isSourceBusy(state) {
      // Out of a callback too: then it waits behind the outcomes that are already there.
      var next = state
      next.cancels -= 1
      sources.note(fault: "is cancelled", state.source.chart)
      next.source.flags.insert(.cancelled)
      next.tellSource(.cancel)
      step(HandoverAction.sourceCancels.rawValue, next)
    }
    if !state.source.work.isEmpty { return performSource(state, step) }
    if !state.source.events.isEmpty {
      var next = state
      let input = SourceInput(rawValue: next.source.events.popFirst()) ?? .nothing
      return step(HandoverAction.sourceGoesOn.rawValue, fed(next, input))
    }
    idleSource(state, step)
  }

  private func isSourceBusy(_ state: HandoverState) -> Bool {
    !state.source.work.isEmpty || !state.source.events.isEmpty
      || ![.idle, .cancelled, .failed, .completed].contains(sources.state(state.source.chart))
  }

  private func idleSource(_ state: HandoverState, _ step: (UInt16, HandoverState) -> Void) {
    let source = state.source
    let chart = sources.state(source.chart)
    if source.flags.contains(.open) { sourceListens(state, step) }
    if sources.waits(source.chart) {
      step(HandoverAction.sourceWaits.rawValue, fed(state, .timeout))
    }
    if source.flags.contains(.timer) {
      var next = state
      next.source.flags.remove(.timer)
      step(HandoverAction.copied.rawValue, fed(next, .converged))
    }
    // A target that hangs reads nothing, and the socket stays full.
    if source.flags.contains(.draining), !state.target.flags.contains(.hung) {
      var next = state
      next.source.flags.remove(.draining)
      next.sendToTarget(.state)
      step(HandoverAction.sent.rawValue, fed(next, .sent))
    }
    if chart == .preSwitchover {
      step(HandoverAction.proceed.rawValue, fed(state, .proceed))
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
      step(HandoverAction.migrate.rawValue, fed(next, .migrate))
    }
  }

  private func sourceListens(_ state: HandoverState, _ step: (UInt16, HandoverState) -> Void) {
    var next = state
    guard let letter = Letter(rawValue: next.source.inbox.popFirst()) else {
      guard !state.target.flags.contains(.alive), !state.source.flags.contains(.told) else {
        return
      }
      next.source.flags.insert(.told)
      return step(HandoverAction.sourceHearsOfDeath.rawValue, fed(next, .died))
    }
    guard let input = SourceInput(letter) else { return }
    step(HandoverAction.sourceReads.rawValue, fed(next, input))
    guard budgets.refusals else { return }
    if letter == .hello {
      next.source.flags.insert(.misfit)
      step(HandoverAction.sourceReadsMisfit.rawValue, fed(next, .oldVersion))
      step(HandoverAction.sourceReadsMisfit.rawValue, fed(next, .otherTransfer))
    } else if letter == .answers {
      step(HandoverAction.sourceReadsGarbage.rawValue, fed(next, .broken))
    }
  }

  /// Where a cancel needs nobody's consent; in *offered* the swap decides.
  private static let mayStillCancel: Set<OutgoingChart.State> = [
    .preparing, .connecting, .greeting, .offering, .active, .preSwitchover, .quiescing, .saving,
  ]

  /// The state after the source's chart was told something.
  private func fed(_ state: HandoverState, _ input: SourceInput) -> HandoverState {
    var next = state
    if input == .cancel, Self.mayStillCancel.contains(sources.state(state.source.chart)) {
      next.source.flags.insert(.inTime)
    }
    let result = sources.step(
      state.source.chart, input.event(pauses: budgets.pauses), code: input.rawValue)
    next.require(result.outcome != .unexpected && result.error == nil, .expected)
    if let broken = result.broken { next.alarm(broken) }
    note(input, result, &next)
    next.source.chart = result.number
    for effect in result.effects { plan(effect, &next) }
    return next
  }

  /// Remembers what the chart has to remember.
  private func note(
    _ input: SourceInput, _ result: ChartBook<OutgoingChart>.Step, _ next: inout HandoverState
  ) {
    let before = sources.state(next.source.chart)
    let isOpen = ![.idle, .cancelled, .failed, .completed].contains(before)
    if isOpen, result.outcome == .taken, let cause = input.cause {
      next.source.note(
        cause: input == .cancel ? HandoverState.Side.userCancel : cause.rawValue + 1)
    }
    let isLoss = [.closed, .died, .refused, .broken, .unreachable, .vetoed].contains(input)
    if isOpen, isLoss || [.foreign, .oldVersion, .otherTransfer, .deviceFailed].contains(input) {
      next.source.flags.insert(.over)
    }
    if sources.state(result.number) == .preSwitchover { next.source.flags.insert(.paused) }
  }

  private func plan(_ effect: OutgoingChart.Effect, _ next: inout HandoverState) {
    switch effect {
    case .report(let status):
      // Once is enough.
      next.require(next.source.status != status.rawValue, .statusIsTrue)
      next.source.status = status.rawValue
    case .notify(.precopyDone):
      next.require(next.source.flags.contains(.briefed), .toldOfTheEnd)
      next.source.flags.remove(.briefed)
    case .notify(.precopyFailed):
      next.require(next.source.flags.contains(.briefed), .toldOfTheEnd)
      next.source.flags.remove(.briefed)
    case _: break
    }
    for work in SourceWork.of(effect) {
      next.require(next.source.work.push(work.rawValue), .expected)
    }
  }

  /// Performs the first effect; more than one state where the outcome is open.
  private func performSource(
    _ state: HandoverState, _ step: (UInt16, HandoverState) -> Void
  ) {
    var next = state
    guard let work = SourceWork(rawValue: next.source.work.popFirst()) else { return }
    let action = HandoverAction.sourceWork + UInt16(work.rawValue)
    if work == .connect { return connect(next, action, step) }
    perform(work, &next)
    if budgets.refusals, let refusal = Self.refusal(of: work) {
      var failed = next
      failed.tellSource(refusal)
      step(action + HandoverAction.failing, failed)
    }
    if work == .save {
      var full = next
      full.source.flags.insert(.draining)
      step(action, full)
    }
    succeed(work, &next)
    step(action, next)
  }

  /// How this work fails where something may refuse.
  private static func refusal(of work: SourceWork) -> SourceInput? {
    switch work {
    case .prepare: .vetoed
    case .offer, .quiesce, .save: .deviceFailed
    case _: nil
    }
  }

  /// What follows when it did not fail.
  private func succeed(_ work: SourceWork, _ next: inout HandoverState) {
    switch work {
    case .prepare: next.tellSource(.prepared)
    case .offer: next.sendToTarget(.offer)
    case .quiesce: next.tellSource(.quiesced)
    case .save:
      next.sendToTarget(.state)
      next.tellSource(.sent)
    case _: break
    }
  }

  /// What happens in either case.
  private func perform(_ work: SourceWork, _ next: inout HandoverState) {
    switch work {
    case .prepare: next.source.flags.insert(.briefed)
    case .greet:
      next.require(!next.source.flags.contains(.foreign), .strangers)
      next.word = UInt8(Ownership.held.rawValue)
      next.sendToTarget(.hello)
    case .offer:
      next.require(!next.source.flags.contains(.foreign), .strangers)
      next.require(!next.source.flags.contains(.misfit), .misfits)
      next.source.flags.insert(.lent)
    case .copy: next.source.flags.insert(.timer)
    case .quiesce: next.source.flags.remove(.device)
    case .stopGuest: next.source.flags.remove(.guest)
    case .restore:
      next.source.flags.insert(.device)
      next.source.flags.remove(.lent)
    case .withdraw: next.source.flags.remove(.lent)
    case .startGuest: resume(&next)
    case .release:
      next.require(next.owner == .running, .releasesLate)
      next.source.held = 0
      next.source.flags.remove(.lent)
    case .handOver, .ring, .revoke, .revokeFromDead, .condemn, .kill: decide(&next, work)
    case .sendCancel: next.sendToTarget(.cancel)
    case .sendBye: next.sendToTarget(.bye)
    case .hangUp: next.closeSource()
    case .connect, .save: break  // Nothing in either case.
    }
  }

  private func connect(
    _ state: HandoverState, _ action: UInt16, _ step: (UInt16, HandoverState) -> Void
  ) {
    var next = state
    let isThere =
      next.target.flags.contains(.alive) && targets.state(next.target.chart) == .listening
      && next.target.inbox.isEmpty
    guard isThere else {
      next.tellSource(.unreachable)
      return step(action, next)
    }
    next.source.flags.formUnion([.open, .linked])
    next.require(next.target.inbox.push(Letter.connect.rawValue), .expected)
    if budgets.refusals {
      var foreign = next
      foreign.source.flags.insert(.foreign)
      foreign.tellSource(.foreign)
      step(action + HandoverAction.failing, foreign)
    }
    next.tellSource(.connected)
    step(action, next)
  }

  private func resume(_ next: inout HandoverState) {
    next.require([nil, .held, .revoked].contains(next.owner), .resumesOwned)
    next.require(!next.target.flags.contains(.ran), .sourceNeverAgain)
    next.source.flags.formUnion([.guest, .ran])
  }

  private func decide(_ next: inout HandoverState, _ work: SourceWork) {
    switch work {
    case .handOver:
      if next.swap(.held, .offered) != .offered { next.tellSource(SourceInput(next.owner)) }
    case .ring: next.sendToTarget(.doorbell)
    case .revoke: revoke(&next)
    case .revokeFromDead:
      next.require(!next.target.flags.contains(.alive), .takenIsTaken)
      var owner = next.swap(.offered, .revoked)
      if mistake == .forgetsTheDead, owner == .taken { return }
      if owner == .taken { owner = next.swap(.taken, .revoked) }
      if owner == .condemned { owner = next.swap(.condemned, .revoked) }
      next.tellSource(SourceInput(owner))
    case .condemn: next.tellSource(SourceInput(next.swap(.taken, .condemned)))
    case _:
      if mistake == .neverKills { return }
      if mistake == .trustsItsKill { return next.tellSource(.revoked) }
      if next.target.flags.contains(.alive) { next.target.flags.insert(.killed) }
    }
  }

  private func revoke(_ next: inout HandoverState) {
    let before = next.owner
    if mistake == .resumesUnrevoked { return next.tellSource(.revoked) }
    if mistake == .revokesTheTaken, next.owner == .taken {
      next.word = UInt8(Ownership.offered.rawValue)
    }
    let owner = next.swap(.offered, .revoked)
    if before == .offered, sources.memory(next.source.chart).isCancelled {
      next.source.flags.insert(.inTime)
    }
    next.tellSource(SourceInput(owner))
  }
}

extension HandoverState {
  /// Appends the outcome of an effect of the source.
  mutating func tellSource(_ input: SourceInput) {
    require(source.events.push(input.rawValue), .expected)
  }
}
