import Foundation
import Testing

@testable import BatonCore
@testable import BatonSCXML

/// Random charts with random events: the machine, on the flattened table and on the interpreter,
/// and a session of the same chart as a document do what appendix D says.
@Suite(.timeLimit(.minutes(10))) struct OracleTests {
  /// The seeds of a run. `BATON_ORACLE=FIRST-LAST` chooses others.
  static let seeds: ClosedRange<UInt64> = {
    let words = (ProcessInfo.processInfo.environment["BATON_ORACLE"] ?? "").split(separator: "-")
    guard words.count == 2, let first = UInt64(words[0]), let last = UInt64(words[1]) else {
      return 1...10_000
    }
    return first...max(first, last)
  }()

  @Test(arguments: 0..<8) func `a machine does what the algorithm says`(part: UInt64) throws {
    var compared = 0
    for seed in Self.seeds where seed % 8 == part {
      let difference = Comparison(seed: seed).machine()
      if let text = difference.text { Issue.record("seed \(seed): \(text)") }
      compared += difference.events
    }
    #expect(compared > 0)
  }

  @Test(arguments: 0..<4) func `a session does what the algorithm says`(part: UInt64) throws {
    var compared = 0
    for seed in Self.seeds where seed % 16 == part {
      let difference = Comparison(seed: seed).session()
      if let text = difference.text { Issue.record("seed \(seed): \(text)") }
      compared += difference.events
    }
    #expect(compared > 0)
  }
}

/// One chart and one list of events.
struct Comparison {
  let sketch: Sketch
  let events: [Int]
  /// Whether a second machine is compared, which takes time.
  let hasTwin: Bool

  init(seed: UInt64) {
    hasTwin = seed / 8 % 8 == 0
    var chance = Chance(seed: seed)
    sketch = Sketch(isFlat: seed % 3 == 0, using: &chance)
    events = (0..<12).map { _ in Int.random(in: 0..<Sketch.eventCount, using: &chance) }
  }

  /// Where two executions part, and after how many events.
  struct Result {
    var text: String?
    var events = 0
  }

  /// A chart that does not come to rest, or raises more than a machine keeps, ends the comparison.
  private func isComparable(_ oracle: Oracle) -> Bool {
    oracle.stepsMost < 60 && oracle.queueMost < Limits.raised - 2
  }

  func machine() -> Result {
    RandomChart.$sketch.withValue(sketch) {
      let table = Table<RandomChart>(Plan(RandomChart.definition))
      var memory = RandomChart.Memory()
      memory.raised = sketch.transitions.map(\.raised)
      memory.fails = sketch.transitions.map(\.fails)
      var machine = Machine(table, memory: memory)
      // Goes on from the first one's snapshot, before each event, and is observed.
      var twin = Machine(table, memory: memory, observer: Trace(capacity: 16))
      var outbox = Outbox<RandomChart>()
      var oracle = Oracle(sketch)
      var result = Result()
      oracle.start()
      guard isComparable(oracle) else { return result }
      do {
        try machine.start(at: 0, into: &outbox)
        for (place, event) in ([nil] + events.map(Optional.some)).enumerated() {
          if let event {
            oracle.send(event)
            guard isComparable(oracle), oracle.isRunning else { return result }
            result.text = try send(event, to: &machine, and: &twin, &outbox)
            guard result.text == nil else { return result }
          }
          let active = Set(machine.configuration.map { Int($0.rawValue) })
          guard machine.memory.log == oracle.log, active == oracle.configuration else {
            result.text = complaint(place, oracle, machine.memory.log, active)
            return result
          }
          result.events += 1
        }
      } catch {
        result.text = "\(error)\n\(sketch)"
      }
      return result
    }
  }

  /// - Returns: What the second machine does otherwise, going on from the first one's snapshot.
  private func send(
    _ event: Int, to machine: inout Machine<RandomChart>, and twin: inout Machine<RandomChart>,
    _ outbox: inout Outbox<RandomChart>
  ) throws -> String? {
    let event = RandomChart.Event(rawValue: UInt8(event))!
    outbox.reset()
    guard hasTwin else {
      try machine.send(event, at: 0, into: &outbox)
      return nil
    }
    twin.snapshot = machine.snapshot
    let outcome = try machine.send(event, at: 0, into: &outbox)
    outbox.reset()
    let other = try twin.send(event, at: 0, into: &outbox)
    guard outcome != other || machine.snapshot != twin.snapshot else { return nil }
    return "observed: \(other), not \(outcome)\n\(sketch)"
  }

