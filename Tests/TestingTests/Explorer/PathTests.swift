import BatonCore
import BatonMig
import BatonProof
import BatonVhostUser
import Foundation
import Testing

@testable import BatonTesting

/// Ways that are listed for testing another system.
@Suite(.timeLimit(.minutes(10))) struct PathTests {
  /// Walks every way on a machine of its own, by what the list says and nothing else.
  private func walk<C>(_ test: ChartTest<C>, _ list: ChartPaths) throws -> Set<[Int]> {
    let events = Dictionary(
      test.events.map { ("\($0)", $0) }, uniquingKeysWith: { first, _ in first })
    var pairs: Set<[Int]> = []
    for path in list.paths {
      let observer = CoverageObserver()
      var machine = Machine(test.table, memory: test.memory, observer: observer)
      var outbox = Outbox<C>()
      try machine.start(at: 0, into: &outbox)
      var last = observer.records.compactMap(\.transition).last.map(Int.init)
      let first = machine.state.name
      #expect([first] == list.initial)
      var now: UInt64 = 0
      for step in path.steps {
        observer.records = []
        outbox = Outbox<C>()
        if let event = events[step.event] {
          try machine.send(event, at: now, into: &outbox)
        } else {
          #expect(step.event == "a delay runs out")
          let due = machine.deadline
          now = try #require(due)
          let isFired = try machine.fire(at: now, into: &outbox)
          #expect(isFired)
        }
        let taken = observer.records.compactMap { $0.transition.map(Int.init) }
        let state = machine.state.name
        #expect(taken == step.transitions && [state] == step.states)
        let asked = observer.records.flatMap { $0.guards(of: C.self) }
        #expect(asked == step.guards)
        #expect((0..<outbox.count).map { "\(outbox[$0])" } == step.effects)
        for transition in taken {
          if let last { pairs.insert([last, transition]) }
          last = transition
        }
      }
    }
    return pairs
  }

  @Test func `every way of a chart of the project is walked by the machine`() throws {
    let test = ProjectChartTests.custody
    let list = try test.paths()
    #expect(try walk(test, list) == Set(list.paths.flatMap(\.pairs)))
    let all = try test.explore().coverage
    #expect(
      Set(list.paths.flatMap(\.transitions))
        == Set(all.transitions.indices.filter { all.transitions[$0] > 0 }))
  }

  @Test func `every way of the source of a migration is walked by the machine`() throws {
    var test = ProjectChartTests.outgoing
    test.expectsEvents = true
    let list = try test.paths()
    #expect(try walk(test, list) == Set(list.paths.flatMap(\.pairs)))
    #expect(list.unreachable == [])
    #expect(Set(list.paths.flatMap(\.transitions)).count == list.transitions.count)
  }

  @Test func `a guide's chart has the ways that it has`() throws {
    // As it stands in the guide before it is mended, its count has no end.
    var plan = Upload.table.plan
    plan.transitions[1].actions = [UInt16(Upload.Action.forget.rawValue)]
    var test = uploadTest
    test.table = Table(plan)
    let list = try test.paths()
    #expect(list.initial == ["idle"] && list.transitions.count == 6)
    let failed = try #require(list.paths.first { $0.states.contains("failed") })
    // Three tries, with two pauses between them.
    let place = try #require(failed.steps.firstIndex { $0.states == ["failed"] })
    #expect(
      failed.steps.prefix(place + 1).map(\.event) == [
        "start", "error", "a delay runs out", "error", "a delay runs out", "error",
      ])
    #expect(list.paths.map(\.steps.count) == list.paths.map(\.steps.count).sorted())
    let data = try JSONEncoder().encode(list)
    #expect(try JSONDecoder().decode(ChartPaths.self, from: data) == list)
  }

  /// Every pair that random runs of a machine come to is on some way.
  @Test func `no pair is missing`() throws {
    let test = ProjectChartTests.custody
    var seed: UInt64 = 14
    var seen: Set<[Int]> = []
    for _ in 0..<500 {
      let observer = CoverageObserver()
      var machine = Machine(test.table, memory: test.memory, observer: observer)
      var outbox = Outbox<CustodyChart>()
      try machine.start(at: 0, into: &outbox)
      for _ in 0..<20 {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        outbox = Outbox<CustodyChart>()
        let event = test.events[Int(seed >> 33) % test.events.count]
        // What is not expected is on no way.
        if try machine.send(event, at: 0, into: &outbox) == .unexpected { break }
      }
      let taken = observer.records.compactMap { $0.transition.map(Int.init) }
      for pair in zip(taken, taken.dropFirst()) { seen.insert([pair.0, pair.1]) }
    }
    let listed = Set(try test.paths().paths.flatMap(\.pairs))
    #expect(seen.count > 3 && seen.isSubset(of: listed))
  }
}

extension TransitionRecord {
  /// The guards that were asked, each with its answer.
  fileprivate func guards<C: Chart>(of chart: C.Type) -> [String] {
    C.Guard.allCases.filter { guardsAsked >> UInt64($0.index) & 1 == 1 }.map {
      guardsHeld >> UInt64($0.index) & 1 == 1 ? $0.name : "!\($0.name)"
    }
  }
}
