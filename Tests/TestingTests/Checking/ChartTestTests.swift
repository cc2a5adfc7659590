import BatonCore
import Testing

@testable import BatonTesting

@Suite(.timeLimit(.minutes(10))) struct ChartTestTests {
  @Test func `random runs count what they took, and not what they might have taken`() throws {
    var options = CheckOptions.quiet
    options.steps = 1
    let one = try Door.test.check(cases: 1, options: options).coverage
    #expect(one.transitions.count { $0 > 0 } <= 1 && one.pairs == [])
    let many = try Door.test.check(cases: 200, options: .quiet).coverage
    let pairs = Set(many.pairs.map { [Int($0 >> 32), Int($0 & 0xFFFF_FFFF)] })
    #expect(pairs == Set(try Door.test.paths().paths.flatMap(\.pairs)))
  }

  @Test func `three lines test a chart`() throws {
    let all = try Door.test.explore(requiresAll: true)
    try Door.test.check(cases: 50, requiring: all.coverage, options: .quiet)
    let mutants = try Door.test.mutate()
    #expect(all.exploration.states == 6)
    #expect(mutants.lines.count > 20 && mutants.killed > 15)
    #expect(mutants.survivors.contains { $0.mutation.hasPrefix("negateGuard") })
  }

  @Test func `a test beside the walk kills what the walk can't see`() throws {
    struct Wrong: Error {}
    let mutants = try Door.test.mutate { table in
      var machine = Machine(table, memory: .init())
      var outbox = Outbox<Door>()
      try machine.start(at: 0, into: &outbox)
      for event in [Door.Event.right, .close, .wrong, .wrong, .wrong] {
        try machine.send(event, at: 0, into: &outbox)
      }
      guard machine.state == .blocked, outbox.count == 1 else { throw Wrong() }
      _ = try machine.fire(at: 1_000, into: &outbox)
      guard machine.state == .closed, machine.memory.wrong == 0 else { throw Wrong() }
      try machine.send(.wrong, at: 0, into: &outbox)
      guard machine.state == .closed, machine.memory.wrong == 1 else { throw Wrong() }
    }
    #expect(mutants.survivors.isEmpty, "\(mutants.text)")
  }

  @Test func `a chart that forgets a line is found by the shortest way`() throws {
    let mutant = try #require(
      Mutant<Door>.all(of: Door.table).first { $0.mutation.kind == .dropDelay })
    var test = Door.test
    test.table = mutant.table
    let failure = try #require(throws: ChartFailure.self) { try test.explore() }
    #expect(failure.violation?.name == "stuck")
    #expect(failure.violation?.steps.map(\.action) == ["begin", "wrong", "wrong", "wrong"])
    #expect(failure.description.hasPrefix("Door: stuck\n"))
  }

  @Test func `a line that was not used is a failure when it is required`() throws {
    var test = Door.test
    test.events = [.right, .close]
    let failure = try #require(throws: ChartFailure.self) { try test.explore(requiresAll: true) }
    #expect(failure.description == "Door: state blocked was never active")
  }

  @Test func `random runs find and shrink the same`() throws {
    let mutant = try #require(
      Mutant<Door>.all(of: Door.table).first {
        "\($0.mutation)".hasPrefix("dropAction: forget of closed right")
      })
    var test = Door.test
    test.table = mutant.table
    let failure = try #require(throws: CheckFailure.self) {
      try test.check(options: .quiet)
    }
    #expect(failure.name == "an open door forgets")
    // One wrong code, then the right one; and the beginning.
    #expect(failure.trace.count == 3, "\(failure)")
  }

  @Test func `coverage names what was used, for the page of the chart`() throws {
    let report = try Door.test.explore().coverage.report
    #expect(
      report.states == ["closed": 10, "open": 6, "blocked": 6]
        || report.states.values.allSatisfy { $0 > 0 })
    #expect(report.transitions.keys.count == 5 && report.transitions.values.allSatisfy { $0 > 0 })
    #expect(report.guards["isThird"]?.values.allSatisfy { $0 > 0 } == true)
    #expect(report.summary.hasPrefix("Door: states 3/3, transitions 5/5, guard outcomes 2/2"))
  }

  @Test func `mutants of a chart that fails are not counted`() throws {
    var wrong = Door.test
    wrong.invariants.append((name: "never open", holds: { $0.state != .open }))
    let failure = try #require(throws: ChartFailure.self) { try wrong.mutate() }
    #expect(failure.violation?.name == "never open")
    struct Wrong: Error {}
    #expect(throws: Wrong.self) { try Door.test.mutate { _ in throw Wrong() } }
  }

  @Test func `regions are covered and told one by one`() throws {
    let test = ChartTest(Lamps.self, memory: .init(), events: [.left, .right])
    let all = try test.explore(requiresAll: true)
    #expect(all.exploration.states == 4)
    #expect(all.coverage.report.states["both"] == all.coverage.report.states["one"])
    var wrong = test
    wrong.mayRest = { _ in false }
    let stuck = try #require(throws: ChartFailure.self) { try wrong.explore() }
    #expect(stuck.violation?.steps.first?.state == "leftOff rightOff")
  }
}
