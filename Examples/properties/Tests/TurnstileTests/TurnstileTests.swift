// Property tests of a chart, in a package of one's own: every state is walked, random runs are
// shrunk to the shortest that fails, and mutants say whether the properties would notice a mistake.

import BatonCore
import BatonTesting
import Testing
import Turnstile

@Suite(.timeLimit(.minutes(5))) struct TurnstileTests {
  private var test: ChartTest<Turnstile> {
    var test = ChartTest(Turnstile.self, memory: .init(), events: Turnstile.Event.allCases)
    test.invariants = [
      ("who has paid gets through", { ($0.state == .open) == ($0.memory.coins > 0) }),
      ("at most three coins ahead", { 0...Turnstile.coinsMax ~= $0.memory.coins }),
    ]
    return test
  }

  @Test func `holds in every state, and every line is used`() throws {
    let all = try test.explore(requiresAll: true)
    #expect(all.exploration.states > 3)
  }

  @Test func `holds on random ways`() throws { try test.check() }

  @Test func `a turnstile that forgets to take the coin is found, by the shortest way`() throws {
    var broken = test
    broken.invariants.append(("nobody ever pays", { $0.memory.coins == 0 }))
    let failure = try #require(throws: ChartFailure.self) { try broken.explore() }
    #expect("\(failure)".contains("coin: open"))
  }

  @Test func `the gate is moved when it must be`() throws { try walkThrough(Table(Turnstile.self)) }

  @Test func `mutants are noticed`() throws {
    let report = try test.mutate(also: walkThrough)
    #expect(report.score > 0.9, "\(report.text)")
  }

  /// What properties of states do not say: where each event leads, and what the gate is told.
  private func walkThrough(_ table: Table<Turnstile>) throws {
    let loop = VirtualLoop(kernel: Kernel())
    let gate = Gate(loop, table, memory: .init(), number: 0, observer: nil)
    gate.start()
    for event in [.coin, .coin, .coin, .coin, .push, .push, .push, .push] as [Turnstile.Event] {
      gate.send(event)
    }
    try gate.expect(.locked, [.unlock, .giveBack, .lock])
    for event in [.alarm, .push, .coin] as [Turnstile.Event] { gate.send(event) }
    try gate.expect(.blocked, [.giveBack])
    gate.send(.reset)
    gate.send(.coin)
    try gate.expect(.open, [.unlock])
    loop.advance(by: 30_000_000_000)
    try gate.expect(.locked, [.lock])
    for event in [.coin, .alarm] as [Turnstile.Event] { gate.send(event) }
    try gate.expect(.blocked, [.unlock, .lock])
  }
}

/// Notes what the gate is told.
private final class Gate: Driver<Turnstile> {
  private var told: [Turnstile.Effect] = []

  override func perform(_ effect: Turnstile.Effect) { told.append(effect) }

  /// Compares, and forgets what was told.
  func expect(_ state: Turnstile.State, _ effects: [Turnstile.Effect]) throws {
    defer { told = [] }
    guard self.state == state, told == effects else {
      throw Difference(text: "\(self.state) \(told) instead of \(state) \(effects)")
    }
  }

  struct Difference: Error { let text: String }
}
