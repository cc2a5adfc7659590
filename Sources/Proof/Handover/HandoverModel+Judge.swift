import BatonCore
import BatonMig
package import BatonTesting

extension HandoverModel {
  package func judge(_ state: HandoverState) -> Verdict {
    var verdict = Verdict()
    let (source, target) = (state.source, state.target)
    func require(_ property: HandoverProperty, when premise: Bool = true, _ holds: Bool) {
      verdict.require(Int(property.rawValue), when: premise, holds)
    }
    // What a step asks is asked in every state.
    for property in HandoverProperty.allCases
    where property.isOfSteps || state.alarm == property.rawValue + 1 {
      require(property, state.alarm != property.rawValue + 1)
    }
    let sourceRuns = source.hasGuest
    let targetRuns = target.hasGuest
    require(.oneGuest, when: sourceRuns || targetRuns, !(sourceRuns && targetRuns))
    require(
      .oneDevice, when: source.flags.contains(.device) || target.flags.contains(.device),
      !(source.flags.contains(.device) && target.flags.contains(.device)))
    require(.targetHasAll, when: targetRuns, target.held == allQueues)
    require(.sourceHasAll, when: sourceRuns, source.held == allQueues)
    require(
      .bothDead, when: !source.flags.contains(.alive) && !target.flags.contains(.alive),
      source.held == 0 && target.held == 0)
    require(
      .refusesCommands, when: source.flags.contains(.alive),
      isFine(0, source.chart) { Self.isObedient(sources, source.chart) })
    require(
      .refusesCommands, when: target.flags.contains(.alive),
      isFine(1, target.chart) { Self.isObedient(targets, target.chart) })
    if isRested(source) { judgeSource(state, require) }
    if isRested(target) { judgeTarget(state, require) }
    if state.alarm == 0, isQuiet(state) { judgeEnd(state, require) }
    return verdict
  }

  typealias Ask = (HandoverProperty, Bool, Bool) -> Void

  /// Alive, not hung, and nothing left to do by itself.
  private func isRested(_ side: HandoverState.Side) -> Bool {
    side.flags.contains(.alive) && !side.flags.contains(.hung) && side.work.isEmpty
      && side.events.isEmpty
  }

  private func judgeSource(_ state: HandoverState, _ require: Ask) {
    let side = state.source
    let chart = sources.state(side.chart)
    let isEnd = [.cancelled, .failed, .completed].contains(chart)
    require(.statusIsTrue, true, side.status == Self.status(of: chart)?.rawValue ?? side.status)
    require(.hasReason, isEnd, (sources.memory(side.chart).refusal == nil) == (chart == .completed))
    require(.toldOfTheEnd, isEnd, !side.flags.contains(.briefed))
    require(.withdraws, isEnd, !side.flags.contains(.lent))
    require(.hangsUp, isEnd, !side.flags.contains(.open))
    let mayWait = isEnd || [.offered, .killing].contains(chart)
    require(.endsAtOnce, side.flags.contains(.over), mayWait)
    require(
      .firstReason, [.cancelled, .failed].contains(chart),
      reasonCode(sources.memory(side.chart).refusal) == Self.remembered(side.cause))
    require(.cancelledByUser, chart == .cancelled, side.flags.contains(.cancelled))
    let isInDevice = [.quiescing, .saving, .offered, .killing].contains(chart)
    require(.pausesIfAsked, isInDevice, side.flags.contains(.paused) == budgets.pauses)
    require(.pausesIfAsked, chart == .preSwitchover, budgets.pauses)
    require(
      .afterTheOffer, [.offered, .killing].contains(chart),
      state.owner != nil && state.owner != .held)
    require(
      .mayTryAgain, [.idle, .cancelled, .failed].contains(chart),
      isFine(2, side.chart) { Self.beginsAnew(sources, side.chart) })
  }

  private func judgeTarget(_ state: HandoverState, _ require: Ask) {
    let side = state.target
    let chart = targets.state(side.chart)
    let isEnd = [.cancelled, .failed].contains(chart)
    require(.statusIsTrue, true, side.status == Self.status(of: chart)?.rawValue ?? side.status)
    require(.hasReason, isEnd, targets.memory(side.chart).refusal != nil)
    require(.hasReason, chart == .completed, targets.memory(side.chart).refusal == nil)
    require(
      .toldOfTheEnd, isEnd || chart == .completed || chart == .idle,
      !side.flags.contains(.briefed))
    require(.failedLoadCloses, isEnd, side.held == 0)
    require(.hangsUp, isEnd, !side.flags.contains(.open))
    require(
      .nothingLeft, chart == .idle || chart == .listening && !side.flags.contains(.open),
      side.held == 0)
    let mayWait = isEnd || [.idle, .ready, .taken].contains(chart)
    require(
      .endsAtOnce, side.flags.contains(.over),
      mayWait || chart == .completed && !side.flags.contains(.open))
    require(
      .firstReason, isEnd && side.cause != 0,
      reasonCode(targets.memory(side.chart).refusal) == Self.remembered(side.cause))
    require(.cancelledByUser, chart == .cancelled, side.flags.contains(.cancelled))
    require(
      .cancelledByUser, side.cause == HandoverState.Side.userCancel && isEnd, chart == .cancelled)
    require(
      .mayTryAgain, isEnd || chart == .idle,
      isFine(3, side.chart) { Self.beginsAnew(targets, side.chart) })
  }

