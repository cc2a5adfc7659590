import BatonCore
import BatonMig
import BatonTesting

/// What happens to either side alike.
extension HandoverModel {
  typealias Step = (UInt16, HandoverState) -> Void

  /// What may be done to a side from outside: it dies, it hangs, its user cancels.
  func faults<C: PlayedChart>(_ book: ChartBook<C>, _ state: HandoverState, _ step: Step) {
    let side = state[C.role]
    let isKilled = side.flags.contains(.killed)
    if state.crashes > 0 || isKilled {
      var next = state
      if !isKilled { next.crashes -= 1 }
      book.note(fault: "dies", side.chart)
      next[C.role].die()
      next.close(C.role)
      step(isKilled ? HandoverAction.targetIsKilled.rawValue : C.role.dies.rawValue, next)
    }
    guard !side.flags.contains(.hung), isBusy(book, side) else { return }
    if state.hangs > 0 {
      var next = state
      next.hangs -= 1
      book.note(fault: "hangs", side.chart)
      next[C.role].flags.insert(.hung)
      step(C.role.hangs.rawValue, next)
    }
    if state.cancels > 0, !side.flags.contains(.cancelled) {
      // Out of a callback too: then it waits behind the outcomes that are already there.
      var next = state
      next.cancels -= 1
      book.note(fault: "is cancelled", side.chart)
      // A source that is cancelled keeps the guest; a target does not want it any more.
      next[C.role].flags.formUnion(C.role == .source ? .cancelled : [.cancelled, .refused])
      next.tell(C.cancel)
      step(C.role.cancels.rawValue, next)
    }
  }

  private func isBusy<C: PlayedChart>(_ book: ChartBook<C>, _ side: HandoverState.Side) -> Bool {
    !side.work.isEmpty || !side.events.isEmpty || !C.isAtRest(book.state(side.chart))
  }

  /// The state after a side's chart was told something.
  func fed<C: PlayedChart>(
    _ book: ChartBook<C>, _ state: HandoverState, _ told: Told<C>
  ) -> HandoverState {
    var next = state
    let step = book.step(state[C.role].chart, told)
    if let broken = step.broken { next.alarm(broken) }
    next[C.role].apply(step.note)
    next[C.role].chart = step.number
    for effect in step.effects { plan(C.self, effect, &next) }
    return next
  }

  private func plan<C: PlayedChart>(
    _: C.Type, _ effect: C.Effect, _ next: inout HandoverState
  ) {
    switch C.announcement(effect) {
    case .status(let status):
      // Once is enough.
      next.require(next[C.role].status != status.rawValue, .statusIsTrue)
      next[C.role].status = status.rawValue
      // A guest that the migration does not start again is one that its user paused.
      if C.role == .source, [.failed, .cancelled].contains(status), !next.source.hasGuest {
        next.source.flags.insert(.halted)
      }
    case .end:
      next.require(next[C.role].flags.contains(.briefed), .toldOfTheEnd)
      next[C.role].flags.remove(.briefed)
    case .answer: break
    case nil: next.require(next[C.role].work.push(Work<C>(effect.kind).code), .expected)
    }
  }
}

/// What the users say of the guest while it moves.
extension HandoverModel {
  /// The source's user says stop or cont, which its own guest does, or the migration keeps.
  func sourceWishes(_ state: HandoverState, _ step: Step) {
    let chart = sources.state(state.source.chart)
    // A command comes between two rounds, when nothing is left to be done.
    guard state.commands > 0, state.source.work.isEmpty, state.source.events.isEmpty,
      !state.source.flags.contains(.hung), chart != .completed
    else { return }
    var next = state
    next.commands -= 1
    next.wishes.formSymmetricDifference(.run)
    let runs = next.wishes.contains(.run)
    if state.source.hasGuest {
      next.source.flags.subtract([.guest, .halted])
      next.source.flags.insert(runs ? .guest : .halted)
      if runs, [.failed, .cancelled].contains(chart) { next.source.flags.insert(.ran) }
    }
    if mistake != .forgetsTheWish { next.tell(Told<OutgoingChart>(runs ? .cont : .stop)) }
    step(HandoverAction.sourceSaysStopOrCont.rawValue, next)
  }

  /// The target's user says of a guest that has not come whether it shall stay paused; out of a
  /// callback too.
  func targetWishes(_ state: HandoverState, _ step: Step) {
    guard state.commands > 0, state.target.events.isEmpty, isBusy(targets, state.target),
      !state.target.flags.contains(.hung), targets.state(state.target.chart) != .completed
    else { return }
    var next = state
    next.commands -= 1
    next.wishes.formSymmetricDifference(.hold)
    next.tell(Told<IncomingChart>(next.wishes.contains(.hold) ? .stop : .cont))
    step(HandoverAction.targetSaysStopOrCont.rawValue, next)
  }
}

extension HandoverState {
  /// Appends an event to those that wait for the effects before them.
  mutating func tell<C: PlayedChart>(_ told: Told<C>) {
    require(self[C.role].events.push(told.code), .expected)
  }

  /// Closes a side's end of the channel.
  mutating func close(_ role: Role) {
    switch role {
    case .source: closeSource()
    case .target: closeTarget()
    }
  }
}

extension Role {
  fileprivate var dies: HandoverAction {
    switch self {
    case .source: .sourceDies
    case .target: .targetDies
    }
  }

  fileprivate var hangs: HandoverAction {
    switch self {
    case .source: .sourceHangs
    case .target: .targetHangs
    }
  }

  fileprivate var cancels: HandoverAction {
    switch self {
    case .source: .sourceCancels
    case .target: .targetCancels
    }
  }
}
