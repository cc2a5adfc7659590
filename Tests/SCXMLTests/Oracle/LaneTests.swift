import Testing

@testable import BatonCore

/// Random charts with regions, deferral, refusals and delays: what is done without the interpreter
/// is what the interpreter does, which ``OracleTests`` compare with appendix D.
@Suite(.timeLimit(.minutes(10))) struct LaneTests {
  @Test(arguments: 0..<4) func `lanes do what the interpreter does`(part: UInt64) throws {
    var outcomes: Set<Outcome> = []
    var lanes = 0
    var fired = 0
    for seed in OracleTests.seeds where seed % 16 == part && seed % 3 != 0 {
      var pair = Pair(seed: seed)
      if let text = pair.difference() { Issue.record("seed \(seed): \(text)") }
      outcomes.formUnion(pair.outcomes)
      lanes += pair.laneCount
      fired += pair.fired
    }
    // Otherwise nothing was compared.
    #expect(lanes > 0 && fired > 0)
    #expect(outcomes == [.taken, .ignored, .refused, .deferred, .unexpected])
  }

  /// Two machines of one chart, one of them without lanes.
  private struct Pair {
    let sketch: Sketch
    var chance: Chance
    var outcomes: Set<Outcome> = []
    var laneCount = 0
    var fired = 0

    init(seed: UInt64) {
      chance = Chance(seed: seed)
      var sketch = Sketch(isFlat: false, using: &chance)
      sketch.addVerdictsAndDelays(&chance)
      self.sketch = sketch
    }

    /// Where the two part.
    mutating func difference() -> String? {
      RandomChart.$sketch.withValue(sketch) { compare() }
    }

    private mutating func compare() -> String? {
      let plan = Plan(RandomChart.definition)
      var memory = RandomChart.Memory()
      memory.raised = sketch.transitions.map(\.raised)
      memory.fails = sketch.transitions.map(\.fails)
      let table = Table<RandomChart>(plan)
      laneCount += Self.laneCount(plan)
      var one = Machine(table, memory: memory)
      var other = Machine(Table<RandomChart>(plan, hasLanes: false), memory: memory)
      var left = Outbox<RandomChart>()
      var right = Outbox<RandomChart>()
      guard (try? one.start(at: 0, into: &left)) != nil,
        (try? other.start(at: 0, into: &right)) != nil
      else { return nil }
      for step in 1...24 {
        left.reset()
        right.reset()
        let event = RandomChart.Event(rawValue: UInt8.random(in: 0..<4, using: &chance))!
        let now = UInt64(step)
        if Bool.random(using: &chance) {
          let first = try? one.fire(at: now, into: &left)
          let second = try? other.fire(at: now, into: &right)
          guard first == second else { return "step \(step) fires: \(describe(first))" }
          guard let first else { return nil }  // A chart without end.
          if first { fired += 1 }
        } else {
          let first = try? one.send(event, at: now, into: &left)
          let second = try? other.send(event, at: now, into: &right)
          guard first == second else { return "step \(step), \(event): \(describe(first))" }
          guard let first else { return nil }
          outcomes.insert(first)
        }
        guard one.snapshot == other.snapshot, one.configuration == other.configuration else {
          return "step \(step): \(one.configuration), not \(other.configuration)\n\(sketch)"
        }
      }
      return nil
    }

    private func describe<T>(_ first: T?) -> String {
      "\(first.map { "\($0)" } ?? "an error") without the interpreter\n\(sketch)"
    }

    private static func laneCount(_ plan: Plan) -> Int {
      guard plan.needsInterpreter else { return 0 }
      var flat = Flattening(plan)
      let regions = flat.regions()
      flat.addLanes(regions, areUsed: true)
      return flat.candidates.count {
        $0.traits.contains(.moving) && !$0.traits.contains(.wide)
      }
    }
  }
}