  private func reasonCode(_ refusal: Refusal?) -> UInt8 {
    refusal.map { $0.cause.rawValue + 1 } ?? 0
  }

  private static func remembered(_ cause: UInt8) -> UInt8 {
    cause == HandoverState.Side.userCancel ? Refusal.Cause.cancelled.rawValue + 1 : cause
  }

  /// Nobody has anything to do by itself, and nothing is on its way.
  private func isQuiet(_ state: HandoverState) -> Bool {
    var isQuiet = true
    expand(state) { action, _ in
      if actor(of: action).fairness != nil { isQuiet = false }
    }
    return isQuiet
  }

  /// Nobody takes a step any more: the guest runs once, unless it died with who owned it.
  private func judgeEnd(_ state: HandoverState, _ require: Ask) {
    let (source, target) = (state.source, state.target)
    let sourceActs = source.flags.contains(.alive) && !source.flags.contains(.hung)
    let targetActs = target.flags.contains(.alive) && !target.flags.contains(.hung)
    let here = sources.state(source.chart)
    let there = targets.state(target.chart)
    guard here != .preSwitchover || !sourceActs else { return }
    note(end: "\(Self.text(source, here.name)) \(Self.text(target, there.name))")
    let sourceRuns = source.hasGuest
    let targetRuns = target.hasGuest
    let owner = state.owner
    if sourceActs {
      let isOurs = [.idle, .cancelled, .failed].contains(here)
      require(.oneOwner, true, isOurs == sourceRuns)
      require(
        .lastWish, isOurs, source.flags.contains(.guest) == state.wishes.contains(.run))
      require(.cancelWins, source.flags.contains(.inTime), here == .cancelled && sourceRuns)
      require(.nothingLeft, here == .completed, source.held == 0)
      require(.deadBeforeRun, !target.flags.contains(.alive) && owner != .running, sourceRuns)
      require(.deadAfterRun, !target.flags.contains(.alive) && owner == .running, !sourceRuns)
      require(.wordSettles, owner != nil, owner == .held || owner == .running || owner == .revoked)
    }
    guard targetActs else { return }
    // A refused guest is owned by nobody; everything else is decided by the word.
    require(.wordSettles, owner == .taken || owner == .condemned, false)
    if !source.flags.contains(.alive) {
      require(.deadBeforeOffer, owner == nil || owner == .held, !targetRuns)
      require(.deadAtOffer, owner == .offered, target.flags.contains(.refused) && !targetRuns)
    }
    require(.oneOwner, there == .completed, targetRuns && owner == .running)
    // A source that ends before BYE takes with it what its user said in the last moment.
    let shallRun =
      target.flags.contains(.heard)
      ? state.wishes.contains(.run) : targets.memory(target.chart).isGuestRunning
    require(
      .lastWish, there == .completed,
      target.flags.contains(.guest) == (shallRun && !state.wishes.contains(.hold)))
    require(
      .oneOwner, sourceActs || owner == .running, sourceRuns != targetRuns)
  }

  static func text(_ side: HandoverState.Side, _ name: String) -> String {
    guard side.flags.contains(.alive) else { return "dead" }
    return side.flags.contains(.hung) ? "\(name) (hung)" : name
  }

  /// The status that belongs to a state; nil where none is reported.
  private static func status(of state: OutgoingChart.State) -> MigrationStatus? {
    switch state {
    case .idle: nil
    case .setup, .preparing, .connecting, .greeting, .offering: .setup
    case .active: .active
    case .preSwitchover: .preSwitchover
    case .device, .switching, .quiescing, .saving, .offered, .killing: .device
    case .cancelling: .cancelling
    case .cancelled: .cancelled
    case .failed: .failed
    case .completed: .completed
    }
  }

  private static func status(of state: IncomingChart.State) -> MigrationStatus? {
    switch state {
    case .idle, .preIncoming, .binding: nil
    case .setup, .preparing, .listening, .offering, .inspecting: .setup
    case .active, .receiving, .loading, .ready, .taken: .active
    case .completed: .completed
    case .cancelled: .cancelled
    case .failed: .failed
    }
  }

