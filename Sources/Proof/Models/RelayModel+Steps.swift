import BatonCore
import BatonRelay

/// What can happen.
extension RelayModel {
  package func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    expandRelay(state, step)
    expandQemus(state, step)
    expandFaults(state, step)
  }

  // MARK: The relay

  func begin(_ state: inout State) {
    var machine = Machine(
      RelayChart.table,
      memory: RelayChart.Memory(
        mayLaunch: true, isAgain: state.relayDeaths > 0, wasPaused: state.wasPaused,
        patienceMillis: 1))
    var outbox = Outbox<RelayChart>()
    // The chart is the project's, whose table was built: it cannot run without end.
    do { try machine.start(at: 0, into: &outbox) } catch { return }
    take(machine, &outbox, &state)
  }

  /// What the machine is now, and what it asks for.
  private func take(
    _ machine: borrowing Machine<RelayChart>, _ outbox: inout Outbox<RelayChart>,
    _ state: inout State
  ) {
    state.relay = machine.normalised { $0 == .look ? 1 : 2 }
    for place in 0..<outbox.count { perform(outbox[place], &state) }
  }

  private func expandRelay(_ state: State, _ step: (UInt16, State) -> Void) {
    guard let snapshot = state.relay else { return }
    if let event = state.heard.first {
      var next = state
      next.heard.removeFirst()
      play(snapshot, &next) { machine, outbox throws(MachineError) in
        try machine.send(event, at: 0, into: &outbox)
      }
      step(0, next)
    }
    guard state.heard.isEmpty else { return }
    if isAnswered(state) { wait(snapshot, state, 1, isPatient: true, step) }
    let hangs = [state.source, state.target].filter(\.hangs).count
    let isWaiting = [state.source, state.target].allSatisfy { $0.hangs || $0.asked.isEmpty }
    if hangs > 0, isWaiting { wait(snapshot, state, 46, isPatient: false, step) }
  }

  /// A delay runs out: the one between two questions, or one of the others.
  private func wait(
    _ snapshot: Snapshot<RelayChart>, _ state: State, _ action: UInt16, isPatient: Bool,
    _ step: (UInt16, State) -> Void
  ) {
    var next = state
    play(snapshot, &next) { machine, outbox throws(MachineError) in
      let waiting = machine.normalised { ($0 == .look) == isPatient ? 1 : 2 }
      machine.restore(waiting, takenAt: 0, at: 0, timers: .absolute)
      _ = try machine.fire(at: 1, into: &outbox)
    }
    if next != state { step(action, next) }
  }

  /// An answer takes less than the delay between two questions.
  private func isAnswered(_ state: State) -> Bool {
    state.source.asked.isEmpty && state.target.asked.isEmpty
  }

  private func play(
    _ snapshot: Snapshot<RelayChart>, _ state: inout State,
    _ body: (inout Machine<RelayChart>, inout Outbox<RelayChart>) throws(MachineError) -> Void
  ) {
    var machine = Machine(RelayChart.table, memory: snapshot.memory)
    machine.restore(snapshot, takenAt: 0, at: 0, timers: .absolute)
    var outbox = Outbox<RelayChart>()
    do { try body(&machine, &outbox) } catch { return }
    take(machine, &outbox, &state)
  }

  /// The driver's part: what is asked of whom. A QEMU that is gone is known to be.
  private func perform(_ effect: RelayChart.Effect, _ state: inout State) {
    switch effect {
    case .survey where mistake == .forgetfulRelay && state.relayDeaths > 0:
      state.heard += [.source(Seen(guest)), .targetGone, .surveyed]
    case .survey, .compare, .prepare, .migrate, .follow, .proceed, .cancelMigration, .askSource,
      .contSource, .quitSource:
      ask(&state, \.source, effect)
    case .endTarget where mistake == .eagerSource: state.heard.append(.targetGone)
    case .askTarget, .endTarget: ask(&state, \.target, effect)
    case .launch:
      state.target = Qemu(run: .inmigrate)
      state.heard += [.target(Seen(.inmigrate)), .launched]
    case .adjust, .end: break
    }
  }

  private func ask(
    _ state: inout State, _ whom: WritableKeyPath<State, Qemu>, _ effect: RelayChart.Effect
  ) {
    if !state[keyPath: whom].isThere, effect != .survey {
      state.heard.append(whom == \.source ? .sourceGone : .targetGone)
    } else if !state[keyPath: whom].asked.contains(effect) {
      state[keyPath: whom].asked.append(effect)
    }
  }

  // MARK: The QEMUs

  func expandQemus(_ state: State, _ step: (UInt16, State) -> Void) {
    if let effect = state.source.asked.first, !state.source.hangs {
      var next = state
      next.source.asked.removeFirst()
      carryOut(effect, &next)
      step(2, next)
    }
    if let effect = state.target.asked.first, !state.target.hangs {
      var next = state
      next.target.asked.removeFirst()
      carryOut(effect, atTarget: &next)
      step(10, next)
    }
    expandSource(state, step)
    expandTarget(state, step)
  }

  private func expandSource(_ state: State, _ step: (UInt16, State) -> Void) {
    guard state.source.isThere, !state.source.hangs, state.source.stage.isUnderWay else { return }
    func go(_ action: UInt16, _ stage: MigrationStage, _ run: RunState) {
      var next = state
      (next.source.stage, next.source.run) = (stage, run)
      tell(.status(stage), &next)
      step(action, next)
    }
    if state.target.hasLoaded, state.source.stage == .device {
      return go(5, .completed, .postmigrate)
    }
    guard state.target.isThere else { return go(6, .failed, guest) }
    switch state.source.stage {
    case .setup: go(3, .active, guest)
    case .active: go(4, .preSwitchover, .finishMigrate)
    case _: break
    }
  }

  private func expandTarget(_ state: State, _ step: (UInt16, State) -> Void) {
    guard state.target.isThere, !state.target.hangs else { return }
    var next = state
    if state.target.hasLoaded, state.target.run == .inmigrate {
      next.target.run = guest
      next.hasMoved = true
      // RESUME; a guest that is paused does not say that it is there.
      if guest == .running { tell(.target(Seen(.running)), &next) }
      return step(12, next)
    }
    guard state.target.run == .inmigrate, state.target.listens else { return }
    if state.source.isThere, state.source.stage == .device {
      next.target.hasLoaded = true
      return step(11, next)
    }
    // The channel is closed before everything has come.
    let isOver = [.failed, .cancelled].contains(state.source.stage) || !state.source.isThere
    guard isOver else { return }
    end(&next)
    step(13, next)
  }

  /// The target's process ends; what it was asked is answered by that.
  private func end(_ state: inout State) {
    let isSurveyed = !state.target.asked.contains(.survey)
    state.target = Qemu(isThere: false, hasLoaded: state.target.hasLoaded)
    tell(.targetGone, &state)
    if !isSurveyed { tell(.surveyed, &state) }
  }

  /// As ``end(_:)``, of the source.
  private func endSource(_ state: inout State) {
    let isSurveyed = !state.source.asked.contains(.survey)
    state.source = Qemu(isThere: false)
    tell(.sourceGone, &state)
    if !isSurveyed { ask(&state, \.target, .survey) }
  }

  private func tell(_ event: RelayChart.Event, _ state: inout State) {
    if state.relay != nil, !isOver(state) { state.heard.append(event) }
  }

  private func isOver(_ state: State) -> Bool {
    switch state.relay?.state {
    case .done, .failed, .lost: true
    case _: false
    }
  }

  private func carryOut(_ effect: RelayChart.Effect, _ state: inout State) {
    switch effect {
    case .survey:
      tell(state.source.isThere ? .source(state.source.seen) : .sourceGone, &state)
      state.target.asked.append(.survey)
    case .compare: tell(.fits, &state)
    case .prepare:
      state.target.listens = true
      tell(.prepared, &state)
    case .migrate: migrate(&state)
    case .proceed:
      guard state.source.stage == .preSwitchover else { return tell(.refused, &state) }
      state.source.stage = .device
      tell(.status(.device), &state)
    case .cancelMigration: cancel(&state)
    case .askSource: tell(.source(state.source.seen), &state)
    case .follow: tell(.status(state.source.stage), &state)
    case .contSource:
      if !state.source.stage.isUnderWay { state.source.run = .running }
      tell(.source(state.source.seen), &state)
    case .quitSource: endSource(&state)
    case .askTarget, .endTarget, .launch, .adjust, .end: break
    }
  }

  private func migrate(_ state: inout State) {
    guard state.source.run == guest, !state.source.stage.isUnderWay else {
      return tell(.refused, &state)
    }
    // It says that it was asked, and then that nobody listens.
    state.source.stage = state.target.isThere && state.target.listens ? .setup : .failed
    tell(.status(state.source.stage), &state)
  }

  private func cancel(_ state: inout State) {
    // Who has it that everything has arrived completes it.
    if state.source.stage.isUnderWay, !(state.source.stage == .device && state.target.hasLoaded) {
      (state.source.stage, state.source.run) = (.cancelled, guest)
    }
    tell(.status(state.source.stage), &state)
  }

  private func carryOut(_ effect: RelayChart.Effect, atTarget state: inout State) {
    switch effect {
    case .survey:
      tell(state.target.isThere ? .target(state.target.seen) : .targetGone, &state)
      tell(.surveyed, &state)
    case .askTarget: tell(.target(state.target.seen), &state)
    case .endTarget: end(&state)
    case _: break
    }
  }

  // MARK: What may go wrong

  private func expandFaults(_ state: State, _ step: (UInt16, State) -> Void) {
    if state.deaths < budgets.deaths { expandDeaths(state, step) }
    if state.failures < budgets.failures { expandFailures(state, step) }
    if state.wishes < budgets.wishes, state.relay != nil, !isOver(state) {
      var next = state
      next.wishes += 1
      next.heard.append(.quit)
      step(32, next)
    }
    if state.relay != nil, !isOver(state), state.relayDeaths < budgets.relayDeaths {
      var next = state
      next.relayDeaths += 1
      // Written down with every step, of which the survey is none yet.
      if let relay = state.relay, relay.state != .surveying {
        next.wasPaused = relay.memory.wasPaused
      }
      (next.relay, next.heard) = (nil, [])
      step(30, next)
    }
    if state.relay == nil {
      var next = state
      begin(&next)
      step(31, next)
    }
    expandHangs(state, step)
  }

  private func expandDeaths(_ state: State, _ step: (UInt16, State) -> Void) {
    if state.source.isThere {
      var next = state
      next.deaths += 1
      endSource(&next)
      step(40, next)
    }
    if state.target.isThere {
      var next = state
      next.deaths += 1
      end(&next)
      step(41, next)
    }
  }

  private func expandHangs(_ state: State, _ step: (UInt16, State) -> Void) {
    for (action, whom) in [(UInt16(44), \State.source), (45, \State.target)]
    where state[keyPath: whom].hangs {
      var next = state
      next[keyPath: whom].hangs = false
      step(action, next)
    }
    for (action, whom) in [(UInt16(42), \State.source), (43, \State.target)] {
      guard state.hangs < budgets.hangs, state[keyPath: whom].isThere, !state[keyPath: whom].hangs
      else { continue }
      var next = state
      next.hangs += 1
      next[keyPath: whom].hangs = true
      step(action, next)
    }
  }

  private func expandFailures(_ state: State, _ step: (UInt16, State) -> Void) {
    var next = state
    next.failures += 1
    if state.source.stage == .device, state.target.isThere, !state.target.hasLoaded {
      end(&next)
      step(20, next)
    }
    guard let effect = state.source.asked.first, effect == .compare || effect == .prepare else {
      return
    }
    next = state
    next.failures += 1
    next.source.asked.removeFirst()
    tell(effect == .compare ? .differs : .unprepared, &next)
    step(effect == .compare ? 21 : 22, next)
  }
}
