import BatonCore
import BatonTesting
import Testing

/// Charts without code, walked on the interpreter.
@Suite(.timeLimit(.minutes(15))) struct OutlineWalkTests {
  private func walk(_ build: (inout Outline) -> Void) throws -> OutlineWalk {
    var outline = Outline(name: "Walk", initial: 0, states: [], transitions: [])
    build(&outline)
    return try OutlineWalk(outline, limit: 10_000) { _, _ in }
  }

  private static func add(
    _ outline: inout Outline, _ name: String, in parent: Int? = nil, kind: Outline.Kind = .atomic
  ) {
    outline.states.append(Outline.State(name: name, parent: parent, kind: kind))
    guard let parent, outline.states[parent].kind != .parallel else { return }
    outline.states[parent].kind = .compound
    outline.states[parent].initial = outline.states[parent].initial ?? outline.states.count - 1
  }

  private static func on(
    _ outline: inout Outline, _ trigger: Outline.Trigger, _ source: Int, _ targets: Int...,
    when name: String? = nil, unless: Bool = false
  ) {
    outline.transitions.append(
      Outline.Transition(
        source: source, trigger: trigger, guard: name, isNegated: unless, targets: targets,
        isInternal: targets.isEmpty))
  }

  @Test func `guards hold and do not`() throws {
    let walk = try walk { it in
      for name in ["a", "b", "c"] { Self.add(&it, name) }
      Self.on(&it, .event("go"), 0, 1, when: "x")
      Self.on(&it, .event("go"), 0, 2, when: "y")
      Self.on(&it, .event("back"), 1, 0)
      Self.on(&it, .event("back"), 2, 0)
    }
    #expect(walk.exploration.violations.isEmpty)
    #expect(
      walk.remarks == [
        "3 of 3 states are reached, 4 of 4 transitions are taken",
        "the order decides when both guards hold: a on event go [x] to b before "
          + "a on event go [y] to c",
      ])
  }

  @Test func `what was used is counted, and a way through regions names all leaves`() throws {
    let walk = try walk { it in
      Self.add(&it, "both", kind: .parallel)
      Self.add(&it, "left", in: 0)
      for name in ["dark one", "lit"] { Self.add(&it, name, in: 1) }
      Self.add(&it, "right", in: 0)
      for name in ["cold", "warm"] { Self.add(&it, name, in: 4) }
      Self.on(&it, .event("light"), 2, 3, when: "x")
      Self.on(&it, .event("heat"), 6, 5)
    }
    let used = walk.coverage
    #expect(used.chart == "Walk" && used.transitions == ["0": 1, "1": 0])
    #expect(used.states["both"] == used.states["cold"] && used.states["warm"] == 0)
    #expect(used.states["lit"] == 2 && used.guards == [:])
    #expect(used.events == ["dark one light": 1, "cold light": 1])
    let trace = try #require(walk.exploration.violations.first?.trace)
    let lines = trace.split(separator: "\n")
    #expect(lines.first?.contains(#""configuration":["dark one","cold"]"#) == true, "\(trace)")
    #expect(lines.last?.contains(#""configuration":["lit","cold"]"#) == true, "\(trace)")
    #expect(walk.promela.contains("s == 0 -> s = "))
  }

  @Test func `combined guards answer as their parts do`() throws {
    let walk = try walk { it in
      for name in ["a", "b", "c", "d"] { Self.add(&it, name) }
      Self.on(&it, .event("go"), 0, 1, when: "x && y")
      Self.on(&it, .event("go"), 0, 2, when: "!(x && y) && z")
      Self.on(&it, .event("go"), 0, 3, when: "x && y && z")
      for number in 1...3 { Self.on(&it, .event("back"), number, 0) }
    }
    #expect(
      walk.remarks == [
        "3 of 4 states are reached, 4 of 6 transitions are taken", "never reached: d",
        "never taken: a on event go [x && y && z] to d", "never taken: d on event back to a",
        "the order decides when both guards hold: a on event go [x && y] to b before "
          + "a on event go [x && y && z] to d",
      ])
  }

  @Test func `a guard that asks for a state is answered by the configuration`() throws {
    let walk = try walk { it in
      Self.add(&it, "p", kind: .parallel)
      for (name, parent) in [("l", 0), ("l1", 1), ("l2", 1), ("r", 0), ("r1", 4), ("r2", 4)] {
        Self.add(&it, name, in: parent)
      }
      Self.add(&it, "end", kind: .final)
      Self.on(&it, .event("x"), 2, 3)
      Self.on(&it, .event("y"), 5, 6)
      Self.on(&it, .eventless, 0, 7, when: "In('l2') && In(\"r2\")")
      Self.on(&it, .event("z"), 0, 7, when: "In('nowhere')")
    }
    #expect(walk.exploration.violations.isEmpty)
    #expect(walk.remarks.contains("never taken: p on event z [In('nowhere')] to end"))
    #expect(!walk.remarks.contains { $0.hasPrefix("nothing leaves") })
  }

  @Test func `an expression with several questions is no question`() throws {
    let walk = try walk { it in
      for name in ["a", "b"] { Self.add(&it, name) }
      Self.on(&it, .event("x"), 0, 1, when: "In('a') && n > 1 && In('b')")
      Self.on(&it, .event("y"), 1, 0)
    }
    #expect(walk.remarks == ["2 of 2 states are reached, 2 of 2 transitions are taken"])
  }

  @Test func `what waits for an end that never comes is a gap`() throws {
    var outline = Outline(name: "Ends", initial: 0, states: [], transitions: [])
    for name in ["a", "b", "c"] { Self.add(&outline, name) }
    Self.add(&outline, "b1", in: 1)
    Self.on(&outline, .done, 0, 1)
    Self.on(&outline, .done, 1, 2)
    Self.on(&outline, .event("e"), 0, 1)
    Self.on(&outline, .event("e"), 1, 2)
    Self.on(&outline, .event("e"), 2, 0)
    let never = "the transition on done is never taken, it has no final state"
    #expect(outline.gaps.map(\.text) == ["a: \(never)", "b: \(never)"])
    Self.add(&outline, "b2", in: 1, kind: .final)
    Self.on(&outline, .event("f"), 3, 4)
    #expect(outline.gaps.map(\.text) == ["a: \(never)"])
    Self.on(&outline, .event("done.state.c"), 2, 1)
    let named = "c: the transition on event done.state.c is never taken, it has no final state"
    #expect(outline.gaps.map(\.text) == ["a: \(never)", named])
  }

  @Test func `a guard and its negation are no two choices`() throws {
    let walk = try walk { it in
      for name in ["a", "b", "c"] { Self.add(&it, name) }
      Self.on(&it, .event("go"), 0, 1, when: "x")
      Self.on(&it, .event("go"), 0, 2, when: "x", unless: true)
      Self.on(&it, .event("go"), 0, 0)
      Self.on(&it, .event("back"), 1, 0)
      Self.on(&it, .event("back"), 2, 0)
    }
    #expect(walk.remarks.contains("never taken: a on event go to a"))
  }

  @Test func `what is never reached, and what nothing leaves, is told`() throws {
    let walk = try walk { it in
      for name in ["a", "b", "c"] { Self.add(&it, name) }
      Self.on(&it, .event("go"), 0, 1)
      Self.on(&it, .event("go"), 2, 0)
    }
    #expect(walk.exploration.violations.map(\.name) == ["stuck"])
    #expect(
      walk.remarks == [
        "2 of 3 states are reached, 1 of 2 transitions are taken", "never reached: c",
        "never taken: c on event go to a", "nothing leaves: b",
      ])
  }

  @Test func `the end of a chart is no deadlock, and done comes by itself`() throws {
    let walk = try walk { it in
      Self.add(&it, "work")
      Self.add(&it, "busy", in: 0)
      Self.add(&it, "ready", in: 0, kind: .final)
      Self.add(&it, "end", kind: .final)
      Self.on(&it, .event("go"), 1, 2)
      Self.on(&it, .done, 0, 3)
    }
    #expect(walk.exploration.violations.isEmpty)
    #expect(walk.remarks == ["4 of 4 states are reached, 2 of 2 transitions are taken"])
  }

  @Test func `eventless transitions that come back for ever are a circle`() throws {
    let walk = try walk { it in
      for name in ["a", "b", "c"] { Self.add(&it, name) }
      Self.on(&it, .event("go"), 0, 1)
      Self.on(&it, .eventless, 1, 2)
      Self.on(&it, .eventless, 2, 1)
    }
    #expect(walk.exploration.violations.map(\.name) == ["livelock"])
  }

  @Test func `regions that disagree are told`() throws {
    let walk = try walk { it in
      Self.add(&it, "both", kind: .parallel)
      Self.add(&it, "left", in: 0)
      Self.add(&it, "right", in: 0)
      Self.add(&it, "out")
      Self.on(&it, .event("go"), 1, 3)
      Self.on(&it, .event("go"), 2, 0)
      Self.on(&it, .event("back"), 3, 0)
    }
    #expect(
      walk.remarks.last
        == "regions disagree: left on event go to out, and right on event go to both, "
        + "leave a state in common")
  }

  @Test func `a chart with too many states is given up`() {
    #expect(throws: ExplorationError.self) {
      var outline = Outline(name: "Wide", initial: 0, states: [], transitions: [])
      Self.add(&outline, "all", kind: .parallel)
      for region in 0..<20 {
        Self.add(&outline, "r\(region)", in: 0)
        let number = outline.states.count - 1
        for leaf in 0..<2 { Self.add(&outline, "s\(region).\(leaf)", in: number) }
        Self.on(&outline, .event("e\(region)"), number + 1, number + 2)
        Self.on(&outline, .event("e\(region)"), number + 2, number + 1)
      }
      _ = try OutlineWalk(outline, limit: 2000) { _, _ in }
    }
  }
}
