import BatonTesting

/// Counters that go round by themselves: many states, next to no work for each.
struct Counters: Model, Sendable {
  struct State: BitwiseCopyable, Sendable {
    var bytes: UInt64
  }

  /// How many there are, up to eight, of nine values each.
  let count: UInt64
  var name: String { "counters" }
  var initial: State { State(bytes: 0) }
  var properties: [String] { ["no counter is above eight"] }

  func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    for place in 0..<count {
      let value = state.bytes >> (8 * place) & 255
      let rest = state.bytes & ~(255 << (8 * place))
      step(UInt16(place), State(bytes: rest | (value == 8 ? 0 : value + 1) << (8 * place)))
    }
  }

  func judge(_ state: State) -> Verdict {
    var verdict = Verdict()
    verdict.require(0, state.bytes & 0xF0F0_F0F0_F0F0_F0F0 == 0)
    return verdict
  }

  func isSettled(_ state: State) -> Bool { true }
  func text(action: UInt16) -> String { "\(action)" }
  func text(state: State) -> String { String(state.bytes, radix: 16) }
}

/// The same counters as values.
struct CounterValues: ValueModel, Sendable {
  let count: Int
  var name: String { "counters as values" }
  var initial: [UInt8] { Array(repeating: 0, count: count) }
  var properties: [String] { ["no counter is above eight"] }

  func expand(_ state: [UInt8], _ step: (UInt16, [UInt8]) -> Void) {
    for place in state.indices {
      var next = state
      next[place] = state[place] == 8 ? 0 : state[place] + 1
      step(UInt16(place), next)
    }
  }

  func judge(_ state: [UInt8]) -> Verdict {
    var verdict = Verdict()
    verdict.require(0, state.allSatisfy { $0 <= 8 })
    return verdict
  }

  func isSettled(_ state: [UInt8]) -> Bool { true }
  func text(action: UInt16) -> String { "\(action)" }
  func text(state: [UInt8]) -> String { "\(state)" }
}