  /// Whether this snapshot refuses what cannot be done here, and changes nothing by it.
  private static func isObedient(_ book: ChartBook<OutgoingChart>, _ number: UInt16) -> Bool {
    let state = book.state(number)
    let isOpen = [.idle, .cancelled, .failed].contains(state)
    let elsewhere = book.asked(number, .migrate(OutgoingChart.order(payload: 2)))
    let second = book.asked(number, .migrate(OutgoingChart.order(payload: 0)))
    let proceed = book.asked(number, .proceed)
    let cancel = book.asked(number, .cancel)
    if isOpen {
      guard elsewhere.isRejected, !cancel.changes, cancel.outcome == .ignored else { return false }
    } else {
      guard elsewhere.isRefusal, second.isRefusal else { return false }
    }
    if state == .completed, cancel.changes || cancel.outcome != .ignored { return false }
    return state == .preSwitchover || proceed.isRefusal
  }

  private static func isObedient(_ book: ChartBook<IncomingChart>, _ number: UInt16) -> Bool {
    let state = book.state(number)
    let isOpen = [.idle, .cancelled, .failed].contains(state)
    let elsewhere = book.asked(number, .listen(IncomingChart.order(payload: 1)))
    let second = book.asked(number, .listen(IncomingChart.order(payload: 0)))
    let cancel = book.asked(number, .cancel)
    if isOpen {
      guard elsewhere.isRejected, !cancel.changes, cancel.outcome == .ignored else { return false }
    } else {
      guard elsewhere.isRefusal, second.isRefusal else { return false }
    }
    return ![.taken, .completed].contains(state) || cancel.isRefusal
  }
}

extension HandoverModel {
  private static func beginsAnew(_ book: ChartBook<OutgoingChart>, _ number: UInt16) -> Bool {
    var memory = OutgoingChart.Memory()
    memory.order = OutgoingChart.order(payload: 0)
    let answer = book.asked(number, .migrate(memory.order))
    return answer.outcome == .taken && answer.after.state == .preparing
      && answer.after.memory == memory
  }

  private static func beginsAnew(_ book: ChartBook<IncomingChart>, _ number: UInt16) -> Bool {
    var memory = IncomingChart.Memory()
    memory.order = IncomingChart.order(payload: 0)
    let answer = book.asked(number, .listen(memory.order))
    return answer.outcome == .taken && answer.after.state == .preIncoming
      && answer.after.memory == memory
  }
}

extension HandoverProperty {
  /// Whether it is looked at when a step is made, and not in a state.
  var isOfSteps: Bool {
    switch self {
    case .sourceNeverAgain, .newestState, .releasesLate, .startsOwned, .takenIsTaken,
      .resumesOwned, .strangers, .misfits, .toldOfTheEnd, .expected, .servesOwned, .once, .inOrder,
      .tells, .asksTheWord, .boundedDarkness, .strangersCost, .causeIsKnown,
      .meetsNobodyEarly:
      true
    case .oneGuest, .oneDevice, .targetHasAll, .sourceHasAll, .nothingLeft, .failedLoadCloses,
      .deadBeforeOffer, .deadAtOffer, .deadBeforeRun, .deadAfterRun, .bothDead, .cancelWins,
      .refusesCommands, .oneOwner, .statusIsTrue, .hasReason, .hangsUp, .withdraws, .wordSettles,
      .endsAtOnce, .firstReason, .cancelledByUser, .pausesIfAsked, .afterTheOffer, .mayTryAgain,
      .lastWish:
      false
    }
  }
}

extension ChartBook {
  /// What a command came to.
  struct Answer {
    let outcome: Outcome
    let effects: [C.Effect]
    let changes: Bool
    let after: Snapshot<C>

    /// The event was refused, asked for nothing and changed nothing.
    var isRefusal: Bool { outcome == .refused && effects.isEmpty && !changes }
    /// Taken, and answered with a refusal alone.
    var isRejected: Bool {
      outcome == .taken && effects.count == 1 && "\(effects[0])".hasPrefix("reject(")
    }
  }

  /// What a command would come to; nothing is kept.
  func asked(_ number: UInt16, _ event: C.Event) -> Answer {
    let snapshot = snapshots[Int(number)]
    var machine = Machine(table, memory: snapshot.memory)
    machine.snapshot = snapshot
    var outbox = Outbox<C>()
    let outcome = (try? machine.send(event, at: 0, into: &outbox)) ?? .unexpected
    let after = machine.snapshot
    return Answer(
      outcome: outcome, effects: (0..<outbox.count).map { [outbox] in outbox[$0] },
      changes: after.state != snapshot.state || after.memory != snapshot.memory,
      after: after)
  }
}
