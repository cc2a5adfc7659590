package import BatonTesting

/// Two-phase commit once more, with states as ordinary Swift values: what the fallback over
/// anything that can be hashed costs.
package struct TwoPhaseCommitValues: ValueModel, Sendable {
  /// An array, and what the coordinator knows.
  package struct State: Hashable {
    var managers: [UInt8]
    var coordinator: UInt8
    var rest: UInt64
  }

  private let flat: TwoPhaseCommit
  private var place: UInt64 { UInt64(2 * flat.managers) }

  package init(managers: Int) { flat = TwoPhaseCommit(managers: managers) }

  private func packed(_ state: State) -> TwoPhaseCommit.State {
    var bits = UInt64(state.coordinator) << place | state.rest << (place + 2)
    for (index, manager) in state.managers.enumerated() {
      bits |= UInt64(manager) << UInt64(2 * index)
    }
    return TwoPhaseCommit.State(bits: bits)
  }

  private func value(_ state: TwoPhaseCommit.State) -> State {
    State(
      managers: (0..<flat.managers).map { UInt8(state.bits >> UInt64(2 * $0) & 3) },
      coordinator: UInt8(state.bits >> place & 3), rest: state.bits >> (place + 2))
  }

  package var name: String { flat.name }
  package var initial: State { value(flat.initial) }
  package var properties: [String] { flat.properties }
  package var processes: [String] { flat.processes }

  package func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    flat.expand(packed(state)) { step($0, value($1)) }
  }

  package func judge(_ state: State) -> Verdict { flat.judge(packed(state)) }
  package func isSettled(_ state: State) -> Bool { flat.isSettled(packed(state)) }
  package func actor(of action: UInt16) -> Actor { flat.actor(of: action) }
  package func text(action: UInt16) -> String { flat.text(action: action) }
  package func text(state: State) -> String { flat.text(state: packed(state)) }

  package func explored(workers: Int? = nil) throws(ExplorationError) -> Exploration {
    var explorer = Explorer(self)
    explorer.findsLivelocks = false
    return try explorer.run(workers: workers)
  }
}
