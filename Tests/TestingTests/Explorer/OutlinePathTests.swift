import BatonCore
import BatonProof
import BatonTesting
import Testing

/// Ways through charts without code.
@Suite(.timeLimit(.minutes(10))) struct OutlinePathTests {
  private func outline(_ build: (inout Sketched) -> Void) -> Outline {
    var sketch = Sketched()
    build(&sketch)
    return sketch.outline
  }

  @Test func `a way says what comes, which guards have to hold and what is done`() throws {
    let list = try ChartPaths(
      of: outline { it in
        for name in ["open", "paid", "sent"] { it.add(name) }
        it.on(.event("pay"), 0, 1, actions: ["note"])
        it.on(.event("send"), 0, 2, when: "isTrusted")
        it.on(.event("send"), 0, 0, when: "isPolite")
        it.on(.eventless, 1, 2, when: "isPacked")
        it.on(.event("pack"), 1, 2)
      }, limit: 1_000)
    #expect(list.chart == "Sketch" && list.initial == ["open"] && list.unreachable == [])
    #expect(
      list.transitions == [
        "open pay → paid", "open send [isTrusted] → sent", "open send [isPolite] → open",
        "paid always [isPacked] → sent", "paid pack → sent",
      ])
    let first = try #require(list.paths.first)
    #expect(first.steps.map(\.event) == ["pay"])
    #expect(first.steps[0].guards == ["isPacked"] && first.steps[0].transitions == [0, 3])
    #expect(first.steps[0].effects == ["note"] && first.steps[0].states == ["sent"])
    #expect(first.states == ["sent", "paid"] && first.pairs == [[0, 3]])
    let polite = try #require(list.paths.first { $0.transitions.contains(2) })
    #expect(polite.steps[0].guards == ["!isTrusted", "isPolite"])
    // All that follows at once, as somebody who reads the picture lists it.
    let pairs = Set(list.paths.flatMap(\.pairs))
    #expect(pairs == [[0, 3], [0, 4], [2, 0], [2, 1], [2, 2]])
  }

  @Test func `what is never reached is listed, and circles end no walk`() throws {
    let list = try ChartPaths(
      of: outline { it in
        for name in ["a", "b", "c", "d"] { it.add(name) }
        it.on(.event("go"), 0, 1)
        it.on(.eventless, 1, 2)
        it.on(.eventless, 2, 1)
        it.on(.event("go"), 3, 0)
      }, limit: 1_000)
    #expect(list.paths == [] && list.initial == ["a"])
    #expect(list.unreachable.contains("d") && list.unreachable.contains("d go → a"))
  }

  @Test func `a start with a choice is a step of its own`() throws {
    let list = try ChartPaths(
      of: outline { it in
        for name in ["a", "b", "c"] { it.add(name) }
        it.on(.eventless, 0, 1, when: "x")
        it.on(.eventless, 0, 2)
      }, limit: 1_000)
    #expect(list.paths.map { $0.steps.map(\.event) } == [["no event"], ["no event"]])
    #expect(list.paths.map { $0.steps[0].guards } == [["x"], ["!x"]])
    #expect(list.paths.map { $0.steps[0].states } == [["b"], ["c"]])
  }

  @Test func `regions move together, and what is done comes by itself`() throws {
    let list = try ChartPaths(
      of: outline { it in
        it.add("both", kind: .parallel)
        for (region, name) in ["left", "right"].enumerated() {
          it.add(name, in: 0)
          let number = it.outline.states.count - 1
          it.add("\(name).busy", in: number)
          it.add("\(name).ready", in: number, kind: .final)
          it.on(.event(region == 0 ? "l" : "r"), number + 1, number + 2)
        }
        it.add("end", kind: .final)
        it.on(.done, 0, 7)
      }, limit: 1_000)
    #expect(list.initial == ["left.busy", "right.busy"] && list.unreachable == [])
    let end = try #require(list.paths.first { $0.states.contains("end") })
    #expect(end.steps.map(\.event) == ["l", "r"])
    #expect(end.steps[0].states == ["left.ready", "right.busy"])
    #expect(end.steps[1].transitions == [1, 2] && end.steps[1].states == ["end"])
  }

  @Test func `too many states end it, and a contradiction is told`() throws {
    #expect(throws: ExplorationError.tooManyStates(limit: 2, depth: 1)) {
      try ChartPaths(
        of: outline { it in
          for name in ["a", "b", "c"] { it.add(name) }
          it.on(.event("go"), 0, 1)
          it.on(.event("go"), 1, 2)
        }, limit: 2)
    }
    #expect(throws: OutlineContradiction.self) {
      try ChartPaths(of: Outline(name: "", initial: 0, states: [], transitions: []), limit: 9)
    }
  }

  /// All that code can do, a chart without code can: every pair of the one is one of the other.
  @Test func `no pair that code shows is missing without it`() throws {
    let test = ProjectChartTests.custody
    let withCode = Set(try test.paths().paths.flatMap(\.pairs))
    let without = Set(
      try ChartPaths(of: test.table.outline, limit: 100_000).paths.flatMap(\.pairs))
    #expect(withCode.count > 10 && withCode.isSubset(of: without))
  }
}
