import BatonTesting

extension Yardstick {
  func sourceSteps(_ state: State, _ step: (UInt16, State) -> Void) {
    let room = state.toTarget.2 == 0 || state.target >= Target.dead
    let s = state.source
    if s == Source.run, state.epoch < UInt8(budgets.attempts), state.target == Target.idle, room {
      var next = state
      next.epoch += 1
      next.sent = 0
      next.source = Source.offer
      post(Letter.offer, &next)
      step(0, next)
    }
    if s == Source.offer || s == Source.quiet || s == Source.sent {
      var next = state
      next.source = Source.cancel
      next.sourceDue = Letter.cancel
      step(1, next)
    }
    if s == Source.quiet, room {
      var next = state
      if state.sent < UInt8(budgets.queues) {
        post(Letter.descriptor, &next, queue: state.sent)
        next.sent += 1
      } else {
        post(Letter.state, &next)
        next.source = Source.sent
      }
      step(2, next)
    }
    if state.sourceDue != 0, room {
      var next = state
      post(state.sourceDue, &next)
      next.sourceDue = 0
      step(3, next)
    }
    if s < Source.done, state.toSource.0 != 0 { sourceReads(state, step) }
    losses(state, step)
  }

  /// What the source does about a target that is gone, and about a channel that loses.
  private func losses(_ state: State, _ step: (UInt16, State) -> Void) {
    let s = state.source
    if s > Source.run, s < Source.done, state.isGone == 1, state.toSource.0 == 0 {
      var next = state
      next.isGone = 0
      next.sourceDue = 0
      next.source = s == Source.commit && isLossy ? Source.halt : Source.run
      step(5, next)
    }
    if isLossy { repeats(state, step) }
  }

  /// Sends to the target; what is sent to the dead is gone.
  private func post(_ kind: UInt8, _ next: inout State, queue: UInt8 = 0) {
    guard next.target < Target.dead else { return }
    Self.push(Self.letter(kind, next.epoch, queue: queue), &next.toTarget)
  }

  private func sourceReads(_ state: State, _ step: (UInt16, State) -> Void) {
    var next = state
    let letter = Self.pop(&next.toSource)
    let s = state.source
    if letter >> 5 == state.epoch {
      switch letter & 7 {
      case Letter.accept where s == Source.offer: next.source = Source.quiet
      case Letter.ready where s == Source.sent:
        next.source = Source.commit
        next.sourceDue = Letter.commit
      case Letter.refused where s != Source.run, Letter.aborted where s == Source.cancel:
        next.source = Source.run
        (next.sourceDue, next.isGone) = (0, 0)
      case Letter.running where s == Source.commit:
        next.source = Source.done
        next.sourceDue = 0
      case _: break
      }
    }
    step(4, next)
  }

  /// What a channel that loses needs: said again when nothing is on its way.
  private func repeats(_ state: State, _ step: (UInt16, State) -> Void) {
    guard state.toTarget.0 == 0, state.toSource.0 == 0, state.sourceDue == 0,
      state.targetDue == 0
    else { return }
    var next = state
    switch state.source {
    case Source.offer: next.sourceDue = Letter.offer
    case Source.sent:
      next.source = Source.quiet
      next.sent = 0
    case Source.commit: next.sourceDue = Letter.commit
    case Source.cancel: next.sourceDue = Letter.cancel
    case _: return
    }
    step(6, next)
  }

  func targetSteps(_ state: State, _ step: (UInt16, State) -> Void) {
    let t = state.target
    if t < Target.dead, state.toTarget.0 != 0 { targetReads(state, step) }
    let isHeard = state.source < Source.done
    if state.targetDue != 0, state.toSource.2 == 0 || !isHeard {
      var next = state
      if isHeard { Self.push(state.targetDue, &next.toSource) }
      next.targetDue = 0
      step(9, next)
    }
    if t == Target.start, state.targetDue == 0 {
      var next = state
      next.target = Target.run
      next.hasRun = 1
      step(10, next)
    }
    if t < Target.start, state.source == Source.dead, state.toTarget.0 == 0 {
      var next = state
      next.targetDue = 0
      next.target = t == Target.ready ? Target.start : Target.exit
      if t != Target.ready { next.held = 0 }
      step(11, next)
    }
  }

  private var allQueues: UInt8 { 1 << UInt8(budgets.queues) - 1 }

