package import BatonCore
package import BatonRelay
package import BatonTesting

/// A relay between two QEMUs: the very chart, all orders of what QEMUs do and say, and the deaths
/// of all three.
///
/// What is asked of a QEMU is carried out later, and its answer is heard later still: by then it
/// may not be so any more. A QEMU that hangs answers nothing for a while; only then, delays longer
/// than that between two questions run out. A relay that was killed is started again at last.
package struct RelayModel: ValueModel, Sendable {
  /// A mistake that the explorer has to find.
  package enum Mistake: String, CaseIterable, Sendable {
    /// The source is continued before the target has been ended.
    case eagerSource
    /// A relay that begins again does not ask where the guest is.
    case forgetfulRelay
  }

  /// How often what may go wrong does.
  package struct Budgets: Sendable {
    package var deaths: UInt8 = 1
    package var hangs: UInt8 = 0
    package var relayDeaths: UInt8 = 1
    package var wishes: UInt8 = 1
    /// Loads that fail, machines that differ, refusals.
    package var failures: UInt8 = 1

    package init() {}
  }

  /// One QEMU.
  package struct Qemu: Hashable {
    package var run = RunState.running
    package var stage = MigrationStage.none
    package var isThere = true
    package var hangs = false
    /// The target has loaded everything, and has said so.
    package var hasLoaded = false
    /// The target waits at the channel.
    package var listens = false
    /// What was asked of it and it has not carried out.
    package var asked: [RelayChart.Effect] = []
  }

  /// Everything in which two worlds can differ.
  package struct State: Hashable {
    package var relay: Snapshot<RelayChart>?
    /// What the relay will hear, in this order.
    package var heard: [RelayChart.Event] = []
    package var source = Qemu()
    package var target = Qemu()
    package var deaths: UInt8 = 0
    package var hangs: UInt8 = 0
    package var relayDeaths: UInt8 = 0
    package var wishes: UInt8 = 0
    package var failures: UInt8 = 0
    /// The target has run the guest.
    package var hasMoved = false
    /// What a relay that was killed has written down of the guest.
    package var wasPaused = false
  }

  let budgets: Budgets
  /// What the guest does where it is: it runs, or was paused by its user.
  let guest: RunState
  let mistake: Mistake?

  /// The relay and its world.
  package init(
    _ budgets: Budgets = Budgets(), isPaused: Bool = false, mistake: Mistake? = nil
  ) {
    self.budgets = budgets
    guest = isPaused ? .paused : .running
    self.mistake = mistake
  }

  /// Walks all states; specialised for this model, in the room where it is.
  package func explored(
    workers: Int? = nil, progress: ((Int, Int) -> Void)? = nil
  ) throws(ExplorationError) -> Exploration {
    var explorer = Explorer(self)
    explorer.findsLivelocks = false
    explorer.progress = progress
    return try explorer.run(workers: workers)
  }

  package var name: String { "relay" }
  package var processes: [String] { ["relay", "source", "target"] }

  package var properties: [String] {
    [
      "the guest never runs in both",
      "a relay that is done leaves it at the target, and the source stands still",
      "a relay that says that the source has the guest is right, unless the source has died",
      "a relay calls the guest lost only when a QEMU has died",
      "when all is settled and no QEMU has died or hangs, somebody runs the guest",
      "a guest that was paused does not run",
    ]
  }

  package var initial: State {
    var state = State()
    state.source.run = guest
    state.target.isThere = false
    begin(&state)
    return state
  }

  package func judge(_ state: State) -> Verdict {
    var verdict = Verdict()
    let (here, there) = (state.source.hasGuest, state.target.hasGuest)
    verdict.require(0, !(here && there))
    let leaf = state.relay?.state
    verdict.require(1, when: leaf == .done, !here && state.hasMoved)
    let saysSource = leaf == .failed && state.relay?.memory.place == .source
    // What it has sent of a guest that was paused it still has: nowhere has that one run.
    let standsStill = guest == .paused && state.source.run == .postmigrate
    verdict.require(2, when: saysSource && state.source.isThere, here || standsStill)
    verdict.require(3, when: leaf == .lost, state.deaths > 0)
    let isWhole = state.deaths == 0 && state.hangs == 0
    verdict.require(4, when: isSettled(state) && isWhole, here || there)
    let runs = [state.source, state.target].contains { $0.isThere && $0.run == .running }
    verdict.require(5, when: guest == .paused, !runs)
    return verdict
  }

  /// The relay has ended, or will not be started again, and both QEMUs are at rest.
  package func isSettled(_ state: State) -> Bool {
    switch state.relay?.state {
    case .done, .failed, .lost: return !moves(state)
    // It is started again at last.
    case nil: return false
    case _: return state.source.hangs || state.target.hangs
    }
  }

  /// Whether a QEMU will do something by itself.
  private func moves(_ state: State) -> Bool {
    var isMoving = false
    expandQemus(state) { _, _ in isMoving = true }
    return isMoving
  }

  package func actor(of action: UInt16) -> Actor {
    switch action {
    case 0...1: Actor(process: 0, fairness: UInt8(action))
    case 31: Actor(process: 0, fairness: 31)
    case 2...9: Actor(process: 1, fairness: UInt8(action))
    case 10...19: Actor(process: 2, fairness: UInt8(action))
    case 46: Actor(process: 0, fairness: 46)
    case 40, 42, 44: .nobody(at: 1)
    case 41, 43, 45, 20, 21, 22: .nobody(at: 2)
    case _: .nobody(at: 0)
    }
  }

  package func text(action: UInt16) -> String {
    let texts: [UInt16: String] = [
      0: "hears what was said", 1: "asks again", 46: "waits no longer",
      2: "carries out what was asked",
      3: "sends memory", 4: "stops the guest", 5: "knows that all has arrived",
      6: "sees that the migration has failed", 10: "carries out what was asked",
      11: "loads everything", 12: "runs the guest", 13: "ends, since nothing comes",
      20: "cannot load", 21: "differs", 22: "refuses the preparation",
      30: "killed", 31: "started again", 32: "told to quit", 40: "killed", 41: "killed",
      42: "hangs", 43: "hangs", 44: "goes on", 45: "goes on",
    ]
    return texts[action] ?? "action \(action)"
  }

  package func text(state: State) -> String {
    let relay = state.relay.map { "\($0.state)" } ?? "killed"
    return "relay \(relay), source \(state.source.text), target \(state.target.text)"
  }

  package func leaves(of state: State) -> [String: String] {
    state.relay.map { ["Relay": $0.state.name] } ?? [:]
  }
}

extension RelayModel.Qemu {
  /// Whether the guest is here, and runs or would.
  var hasGuest: Bool { isThere && run.hasGuest }

  /// What it says of itself.
  var seen: Seen { Seen(run, stage) }

  var text: String {
    isThere ? "\(run.name) (\(stage.name))\(hangs ? ", hangs" : "")" : "gone"
  }
}
