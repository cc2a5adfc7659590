import Testing

@testable import BatonProof
@testable import BatonTesting

@Suite(.timeLimit(.minutes(10))) struct SymmetryTests {
  /// The same steps with the managers in another order.
  private static func permuted(
    _ state: TwoPhaseCommit.State, _ order: [Int], _ managers: Int
  ) -> UInt64 {
    var bits = (state.bits >> UInt64(4 * managers + 2)) << UInt64(4 * managers + 2)
    bits |= state.bits & (3 << UInt64(2 * managers))
    for (new, old) in order.enumerated() {
      bits |= (state.bits >> UInt64(2 * old) & 3) << UInt64(2 * new)
      for base in [2 * managers + 2, 3 * managers + 2] {
        bits |= (state.bits >> UInt64(base + old) & 1) << UInt64(base + new)
      }
    }
    return bits
  }

  private static func orders(_ count: Int) -> [[Int]] {
    guard count > 0 else { return [[]] }
    return orders(count - 1).flatMap { order in
      (0...order.count).map { place in
        var order = order
        order.insert(count - 1, at: place)
        return order
      }
    }
  }

  /// As many as there are classes of the whole graph's states, counted without the model's help.
  @Test(arguments: [1, 2, 3, 4, 5]) func `as many states as there are classes`(
    managers: Int
  ) throws {
    let whole = Explorer(TwoPhaseCommit(managers: managers))
    let all = try whole.run().states
    let orders = Self.orders(managers)
    let classes = Set(
      (0..<all).map { number in
        orders.map { Self.permuted(whole.store[number], $0, managers) }.min() ?? 0
      })
    let few = try TwoPhaseCommit(managers: managers, isSymmetric: true).explored()
    #expect(few.states == classes.count && few.violations.isEmpty)
    #expect(few.properties.map(\.name) == ["no manager commits while another aborts"])
    #expect(managers < 2 || few.states < all)
  }

  @Test func `a way is one of the model, not of its representatives`() throws {
    let model = TwoPhaseCommit(managers: 3, mistake: .earlyCommit, isSymmetric: true)
    let violation = try #require(try model.explored().violations.first)
    let plain = TwoPhaseCommit(managers: 3, mistake: .earlyCommit)
    #expect(violation.steps.count == (try plain.explored().violations.first?.steps.count))
    // Each step is one that the model can take from where the last one led.
    var here = plain.initial
    for step in violation.steps.dropFirst() {
      var next: TwoPhaseCommit.State?
      plain.expand(here) { action, state in
        if plain.text(action: action) == step.action { next = state }
      }
      here = try #require(next)
      #expect(plain.text(state: here) == step.state)
    }
    #expect(plain.judge(here).broken != 0)
  }

  @Test func `states that are not the same are no symmetry`() throws {
    /// Two counters of which only the first may go on behind the second.
    struct Pair: Model {
      struct State: BitwiseCopyable, Sendable { var one: UInt64, other: UInt64 }
      var name: String { "pair" }
      var initial: State { State(one: 0, other: 0) }
      var properties: [String] { [] }
      var isSymmetric: Bool { true }
      func representative(of state: State) -> State {
        State(one: min(state.one, state.other), other: max(state.one, state.other))
      }
      func expand(_ state: State, _ step: (UInt16, State) -> Void) {
        if state.one < 3 { step(0, State(one: state.one + 1, other: state.other)) }
        if state.other < state.one { step(1, State(one: state.one, other: state.other + 1)) }
      }
      func judge(_ state: State) -> Verdict { Verdict() }
      func isSettled(_ state: State) -> Bool { true }
      func text(action: UInt16) -> String { "\(action)" }
      func text(state: State) -> String { "\(state.one) \(state.other)" }
    }
    let names = try Explorer(Pair()).run().violations.map(\.name)
    #expect(names == ["states that are one but for names take the same steps"])
  }

  @Test func `a representative that does not stand for itself is told`() throws {
    struct Flip: Model {
      struct State: BitwiseCopyable, Sendable { var place: UInt64 }
      var name: String { "flip" }
      var initial: State { State(place: 0) }
      var properties: [String] { [] }
      var isSymmetric: Bool { true }
      func representative(of state: State) -> State { State(place: 1 - state.place) }
      func expand(_ state: State, _ step: (UInt16, State) -> Void) { step(0, state) }
      func judge(_ state: State) -> Verdict { Verdict() }
      func isSettled(_ state: State) -> Bool { true }
      func text(action: UInt16) -> String { "stay" }
      func text(state: State) -> String { "\(state.place)" }
    }
    let names = try Explorer(Flip()).run().violations.map(\.name)
    #expect(names == ["a representative stands for itself"])
  }
}
