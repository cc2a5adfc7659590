import BatonTesting
import CBaton
import Testing

@testable import BatonEmbed

/// Tables of random numbers: each is a chart or has mistakes, and what runs stays legal.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ChartFuzzTests {
  /// A sequence of numbers that is the same in every run.
  struct Dice {
    var state: UInt64

    mutating func below(_ limit: UInt32) -> UInt32 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt32(truncatingIfNeeded: state >> 33) % max(1, limit)
    }

    /// A number of one of so many rows, mostly; sometimes one that is none.
    mutating func number(of count: Int) -> UInt32 {
      switch below(200) {
      case 0: UInt32(count) + below(3)
      case 1: 0x7FFF_FFF0 + below(32)
      case 2: .max - below(2)
      case _: below(UInt32(count))
      }
    }

    mutating func numbers(of count: Int) -> [UInt32] {
      count < 2 ? [] : (0..<below(3)).map { _ in max(1, number(of: count)) }
    }
  }

  private func blueprint(_ dice: inout Dice) -> Blueprint {
    let chart = Blueprint()
    let count = Int(2 + dice.below(7))
    (chart.events, chart.guards) = (["e1", "e2", "e3"], ["g1", "g2"])
    (chart.actions, chart.delays) = (["a1", "a2"], [("d1", 0)])
    chart.conditions = ["g1 && !g2", dice.below(20) == 0 ? "g1 and and" : "!(g1 || g2)"]
    for row in 0..<count {
      var state = Blueprint.State(name: dice.below(300) == 0 ? nil : "s\(row)")
      // Mostly a state of those before, so that trees come out.
      state.parent = row == 0 || dice.below(2) == 0 ? 0 : dice.number(of: row)
      state.kind = row == 0 ? 0 : [0, 0, 0, 0, 1, 1, 2, 3, 4, dice.below(9)][Int(dice.below(10))]
      if row > 0, state.kind < 3 { state.entry = dice.numbers(of: 3) }
      if row > 0, dice.below(4) == 0 { state.deferred = dice.numbers(of: 4) }
      chart.states.append(state)
    }
    // The first child of each, mostly.
    for row in 0..<count where chart.states[row].kind == 0 {
      let child = chart.states.indices.dropFirst().first { chart.states[$0].parent == row }
      chart.states[row].initial =
        dice.below(20) == 0 ? dice.number(of: count) : UInt32(child ?? 0)
    }
    for _ in 0..<(3 + dice.below(12)) { chart.transitions.append(transition(&dice, count)) }
    // A history state has one transition, without a trigger.
    for row in 1..<count where chart.states[row].kind == 3 || chart.states[row].kind == 4 {
      chart.transitions.removeAll { $0.source == row }
      chart.transitions.append(.init(source: UInt32(row), targets: [dice.number(of: count)]))
    }
    return chart
  }

  private func transition(_ dice: inout Dice, _ count: Int) -> Blueprint.Transition {
    var transition = Blueprint.Transition(source: max(1, dice.number(of: count)))
    switch dice.below(10) {
    case 0: transition.delay = dice.number(of: 2)
    case 1: transition.event = UInt32(BATON_DONE)
    case 2: transition.event = UInt32(BATON_ANY)
    case 3: transition.guard = 1
    case _: transition.event = max(1, dice.number(of: 4))
    }
    switch dice.below(6) {
    case 0, 1: transition.unless = dice.number(of: 3)
    case 2: transition.guard = UInt32(HostSymbol.firstCondition) &+ dice.number(of: 3)
    case _: break
    }
    transition.actions = dice.numbers(of: 3)
    transition.targets = dice.numbers(of: count)
    if dice.below(3) > 0 { transition.targets = Array(transition.targets.prefix(1)) }
    transition.isInternal = dice.below(2)
    return transition
  }

  /// What is of no use is a mistake, and random charts are full of it: gives each a use, and takes
  /// away what is never taken. False when something else is wrong.
  private func repair(_ chart: Blueprint, _ mistakes: [baton_mistake]) -> Bool {
    let home = chart.states[0].initial
    func react(guard: UInt32 = 0, actions: [UInt32] = [], targets: [UInt32] = []) {
      chart.events.append("e\(chart.events.count + 1)")
      chart.transitions.append(
        .init(
          source: home, event: UInt32(chart.events.count), guard: `guard`, actions: actions,
          targets: targets))
    }
    for mistake in mistakes {
      switch mistake.code {
      case 16, 17:
        chart.states[Int(mistake.state)].initial = UInt32(
          chart.states.indices.dropFirst().first { chart.states[$0].parent == mistake.state } ?? 0)
      case 19: chart.transitions.removeAll { $0.source == mistake.state }
      case 21: chart.transitions.removeAll { $0.source == mistake.state && $0.event == 0 }
      case 26:
        chart.transitions.removeAll {
          $0.source == mistake.state && $0.event == UInt32(BATON_DONE)
        }
      case 28, 29, 31: chart.states[Int(mistake.state)].kind = 0
      case 30:
        for row in chart.transitions.indices where chart.transitions[row].source == mistake.state {
          chart.transitions[row].targets = Array(chart.transitions[row].targets.prefix(1))
        }
      case 18, 32: react(targets: [mistake.state])
      case 20, 27:
        chart.transitions.removeAll { it in
          let event = it.event > 0x7000_0000 ? 0 : it.event
          return it.source == mistake.state && event == mistake.number
        }
      case 22: react(guard: mistake.number)
      case 23: react(actions: [mistake.number])
      case 24: chart.transitions.append(.init(source: home, delay: 1))
      case 25: chart.transitions.append(.init(source: home, event: mistake.number))
      case _: return false
      }
    }
    return true
  }

  @Test func `any numbers make a chart that runs, or mistakes`() throws {
    var (built, codes): (Int, Set<Int32>) = (0, [])
    var loop: OpaquePointer?
    try #require(baton_loop_create(&loop, nil) == 0)
    for seed in UInt64(1)...6_000 {
      var dice = Dice(state: seed)
      let chart = blueprint(&dice)
      var it = chart.build(on: loop)
      codes.formUnion(it.codes)
      for _ in 0..<8 where it.answer == -1 && repair(chart, it.mistakes) {
        it = chart.build(on: loop)
      }
      #expect((it.answer == 0) == it.mistakes.isEmpty)
      guard it.answer == 0 else { continue }
      built += 1
      try walk(it.chart, loop, events: UInt32(chart.events.count), &dice)
      #expect(baton_chart_destroy(it.chart) == 0)
    }
    #expect(baton_loop_destroy(loop) == 0)
    #expect(built > 400, "\(built)")
    #expect(codes.count > 18, "\(codes.sorted())")
  }

  /// Random events with random guards; a state that was saved is the same when it is restored.
  private func walk(
    _ chart: OpaquePointer?, _ loop: OpaquePointer?, events: UInt32, _ dice: inout Dice
  ) throws {
    let (log, other) = (Log(), Log())
    var (machine, twin): (OpaquePointer?, OpaquePointer?)
    #expect(baton_machine_create(chart, nil, nil, log.context, &machine) == 0)
    #expect(baton_machine_create(chart, nil, nil, other.context, &twin) == 0)
    let begun = baton_machine_start(machine, nil)
    #expect(begun == 0 || begun == -1)
    for _ in 0..<20 {
      log.holds = (0..<4).map { _ in dice.below(2) == 0 }
      other.holds = log.holds
      let saved = ChartStateTests.save(machine)
      #expect(baton_machine_restore(twin, saved, saved.count, 0, nil) == 0)
      #expect(ChartTests.configuration(twin) == ChartTests.configuration(machine))
      let event = 1 + dice.below(events)
      (log.lines, other.lines) = ([], [])
      #expect(ChartTests.send(machine, event) == ChartTests.send(twin, event))
      #expect(log.lines == other.lines)
      #expect(ChartTests.configuration(twin) == ChartTests.configuration(machine))
      _ = baton_loop_turn(loop, 0)
    }
    #expect(ChartTests.draw(chart, "mermaid").hasPrefix("---"))
    #expect(baton_machine_destroy(machine) == 0 && baton_machine_destroy(twin) == 0)
  }
}