  private func complaint(
    _ place: Int, _ oracle: Oracle, _ log: [Oracle.Entry], _ active: Set<Int>
  ) -> String {
    let same = zip(log, oracle.log).prefix { $0 == $1 }.count
    return """
      after event \(place) of \(events)
      active \(active.sorted()), expected \(oracle.configuration.sorted())
      did \(log.dropFirst(same).prefix(6)), expected \(oracle.log.dropFirst(same).prefix(6))
      \(sketch)
      """
  }

  /// Conditions and failing actions are the machine's: a document has none of them.
  func session() -> Result {
    var plain = sketch
    for number in plain.transitions.indices {
      plain.transitions[number].condition = nil
      plain.transitions[number].fails = false
    }
    plain.transitions.removeAll { $0.trigger == .eventless && !sketch.isHistory($0.source) }
    var result = Result()
    var oracle = Oracle(plain)
    oracle.start()
    guard isComparable(oracle) else { return result }
    do {
      let document = try Document(Data(plain.document.utf8), file: "random")
      let processor = Processor()
      var log: [Oracle.Entry] = []
      processor.report = { if let entry = Self.entry($0, plain) { log.append(entry) } }
      let session = processor.start(document)
      for (place, event) in ([nil] + events.map(Optional.some)).enumerated() {
        if let event {
          oracle.send(event)
          guard isComparable(oracle), oracle.isRunning else { return result }
          session.send(Event("e\(event)"))
        }
        try processor.run(until: session)
        if session.isEnded { return result }
        let active = Set(session.configuration.map { Int($0.dropFirst()) ?? -1 })
        guard log == oracle.log, active == oracle.configuration else {
          result.text = Comparison(plain, events).complaint(place, oracle, log, active)
          return result
        }
        result.events += 1
      }
    } catch {
      result.text = "\(error)\n\(plain.document)"
    }
    return result
  }

  private init(_ sketch: Sketch, _ events: [Int]) {
    self.sketch = sketch
    self.events = events
    hasTwin = false
  }

  private static func entry(_ report: Processor.Report, _ sketch: Sketch) -> Oracle.Entry? {
    switch report {
    case .exited(_, let state): return .exit(Int(state.dropFirst()) ?? -1)
    case .entered(_, let state): return .enter(Int(state.dropFirst()) ?? -1)
    case .log(_, let text): return Int(text).map { .take($0) }
    case .event, .taken, .error, .ended: return nil
    }
  }
}

extension Sketch {
  /// The chart as a document, whose transitions log their numbers.
  var document: String {
    "<scxml xmlns=\"http://www.w3.org/2005/07/scxml\" version=\"1.0\" datamodel=\"mini\""
      + " initial=\"s\(initial)\">"
      + children(of: nil).map(element).joined() + "</scxml>"
  }

  private func element(_ state: Int) -> String {
    let it = states[state]
    let name =
      switch it.kind {
      case .ordinary: "state"
      case .parallel: "parallel"
      case .final: "final"
      case .history: "history"
      }
    let type = it.kind == .history(isDeep: true) ? " type=\"deep\"" : ""
    let initial = it.initial.map { " initial=\"s\($0)\"" } ?? ""
    let own = transitions.indices.filter { transitions[$0].source == state }.map(arrow)
    return "<\(name) id=\"s\(state)\"\(type)\(initial)>"
      + (children(of: state).map(element) + own).joined() + "</\(name)>"
  }

  private func arrow(_ number: Int) -> String {
    let it = transitions[number]
    let event =
      switch it.trigger {
      case .event(let event): " event=\"e\(event)\""
      case .any: " event=\"e0 e1 e2 e3\""
      case .done: " event=\"done.state.s\(it.source)\""
      case .eventless, .delay: ""
      }
    let target = it.targets.map { "s\($0)" }.joined(separator: " ")
    let raises = it.raised.map {
      "<raise event=\"e\($0)\"/><raise event=\"e\(($0 + 1) % Self.eventCount)\"/>"
    }
    return "<transition\(event)\(target.isEmpty ? "" : " target=\"\(target)\"")"
      + (it.isInternal ? " type=\"internal\"" : "") + "><log expr=\"\(number)\"/>"
      + (raises ?? "") + "</transition>"
  }
}
