package import BatonTesting

/// Two-phase commit of Gray and Lamport ("Consensus on Transaction Commit", 2006): the model that
/// explorers are compared with.
///
/// A state is one word: two bits for each resource manager, then the transaction manager's state,
/// whom it knows to be prepared, who has said so, and whether commit and abort were sent.
package struct TwoPhaseCommit: Model, Sendable {
  package struct State: BitwiseCopyable, Sendable {
    var bits: UInt64
  }

  /// A mistake that the explorer has to find.
  package enum Mistake: String, CaseIterable, Sendable {
    /// The transaction manager commits before all are prepared.
    case earlyCommit
  }

  /// The most resource managers that a word has room for.
  package static let managersMax = 14

  /// How many resource managers there are, 1 to ``managersMax``.
  package let managers: Int
  let mistake: Mistake?
  /// Whether states that differ in the managers' numbers only are one.
  package let isSymmetric: Bool

  /// The protocol, or with a mistake in it.
  package init(managers: Int, mistake: Mistake? = nil, isSymmetric: Bool = false) {
    precondition(1...Self.managersMax ~= managers, "1 to \(Self.managersMax) managers")
    self.managers = managers
    self.mistake = mistake
    self.isSymmetric = isSymmetric
  }

  /// Walks all states; specialised for this model, in the room where it is.
  package func explored(
    findsLivelocks: Bool = true, workers: Int? = nil, progress: ((Int, Int) -> Void)? = nil
  ) throws(ExplorationError) -> Exploration {
    var explorer = Explorer(self)
    explorer.findsLivelocks = findsLivelocks
    explorer.progress = progress
    return try explorer.run(workers: workers)
  }

  // Resource managers: working 0, prepared 1, committed 2, aborted 3.
  // The transaction manager: at work 0, committed 1, aborted 2.
  private var coordinator: UInt64 { UInt64(2 * managers) }
  private var known: UInt64 { coordinator + 2 }
  private var said: UInt64 { known + UInt64(managers) }
  private var commit: UInt64 { said + UInt64(managers) }
  private var abort: UInt64 { commit + 1 }

  /// With its number of managers.
  package var name: String { "two-phase-commit" }

  /// All are at work.
  package var initial: State { State(bits: 0) }

  /// The steps of all managers, in the order of the specification.
  package func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    let bits = state.bits
    if bits >> coordinator & 3 == 0 {
      let all: UInt64 = (1 << UInt64(managers)) - 1
      if bits >> known & all == all || mistake == .earlyCommit {
        step(0, State(bits: bits | 1 << coordinator | 1 << commit))
      }
      step(1, State(bits: bits | 2 << coordinator | 1 << abort))
      for manager in 0..<UInt64(managers) where bits >> (said + manager) & 1 == 1 {
        step(UInt16(16 + manager), State(bits: bits | 1 << (known + manager)))
      }
    }
    for manager in 0..<UInt64(managers) {
      let place = 2 * manager
      let rest = bits & ~(3 << place)
      if bits >> place & 3 == 0 {
        step(
          UInt16(32 + manager), State(bits: rest | 1 << place | 1 << (said + manager)))
        step(UInt16(48 + manager), State(bits: rest | 3 << place))
      }
      if bits >> commit & 1 == 1 { step(UInt16(64 + manager), State(bits: rest | 2 << place)) }
      if bits >> abort & 1 == 1 { step(UInt16(80 + manager), State(bits: rest | 3 << place)) }
    }
  }

  /// Gray and Lamport's TCConsistent.
  package var properties: [String] { ["no manager commits while another aborts"] }

  /// One column each.
  package var processes: [String] { (1...managers).map { "manager \($0)" } + ["coordinator"] }

  /// No manager has committed while another has aborted.
  package func judge(_ state: State) -> Verdict {
    var verdict = Verdict()
    verdict.require(0, !(has(2, state) && has(3, state)))
    return verdict
  }

  /// All have committed or aborted.
  package func isSettled(_ state: State) -> Bool { !has(0, state) && !has(1, state) }

  /// A decision is carried out.
  package var responses: [String] {
    isSymmetric ? [] : ["what is decided leads to an end of every manager"]
  }

  /// The coordinator has decided, and all have committed or aborted.
  package func respond(_ state: State) -> Responses {
    var responses = Responses()
    responses.lead(0, from: state.bits >> coordinator & 3 != 0, to: isSettled(state))
    return responses
  }

  /// The managers in the order of what is known of them.
  package func representative(of state: State) -> State {
    let places = 0..<UInt64(managers)
    let sorted = places.map { place in
      state.bits >> (2 * place) & 3 | (state.bits >> (known + place) & 1) << 2
        | (state.bits >> (said + place) & 1) << 3
    }.sorted()
    let flags: UInt64 = (1 << UInt64(managers)) - 1
    let states: UInt64 = (1 << UInt64(2 * managers)) - 1
    let rest = state.bits & ~(states | (flags << known) | (flags << said))
    return State(
      bits: zip(places, sorted).reduce(rest) { bits, manager in
        let (place, value) = manager
        return bits | (value & 3) << (2 * place) | (value >> 2 & 1) << (known + place)
          | (value >> 3) << (said + place)
      })
  }

  private func has(_ value: UInt64, _ state: State) -> Bool {
    for manager in 0..<UInt64(managers) where state.bits >> (2 * manager) & 3 == value {
      return true
    }
    return false
  }

  /// Each manager hears at last what was sent, and the coordinator decides at last.
  package func actor(of action: UInt16) -> Actor {
    let manager = UInt8(action % 16)
    switch action / 16 {
    case 0: return Actor(process: UInt8(managers), fairness: 0)
    case 1: return Actor(process: UInt8(managers), fairness: 1 + manager)
    case 2, 3: return Actor(process: manager, fairness: 16 + manager)
    case 4: return Actor(process: manager, fairness: 32 + manager)
    case _: return Actor(process: manager, fairness: 48 + manager)
    }
  }

  package func text(action: UInt16) -> String {
    let manager = action % 16 + 1
    switch action / 16 {
    case 0: return action == 0 ? "coordinator commits" : "coordinator aborts"
    case 1: return "coordinator hears that \(manager) is prepared"
    case 2: return "\(manager) prepares"
    case 3: return "\(manager) aborts by itself"
    case 4: return "\(manager) hears commit"
    case _: return "\(manager) hears abort"
    }
  }

  /// The managers, then the coordinator.
  package func text(state: State) -> String {
    let names = ["working", "prepared", "committed", "aborted"]
    let managers = (0..<UInt64(managers)).map { names[Int(state.bits >> (2 * $0) & 3)] }
    let coordinator = ["at work", "committed", "aborted"][Int(state.bits >> coordinator & 3)]
    return managers.joined(separator: " ") + ", coordinator \(coordinator)"
  }
}