  private func targetReads(_ state: State, _ step: (UInt16, State) -> Void) {
    var next = state
    let letter = Self.pop(&next.toTarget)
    let (kind, epoch) = (letter & 7, letter >> 5)
    switch state.target {
    case 0...Target.ready where kind == Letter.offer && epoch > state.targetEpoch:
      next.targetEpoch = epoch
      next.target = Target.accepted
      next.held = 0
      next.targetDue = Self.letter(Letter.accept, epoch)
    case Target.idle: idle(&next, kind, epoch)
    case Target.accepted...Target.ready where epoch > state.targetEpoch:
      // Something newer, whose offer was lost: the older attempt is over.
      next.targetEpoch = epoch
      next.target = Target.idle
      next.held = 0
      idle(&next, kind, epoch)
    case Target.accepted where epoch == state.targetEpoch:
      if kind == Letter.state, state.failures > 0, state.held == allQueues {
        var failed = next
        failed.failures -= 1
        Self.refuse(&failed, Letter.refused)
        step(8, failed)
      }
      accepted(&next, kind, letter >> 3 & 3)
    case Target.ready where epoch == state.targetEpoch:
      switch kind {
      case Letter.commit:
        next.target = Target.start
        next.targetDue = Self.letter(Letter.running, epoch)
      case Letter.cancel: Self.refuse(&next, Letter.aborted)
      case Letter.state: next.targetDue = Self.letter(Letter.ready, epoch)
      case _: break
      }
    case Target.start, Target.run:
      if kind == Letter.commit { next.targetDue = Self.letter(Letter.running, epoch) }
    case _: break
    }
    step(7, next)
  }

  /// A refusal is repeated as often as something of its attempt comes.
  private func idle(_ next: inout State, _ kind: UInt8, _ epoch: UInt8) {
    switch kind {
    case Letter.cancel: next.targetDue = Self.letter(Letter.aborted, epoch)
    case Letter.descriptor: break
    case _: next.targetDue = Self.letter(Letter.refused, epoch)
    }
  }

  private func accepted(_ next: inout State, _ kind: UInt8, _ queue: UInt8) {
    switch kind {
    case Letter.offer: next.targetDue = Self.letter(Letter.accept, next.targetEpoch)
    case Letter.descriptor: next.held |= 1 << queue
    case Letter.state where next.held == allQueues:
      next.target = Target.ready
      next.targetDue = Self.letter(Letter.ready, next.targetEpoch)
    case Letter.state: Self.refuse(&next, Letter.refused)
    case Letter.cancel: Self.refuse(&next, Letter.aborted)
    case _: break
    }
  }

  private static func refuse(_ next: inout State, _ kind: UInt8) {
    next.target = Target.idle
    next.held = 0
    next.targetDue = letter(kind, next.targetEpoch)
  }

  func chances(_ state: State, _ step: (UInt16, State) -> Void) {
    if state.crashes > 0, state.source < Source.done {
      var next = state
      next.crashes -= 1
      next.source = Source.dead
      next.sourceDue = 0
      next.toSource = (0, 0, 0)
      step(12, next)
    }
    if state.crashes > 0, state.target < Target.dead {
      var next = state
      next.crashes -= 1
      next.target = Target.dead
      (next.held, next.targetDue, next.isGone) = (0, 0, state.source == Source.run ? 0 : 1)
      next.toTarget = (0, 0, 0)
      step(13, next)
    }
    if state.restarts > 0, state.target == Target.dead, state.source == Source.run {
      var next = state
      next.restarts -= 1
      next.target = Target.idle
      next.targetEpoch = 0
      next.toTarget = (0, 0, 0)
      next.toSource = (0, 0, 0)
      step(14, next)
    }
    accidents(state, step)
  }

  private func accidents(_ state: State, _ step: (UInt16, State) -> Void) {
    let isHeard = state.source < Source.done
    if state.losses > 0, state.toTarget.0 != 0 {
      var next = state
      next.losses -= 1
      _ = Self.pop(&next.toTarget)
      step(15, next)
    }
    if state.losses > 0, state.toSource.0 != 0 {
      var next = state
      next.losses -= 1
      _ = Self.pop(&next.toSource)
      step(16, next)
    }
    if state.duplicates > 0, state.toTarget.0 != 0, state.toTarget.2 == 0 {
      var next = state
      next.duplicates -= 1
      Self.push(state.toTarget.0, &next.toTarget)
      step(17, next)
    }
    if state.duplicates > 0, isHeard, state.toSource.0 != 0, state.toSource.2 == 0 {
      var next = state
      next.duplicates -= 1
      Self.push(state.toSource.0, &next.toSource)
      step(18, next)
    }
  }
}
