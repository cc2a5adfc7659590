import BatonCore
import BatonNet
package import BatonTesting

/// Two processes with a TAP each, played by the TAP's own chart, and the word between them: who
/// runs the down script, in every order of the steps of handovers, of closings and of deaths?
///
/// A step of a migration is what its driver asks the device for; the word is Mig's, without its
/// waiting and condemning, which ask the device for nothing. What a program answers comes as a step
/// of its own.
package struct DutyModel: ValueModel, Sendable {
  /// What the word says of the handover that is under way.
  package enum Word: UInt8, Hashable, Sendable { case none, held, offered, taken, running, revoked }

  package struct Side: Hashable {
    var tap: Snapshot<TapChart>
    /// It takes steps; what was killed takes none.
    var isAlive = true
    /// It was told to close by its user.
    var isEnding = false
  }

  package struct State: Hashable {
    var sides: [Side]
    var word = Word.none
    /// Whose guest it was before the handover.
    var source = 0
    var runs: UInt8 = 0
    /// A process ran the script that had given the guest away.
    var isStranger = false
    /// The owner was killed while no other could take the guest: the duty died with it.
    var isLost = false
    var handovers: UInt8 = 0
  }

  private let table = TapChart.table
  private let options: TapOptions
  private let handoversMax: UInt8
  private let mistake: Mistake?

  /// What the properties have to find.
  package enum Mistake: String, CaseIterable, Sendable {
    /// The source never gives the duty away.
    case keepsTheDuty
  }

  /// Handovers there and back, so many of them.
  package init(handovers: UInt8 = 2, mistake: Mistake? = nil) {
    var options = TapOptions(name: InterfaceName(bytes: Array("tap0".utf8)))
    options.downScript = TapProgram(bytes: Array("/down".utf8))
    (self.options, handoversMax, self.mistake) = (options, handovers, mistake)
  }

  package let name = "duty"
  package let properties = [
    "the down script is run once at most",
    "nobody runs it who gave the guest away and did not get it back",
    "when all have closed in order, it was run, unless its owner was killed with the guest",
  ]
  package let processes = ["A", "B"]

  // MARK: The charts

  private static let seen = TapProperties(
    name: InterfaceName(bytes: Array("tap0".utf8))!, index: 1, flags: [.tap, .noPacketInfo],
    queues: 1, settings: [.headerSize: 12, .sendBuffer: 1, .offload: 0, .mtu: 1500])

  /// Sends events to a side's chart, and answers what it asks the kernel for.
  private func send(_ state: inout State, _ place: Int, _ events: TapChart.Event...) {
    var machine = Machine(table, memory: TapChart.Memory(options: options))
    machine.restore(state.sides[place].tap, takenAt: 0, at: 0, timers: .absolute)
    var waiting = events
    var outbox = Outbox<TapChart>()
    while !waiting.isEmpty {  // Ends when the chart rests: every way in it does.
      outbox.reset()
      guard (try? machine.send(waiting.removeFirst(), at: 0, into: &outbox)) != nil else { return }
      var answers: [TapChart.Event] = []
      for index in 0..<outbox.count {
        if case .runDownScript = outbox[index] { note(&state, place) }
        if let answer = answer(outbox[index]) { answers.append(answer) }
      }
      // A command has its answer before the next one comes.
      waiting = answers + waiting
    }
    state.sides[place].tap = machine.snapshot
  }

  private func answer(_ effect: TapChart.Effect) -> TapChart.Event? {
    switch effect {
    case .openDevice, .presizeHeader, .setNonBlocking, .shut, .apply: .succeeded
    case .readFeatures: .features(0x7173)
    case .countQueues: .counted(0)
    case .attach(let name, _): .named(name)
    case .readIndex: .index(1)
    case .set(let setting, let value): .set(setting, value)
    case .inspect: .inspected(Self.seen)
    case .describe: .described(Self.seen)
    case .restore: .restored(0)
    default: nil
    }
  }

  private func note(_ state: inout State, _ place: Int) {
    state.runs += 1
    let isSource = place == state.source
    switch state.word {
    case .none, .held, .revoked: if !isSource { state.isStranger = true }
    case .offered, .taken: state.isStranger = true
    case .running: if isSource { state.isStranger = true }
    }
  }

  // MARK: The steps

  /// A has a guest, and B waits for one.
  package var initial: State {
    var machine = Machine(table, memory: TapChart.Memory(options: options))
    var outbox = Outbox<TapChart>()
    _ = try? machine.start(at: 0, into: &outbox)
    var state = State(sides: [Side(tap: machine.snapshot), Side(tap: machine.snapshot)])
    send(&state, 0, .start(.running, transfersBackends: true))
    send(&state, 1, .start(.prepared, transfersBackends: true))
    return state
  }

  package func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    for action in UInt16(0)..<16 {
      var next = state
      if take(action, &next) { step(action, next) }
    }
  }

  private func acts(_ state: State, _ place: Int) -> Bool {
    state.sides[place].isAlive && !state.sides[place].isEnding
  }

  /// Takes a step; false when it cannot be taken.
  private func take(_ action: UInt16, _ state: inout State) -> Bool {
    let (source, target) = (state.source, 1 - state.source)
    switch action {
    case 0: return offer(&state)
    case 1: return give(&state)
    case 2: return takeOver(&state)
    case 3: return run(&state)
    case 4: return release(&state)
    case 5, 6: return rollBack(&state, isDead: action == 6)
    case 7: return discard(&state)
    case 8: return turn(&state)
    case 9, 10: return kill(&state, Int(action) - 9)
    case 11, 12: return close(&state, Int(action) - 11)
    case 13, 14:
      let place = action == 13 ? source : target
      guard state.sides[place].isAlive, state.sides[place].tap.state == .lowering else {
        return false
      }
      send(&state, place, .succeeded)
      return true
    default: return false
    }
  }

  private func offer(_ state: inout State) -> Bool {
    let (source, target) = (state.source, 1 - state.source)
    guard state.word == .none || state.word == .revoked, state.handovers < handoversMax,
      acts(state, source), acts(state, target), state.sides[source].tap.state == .polling,
      state.sides[target].tap.state == .expecting
    else { return false }
    state.handovers += 1
    state.word = .held
    send(&state, source, .describe, .lend)
    let isOwed = state.sides[source].tap.memory.owesDown
    send(
      &state, target,
      .offered(TapOffer(properties: Self.seen, descriptorCount: 1, isOwed: isOwed)))
    send(&state, source, .quiesce)
    send(&state, target, .load(Self.seen))
    return true
  }

  private func give(_ state: inout State) -> Bool {
    guard state.word == .held, acts(state, state.source) else { return false }
    if mistake != .keepsTheDuty { send(&state, state.source, .give) }
    state.word = .offered
    return true
  }

  private func takeOver(_ state: inout State) -> Bool {
    guard state.word == .offered, acts(state, 1 - state.source) else { return false }
    state.word = .taken
    send(&state, 1 - state.source, .take)
    return true
  }

  private func run(_ state: inout State) -> Bool {
    guard state.word == .taken, acts(state, 1 - state.source) else { return false }
    state.word = .running
    send(&state, 1 - state.source, .resume, .incomingDone)
    return true
  }

  private func release(_ state: inout State) -> Bool {
    guard state.word == .running, state.sides[state.source].isAlive,
      state.sides[state.source].tap.state == .lent
    else { return false }
    send(&state, state.source, .release)
    return true
  }

  /// The source takes the guest back: from a target that has not taken it, or from a dead one.
  private func rollBack(_ state: inout State, isDead: Bool) -> Bool {
    guard acts(state, state.source), state.sides[1 - state.source].isAlive != isDead else {
      return false
    }
    switch state.word {
    case .held, .offered: break
    case .taken: guard isDead else { return false }
    case .none, .running, .revoked: return false
    }
    state.word = .revoked
    send(&state, state.source, .restore)
    return true
  }

  private func discard(_ state: inout State) -> Bool {
    let target = 1 - state.source
    guard state.word == .revoked, acts(state, target),
      [.loaded, .quiesced].contains(state.sides[target].tap.state)
    else { return false }
    send(&state, target, .discard)
    return true
  }

  /// The handover is over: who has the guest now may be the next one's source.
  private func turn(_ state: inout State) -> Bool {
    let source = state.source
    guard state.word == .running, acts(state, 1 - source), acts(state, source),
      state.sides[source].tap.state == .released, state.handovers < handoversMax
    else { return false }
    var machine = Machine(table, memory: TapChart.Memory(options: options))
    var outbox = Outbox<TapChart>()
    _ = try? machine.start(at: 0, into: &outbox)
    // The process makes a new device, as a host does that takes another guest.
    state.sides[source].tap = machine.snapshot
    send(&state, source, .start(.prepared, transfersBackends: true))
    state.source = 1 - source
    state.word = .none
    return true
  }

  private func kill(_ state: inout State, _ place: Int) -> Bool {
    guard state.sides[place].isAlive else { return false }
    state.sides[place].isAlive = false
    let isSource = place == state.source
    let other = state.sides[1 - place]
    let mayTake = other.isAlive && !other.isEnding
    switch state.word {
    case .none, .held, .revoked: if isSource { state.isLost = true }
    case .offered, .taken: if !mayTake { state.isLost = true }
    case .running: if !isSource { state.isLost = true }
    }
    return true
  }

  /// The user ends a process; a host brings a switch to its end first.
  private func close(_ state: inout State, _ place: Int) -> Bool {
    guard acts(state, place), ![.held, .offered, .taken].contains(state.word) else { return false }
    state.sides[place].isEnding = true
    send(&state, place, .close)
    return true
  }

  // MARK: The verdict

  private func isOver(_ state: State) -> Bool {
    state.sides.allSatisfy { !$0.isAlive || $0.tap.state == .closed }
  }

  package func judge(_ state: State) -> Verdict {
    var verdict = Verdict()
    verdict.require(0, state.runs <= 1)
    verdict.require(1, !state.isStranger)
    verdict.require(2, when: isOver(state) && !state.isLost, state.runs == 1)
    return verdict
  }

  package func isSettled(_ state: State) -> Bool { true }

  package func actor(of action: UInt16) -> Actor { .nobody(at: 0) }

  package func text(action: UInt16) -> String {
    let texts = [
      "offers", "gives the guest", "takes the guest", "runs the guest", "releases", "takes it back",
      "takes it back from the dead", "discards", "is the next source", "A is killed",
      "B is killed", "A is ended", "B is ended", "the source's script ends",
      "the target's script ends",
    ]
    return Int(action) < texts.count ? texts[Int(action)] : "\(action)"
  }

  package func text(state: State) -> String {
    let sides = state.sides.map { $0.isAlive ? $0.tap.state.name : "dead" }
    return "\(sides.joined(separator: " ")), word \(state.word), \(state.runs) runs"
  }

  package func explored(
    workers: Int? = nil, progress: ((Int, Int) -> Void)? = nil
  ) throws(ExplorationError) -> Exploration {
    var explorer = Explorer(self)
    explorer.findsLivelocks = false
    explorer.progress = progress
    return try explorer.run(workers: workers)
  }
}
