import BatonCore
import Testing

@testable import BatonTesting

/// A chart whose guards are combined, in every tool that tests charts.
@Suite(.timeLimit(.minutes(10))) struct CombinedGuardTests {
  /// Lets somebody in who has a key and finds it open, or who is expected.
  enum Porch: Chart {
    enum State: UInt8, Symbol { case outside, inside }
    enum Event: UInt8, Symbol, Message { case key, bolt, invite, enter, leave }
    enum Guard: UInt8, Symbol { case hasKey, isBolted, isExpected }
    enum Action: UInt8, Symbol { case takeKey, turnBolt, expect, forget }
    struct Memory: Hashable {
      var hasKey = false
      var isBolted = false
      var isExpected = false
    }

    static let name: StaticString = "Porch"
    static var definition: Definition<Self> {
      chart(initial: .outside) {
        state(.outside) {
          on(.enter, if: .hasKey && !.isBolted || .isExpected, do: .forget, to: .inside)
          on(.enter)
          on(.key, do: .takeKey)
          on(.bolt, do: .turnBolt)
          on(.invite, do: .expect)
          ignore(.leave)
        }
        state(.inside) {
          on(.leave, to: .outside)
          ignore(.key, .bolt, .invite, .enter)
        }
      }
    }
    static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
      switch `guard` {
      case .hasKey: memory.hasKey
      case .isBolted: memory.isBolted
      case .isExpected: memory.isExpected
      }
    }
    static func run(
      _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
    ) {
      switch action {
      case .takeKey: memory.hasKey = true
      case .turnBolt: memory.isBolted.toggle()
      case .expect: memory.isExpected = true
      case .forget: memory.isExpected = false
      }
    }
  }

  private var test: ChartTest<Porch> {
    var test = ChartTest(Porch.self, memory: .init(), events: Porch.Event.allCases)
    test.invariants = [("a bolt holds", { $0.state == .outside || !$0.memory.isBolted })]
    return test
  }

  @Test func `an invariant that a condition breaks is found by the shortest way`() throws {
    let failure = try #require(throws: ChartFailure.self) { try test.explore() }
    // Who is expected comes in though it is bolted.
    #expect(failure.description.contains("a bolt holds"))
    #expect(failure.violation?.steps.count == 4)
  }

  @Test func `all answers of all guards are covered`() throws {
    var test = test
    test.invariants = []
    let all = try test.explore(requiresAll: true)
    #expect(all.coverage.report.guards.count == 3)
    #expect(all.exploration.states == 12)
  }

  @Test func `each part of a condition is broken`() {
    let all = Mutant<Porch>.all(of: Table<Porch>.trusted()).map { "\($0.mutation)" }
    let line = "outside enter [hasKey && !isBolted || isExpected] → inside"
    for mutation in [
      "negateGuard: \(line)", "dropGuard: \(line)",
      "swapConnective: \(line), to [hasKey && !isBolted && isExpected]",
      "swapConnective: \(line), to [hasKey || !isBolted || isExpected]",
      "dropTerm: \(line), to [isExpected]", "dropTerm: \(line), to [hasKey && !isBolted]",
      "dropTerm: \(line), to [!isBolted || isExpected]",
      "dropTerm: \(line), to [hasKey || isExpected]",
      "negateTerm: \(line), to [!hasKey && !isBolted || isExpected]",
      "negateTerm: \(line), to [hasKey && isBolted || isExpected]",
      "negateTerm: \(line), to [hasKey && !isBolted || !isExpected]",
    ] { #expect(all.contains(mutation), "\(mutation) of \(all)") }
    #expect(Set(all).count == all.count)
  }

  @Test func `mutants of a condition are found by what must hold`() throws {
    var test = test
    test.invariants = []
    let report = try test.mutate { table in
      for answers in 0..<8 as Range<UInt8> {
        let memory = Porch.Memory(
          hasKey: answers & 1 != 0, isBolted: answers & 2 != 0, isExpected: answers & 4 != 0)
        var machine = Machine(table, memory: memory)
        var outbox = Outbox<Porch>()
        try machine.start(at: 0, into: &outbox)
        try machine.send(.enter, at: 0, into: &outbox)
        let mayEnter = memory.hasKey && !memory.isBolted || memory.isExpected
        if (machine.state == .inside) != mayEnter { throw Wrong() }
      }
    }
    let kinds = ["dropTerm", "negateTerm", "swapConnective", "negateGuard", "dropGuard"]
    let own = report.lines.filter { line in kinds.contains { line.mutation.hasPrefix($0) } }
    #expect(own.count == 11 && own.allSatisfy { $0.layer != nil }, "\(report.text)")
  }

  private struct Wrong: Error {}

  @Test func `a condition is said in Promela`() throws {
    let text = try PromelaChart(
      Table<Porch>.trusted(), variables: ["bit key", "bit bolt", "bit expected"],
      guards: [.hasKey: "key", .isBolted: "bolt", .isExpected: "expected"]
    ).text
    #expect(text.contains(":: true && ((key) && !(bolt) || (expected)) -> s = INSIDE"), "\(text)")
    #expect(text.contains("&& !((key) && !(bolt) || (expected)) && true -> skip"), "\(text)")
  }
}
