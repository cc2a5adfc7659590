import Foundation
import Testing

@testable import BatonCore

/// Charts of thousands of states: their tables, and machines that run on them.
@Suite(.timeLimit(.minutes(10)))
struct LargeChartTests {
  private typealias Size = LargeChart.Size

  @Test(arguments: [false, true])
  func `a chart of 5000 states and 500 kinds runs`(isNested: Bool) throws {
    let size = Size(states: 5000, kinds: 500, degree: isNested ? 56 : 8, isNested: isNested)
    try LargeChart.$size.withValue(size) {
      let table = try Table(LargeChart.self)
      #expect(!table.isDense)
      var machine = Machine(table, memory: .init())
      var outbox = Outbox<LargeChart>()
      try machine.start(at: 0, into: &outbox)
      var states: Set<LargeChart.State> = []
      for number in 0..<50_000 {
        let kind = LargeChart.Event.Kind(rawValue: UInt16(number * 7 % 500))
        let expected = expected(table.plan, machine.state, kind)
        let outcome = try machine.send(.init(kind: kind), at: 0, into: &outbox)
        #expect(outcome == (expected == nil ? .unexpected : .taken))
        if let expected { #expect(machine.state == expected) }
        states.insert(machine.state)
      }
      #expect(states.contains { $0.rawValue > 256 })
      #expect(machine.configuration.contains(machine.state))
    }
  }

  /// What the definition says, looked up there.
  private func expected(
    _ plan: Plan, _ leaf: LargeChart.State, _ kind: LargeChart.Event.Kind
  ) -> LargeChart.State? {
    for place in plan.lineage(of: Int(leaf.rawValue)) {
      for number in plan.states[place].transitions {
        let it = plan.transitions[number]
        guard it.trigger == .event(kind.rawValue) || it.trigger == .any else { continue }
        guard let target = it.targets.first else { return leaf }
        var place = Int(target)
        while let initial = plan.states[place].initial { place = Int(initial) }
        return .init(rawValue: UInt16(place))
      }
    }
    return nil
  }

  @Test(arguments: [false, true])
  func `a table takes time as its transitions are many`(isNested: Bool) {
    func cost(_ states: Int) -> Double {
      let size = Size(states: states, kinds: 200, degree: isNested ? 56 : 8, isNested: isNested)
      return LargeChart.$size.withValue(size) {
        let plan = Plan(LargeChart.definition)
        // The best of three: what else runs only adds.
        return (0..<3).map { _ in
          let begin = clock()
          #expect(plan.mistakes() == [])
          let table = Table<LargeChart>(plan)
          #expect(table.gaps.count > states && table.traps.isEmpty)
          return Double(clock() - begin)
        }.min() ?? 0
      }
    }
    // Sixteen times the states: quadratic work would take 256 times as long.
    let ratio = cost(4800) / cost(300)
    #expect(ratio < 64, "\(ratio)")
  }

  @Test func `the rows of a chart of the old limits lie by leaf and kind`() throws {
    try LargeChart.$size.withValue(Size(states: 250, kinds: 250, degree: 8, isNested: false)) {
      let table = try Table(LargeChart.self)
      #expect(table.isDense)
    }
  }

  @Test func `a saved machine of many states is restored`() throws {
    let size = Size(states: 3000, kinds: 300, degree: 8, isNested: false)
    try LargeChart.$size.withValue(size) {
      let table = try Table(LargeChart.self)
      var machine = Machine(table, memory: .init())
      var outbox = Outbox<LargeChart>()
      try machine.start(at: 0, into: &outbox)
      for number in 0..<5000 {
        let kind = LargeChart.Event.Kind(rawValue: UInt16(number % 300))
        try machine.send(.init(kind: kind), at: 0, into: &outbox)
      }
      let saved = machine.saved(at: 0)
      var other = Machine(table, memory: .init())
      try other.restore(saved: saved.span.bytes, at: 0, timers: .absolute)
      #expect(other.snapshot == machine.snapshot && other.state.rawValue > 255)
    }
  }

  @Test func `more states or kinds than the limits allow are a mistake`() {
    func mistakes(_ states: Int, _ kinds: Int) -> [Mistake] {
      var counts = Plan.Counts()
      (counts.states, counts.kinds) = (states, kinds)
      return Plan(initial: 0, counts: counts).mistakes()
    }
    #expect(mistakes(Limits.states + 1, 1).contains(.tooLarge("states")))
    #expect(!mistakes(Limits.states, 1).contains(.tooLarge("states")))
    #expect(mistakes(1, Limits.kinds + 1).contains(.tooLarge("events")))
  }
}
