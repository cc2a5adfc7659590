import BatonCore
import BatonNet
package import BatonTesting

/// Two processes whose kernel serves the rings, played by the datapath's own chart, the kernel as
/// docs/KERNELS.md has it, and the word between them: who looks at the guest's rings, and from
/// where on, in every order of the steps of handovers, faults and deaths?
package struct VhostModel: ValueModel, Sendable {
  /// What the word says of the handover that is under way.
  package enum Word: UInt8, Hashable, Sendable { case none, held, offered, taken, running, revoked }

  /// What the properties have to find.
  package enum Mistake: String, CaseIterable, Sendable {
    /// The source's descriptor goes to the target, which holds it when the source is killed.
    case lendsTheDescriptor
    /// The device goes on where it was before the kernel served the rings.
    case forgetsTheBases
    /// The target's rings are started with the take, before the guest is its own for good.
    case startsAtTheTake
    /// The source's rings run on while the guest stands still.
    case leavesTheRings
  }

  package struct Side: Hashable {
    var vhost: Snapshot<VhostChart>
    /// It takes steps; what was killed takes none.
    var isAlive = true
    /// Its TAP is polled: the rings are its own to serve.
    var isServing = false
    /// The kernel has backends for its rings.
    var hasBackends = false
    /// Where it would go on.
    var next: UInt8 = 0
  }

  package struct State: Hashable {
    var sides: [Side]
    var word = Word.none
    /// Whose guest it was before the handover.
    var source = 0
    /// Where the guest's rings really stand; counts modulo 4.
    var position: UInt8 = 0
    /// Somebody went on elsewhere.
    var isTorn = false
    /// The kernel refuses the next call.
    var refuses = false
    var refusals: UInt8 = 0
    var handovers: UInt8 = 0
  }

  let mistake: Mistake?
  private let handoversMax: UInt8
  private let refusalsMax: UInt8
  private let table = VhostChart.table

  /// Handovers there and back, so many of them, with so many calls that are refused.
  package init(handovers: UInt8 = 2, refusals: UInt8 = 2, mistake: Mistake? = nil) {
    (handoversMax, refusalsMax, self.mistake) = (handovers, refusals, mistake)
  }

  package let name = "vhost"
  package let properties = [
    "the rings have one server at a time, be it a process or its kernel",
    "who serves them goes on where the last one stopped",
    "nobody serves them from the offer of the guest until it runs",
    "a source that has the guest back serves it",
    "the rings of who was killed stand still",
  ]
  package let processes = ["A", "B"]

  // MARK: The charts

  /// Sends events to a side's chart, which asks the kernel and is answered at once.
  func send(_ state: inout State, _ place: Int, _ events: VhostChart.Event...) {
    var machine = Machine(table, memory: VhostChart.Memory())
    machine.restore(state.sides[place].vhost, takenAt: 0, at: 0, timers: .absolute)
    var waiting = events
    var outbox = Outbox<VhostChart>()
    while !waiting.isEmpty {  // Ends when the chart rests: every way in it does.
      outbox.reset()
      guard (try? machine.send(waiting.removeFirst(), at: 0, into: &outbox)) != nil else { return }
      var answers: [VhostChart.Event] = []
      for index in 0..<outbox.count {
        if let answer = perform(outbox[index], &state, place) { answers.append(answer) }
      }
      waiting = answers + waiting
    }
    state.sides[place].vhost = machine.snapshot
  }

  /// What the driver and the kernel make of an effect.
  private func perform(
    _ effect: VhostChart.Effect, _ state: inout State, _ place: Int
  ) -> VhostChart.Event? {
    switch effect {
    case .open, .own, .map, .place, .start, .stop: break
    case .drop:
      state.sides[place].hasBackends = false
      return nil
    case .recover:
      state.sides[place].hasBackends = false
      // The used index, as the guest sees it.
      state.sides[place].next = state.position
      return nil
    case .answer, .warn: return nil
    }
    if effect == .start { start(&state, place) }
    if state.refuses {
      state.refuses = false
      return .refused(Refusal(.systemCall, code: Errno.noMemory))
    }
    switch effect {
    case .open: return .features(0x3_3d00_8000)
    case .stop:
      state.sides[place].hasBackends = false
      if mistake != .forgetsTheBases { state.sides[place].next = state.position }
      return .succeeded
    case .own, .map, .place, .start, .drop, .recover, .answer, .warn: return .succeeded
    }
  }

  /// The first ring runs, and moves something, before the second one may be refused.
  private func start(_ state: inout State, _ place: Int) {
    state.sides[place].hasBackends = true
    serve(&state, place)
  }

  /// Whoever has the rings of a side moves something.
  func serve(_ state: inout State, _ place: Int) {
    if state.sides[place].next != state.position, !isGoingOn(state, place) {
      state.isTorn = true
    }
    state.position = (state.position + 1) % 4
    // The kernel keeps its own count, which the process hears of when the rings are stopped.
    if !state.sides[place].hasBackends { state.sides[place].next = state.position }
  }

  /// The kernel has served it before, and knows where it stands.
  private func isGoingOn(_ state: State, _ place: Int) -> Bool {
    state.sides[place].hasBackends && state.sides[place].vhost.state == .running
  }

  // MARK: The steps

  /// A has a guest, and B waits for one.
  package var initial: State {
    var machine = Machine(table, memory: VhostChart.Memory())
    var outbox = Outbox<VhostChart>()
    _ = try? machine.start(at: 0, into: &outbox)
    let side = Side(vhost: machine.snapshot)
    var state = State(sides: [side, side])
    send(&state, 0, .open(isRequired: false), .own, .prepare)
    send(&state, 1, .open(isRequired: false))
    steer(&state, 0, isServing: true)
    return state
  }

  /// What the device does whenever its TAP or its guest has changed.
  func steer(_ state: inout State, _ place: Int, isServing: Bool) {
    state.sides[place].isServing = isServing
    if isServing { send(&state, place, .place, .run) } else { send(&state, place, .halt) }
  }

  /// Whether somebody may move something of a side's rings at any moment.
  func isServed(_ state: State, _ place: Int) -> Bool {
    let side = state.sides[place]
    return side.hasBackends || side.isAlive && side.isServing
  }

  package func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    for action in UInt16(0)..<17 {
      var next = state
      if take(action, &next) { step(action, next) }
    }
  }

  /// A call that is refused, if there are any left.
  func refuse(_ state: inout State) -> Bool {
    guard !state.refuses, state.refusals < refusalsMax else { return false }
    state.refusals += 1
    state.refuses = true
    return true
  }

  func mayOffer(_ state: State) -> Bool { state.handovers < handoversMax }

  // MARK: The verdict

  package func judge(_ state: State) -> Verdict {
    let (source, target) = (state.source, 1 - state.source)
    var verdict = Verdict()
    verdict.require(0, !(isServed(state, 0) && isServed(state, 1)))
    verdict.require(1, !state.isTorn)
    verdict.require(
      2, when: state.word == .offered || state.word == .taken,
      !isServed(state, source) && !isServed(state, target))
    verdict.require(
      3, when: state.word == .revoked && state.sides[source].isAlive, isServed(state, source))
    verdict.require(4, state.sides.allSatisfy { $0.isAlive || !$0.hasBackends })
    return verdict
  }

  package func isSettled(_ state: State) -> Bool { true }

  package func actor(of action: UInt16) -> Actor { .nobody(at: 0) }

  package func text(action: UInt16) -> String {
    let texts = [
      "inspects the offer", "stops the source", "gives the guest", "takes the guest",
      "runs the guest", "releases", "takes it back", "takes it back from the dead", "discards",
      "is the next source", "A is killed", "B is killed", "A's rings move", "B's rings move",
      "the guest breaks a ring", "the guest resets its device", "the kernel will refuse a call",
    ]
    return Int(action) < texts.count ? texts[Int(action)] : "\(action)"
  }

  package func text(state: State) -> String {
    let sides = state.sides.map { side in
      let who = side.hasBackends ? "kernel" : side.isServing ? "process" : "nobody"
      return "\(side.isAlive ? side.vhost.state.name : "dead") (\(who) at \(side.next))"
    }
    return "\(sides.joined(separator: " ")), word \(state.word), rings at \(state.position)"
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
