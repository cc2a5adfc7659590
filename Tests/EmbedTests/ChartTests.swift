import BatonCore
import BatonDiagrams
import CBaton
import Foundation
import Testing

@testable import BatonEmbed

/// Charts by tables: built, run, drawn.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ChartTests {
  /// A loop, a chart on it and a machine of that, which are destroyed when the body is done.
  static func run(
    _ blueprint: Blueprint, starts: Bool = true,
    _ body: (_ machine: OpaquePointer, _ log: Log, _ chart: OpaquePointer) throws -> Void
  ) throws {
    var (loop, machine): (OpaquePointer?, OpaquePointer?)
    try #require(baton_loop_create(&loop, nil) == 0)
    let built = blueprint.build(on: loop)
    try #require(built.answer == 0, "\(built.texts)")
    let log = Log()
    log.loop = loop
    var calls = Log.calls
    try #require(baton_machine_create(built.chart, nil, &calls, log.context, &machine) == 0)
    if starts { #expect(baton_machine_start(machine, nil) == 0) }
    try body(try #require(machine), log, try #require(built.chart))
    // What a hook does often names the log, which would hold itself.
    (log.hooks, log.asked) = ([:], nil)
    #expect(baton_machine_destroy(machine) == 0)
    #expect(baton_chart_destroy(built.chart) == 0)
    #expect(baton_loop_destroy(loop) == 0)
  }

  /// Sends an event with one byte, or none.
  static func send(_ machine: OpaquePointer?, _ event: UInt32, _ byte: UInt8? = nil) -> CInt {
    guard let byte else { return baton_machine_send(machine, event, nil, 0, nil) }
    return withUnsafeBytes(of: byte) { baton_machine_send(machine, event, $0.baseAddress, 1, nil) }
  }

  static func configuration(_ machine: OpaquePointer?) -> [UInt32] {
    var states = Array(repeating: UInt32(0), count: 64)
    let count = baton_machine_configuration(machine, &states, states.count)
    return Array(states.prefix(count))
  }

  static func draw(_ chart: OpaquePointer?, _ format: String) -> String {
    var text = Array(repeating: CChar(0), count: baton_chart_draw(chart, format, nil, 0) + 1)
    #expect(baton_chart_draw(chart, format, &text, text.count) == text.count - 1)
    return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  // MARK: Running

  @Test func `a door opens, asks its guard, and closes by itself`() throws {
    let door = Blueprint.door
    try Self.run(door) { machine, log, _ in
      #expect(log.lines == ["0"])
      #expect(baton_machine_state(machine) == 1 && baton_machine_in(machine, 1) == 1)
      #expect(Self.send(machine, 1, 9) == 0)
      #expect(baton_machine_state(machine) == 2)
      #expect(log.lines == ["0", "0? 1:9", "1 1:9", "2 1:9"])
      log.lines = []
      // Ignored, refused, and not expected.
      #expect([Self.send(machine, 1), Self.send(machine, 3), Self.send(machine, 4)] == [1, 2, 4])
      #expect(Self.send(machine, 2) == 0 && baton_machine_state(machine) == 1)
      log.holds[0] = false
      #expect(Self.send(machine, 1) == 4)
      #expect(Self.send(machine, 3) == 0 && baton_machine_in(machine, 3) == 1)
      #expect(log.lines == ["3 2", "0 2", "0? 1"])
      #expect(baton_machine_is_done(machine) == 0)
    }
  }

  @Test func `a delay fires on the loop, once, and is cancelled by leaving`() throws {
    let door = Blueprint.door
    door.delays[0].nanoseconds = 2_000_000
    try Self.run(door) { machine, log, _ in
      let loop = log.loop
      // The delay counts from a moment behind this one.
      let began = baton_loop_now(loop)
      #expect(Self.send(machine, 1) == 0)
      while baton_machine_state(machine) == 2, baton_loop_now(loop) - began < 20_000_000_000 {
        #expect(baton_loop_turn(loop, 1) >= 0)
      }
      #expect(baton_machine_state(machine) == 1)
      #expect(baton_loop_now(loop) - began >= 2_000_000)
      #expect(Self.send(machine, 1) == 0 && Self.send(machine, 2) == 0)
      log.lines = []
      // Nothing is armed any more.
      #expect(baton_loop_turn(loop, 1) == 0 && log.lines == [])
    }
  }

  @Test func `regions take an event together, exits first, and are done together`() throws {
    try Self.run(Blueprint.regions) { machine, log, _ in
      #expect(Self.configuration(machine) == [1, 2, 3, 5, 6])
      #expect(log.lines == ["0", "1", "2"])
      log.lines = []
      #expect(Self.send(machine, 1) == 0)
      #expect(log.lines == ["4 1", "3 1", "5 1", "6 1"])
      #expect(Self.configuration(machine) == [1, 2, 4, 5, 7])
      #expect(baton_machine_in(machine, 4) == 1 && baton_machine_in(machine, 3) == 0)
      log.lines = []
      // Both regions come to their ends, which is the end of the chart.
      #expect(Self.send(machine, 2) == 0)
      #expect(log.lines == ["7", "done"])
      #expect(baton_machine_is_done(machine) == 1 && baton_machine_state(machine) == 10)
      #expect(Self.send(machine, 1) == 4)
    }
  }

  @Test func `history comes back to what was left`() throws {
    try Self.run(Blueprint.player) { machine, _, _ in
      #expect(Self.send(machine, 2) == 0 && baton_machine_state(machine) == 3)
      for event in [UInt32(1), 4] { #expect(Self.send(machine, event) == 0) }
      #expect(baton_machine_state(machine) == 7)
      #expect(Self.send(machine, 2) == 0 && Self.send(machine, 2) == 0)
      // Shallow: the child, and its own beginning; deep: the leaf.
      #expect(baton_machine_state(machine) == 6)
      for event in [UInt32(4), 2, 3] { #expect(Self.send(machine, event) == 0) }
      #expect(baton_machine_state(machine) == 7)
    }
  }

  @Test func `deferred events come in order where they are not deferred`() throws {
    try Self.run(Blueprint.worker) { machine, log, _ in
      #expect(Self.send(machine, 1) == 0)
      #expect([Self.send(machine, 2, 7), Self.send(machine, 2, 8)] == [3, 3])
      #expect(log.lines == [])
      #expect(Self.send(machine, 3) == 0)
      #expect(log.lines == ["0 2:7", "0 2:8"])
    }
  }

  // MARK: What actions ask for

  @Test func `actions raise, send, cancel and fail`() throws {
    try Self.run(Blueprint.asker) { machine, log, _ in
      let loop = log.loop
      log.hooks[0] = { machine, _ in
        #expect(baton_machine_send(machine, 3, nil, 0, nil) == 5)
        #expect(baton_machine_raise(machine, 2, nil, 0) == 0)
      }
      #expect(Self.send(machine, 1) == 0)
      // What is raised comes first, and the second action of the list before both.
      #expect(log.lines == ["0 1", "1 1", "2 2", "3 3"])
      log.lines = []
      log.hooks[0] = { machine, _ in
        var byte: UInt8 = 5
        #expect(baton_machine_fail(machine, 2, &byte, 1) == 0)
      }
      #expect(Self.send(machine, 1) == 0)
      #expect(log.lines == ["0 1", "2 2:5"])
      log.lines = []
      log.hooks[0] = { machine, _ in
        #expect(baton_machine_send_after(machine, 1, 7, 2, nil, 0) == 0)
        #expect(baton_machine_send_after(machine, 2, 8, 3, nil, 0) == 0)
        #expect(baton_machine_send_after(machine, .max, 7, 3, nil, 0) == 0)
      }
      log.hooks[1] = { machine, _ in #expect(baton_machine_cancel(machine, 7) == 0) }
      #expect(Self.send(machine, 1) == 0)
      let began = baton_loop_now(loop)
      while log.lines.count < 3, baton_loop_now(loop) - began < 20_000_000_000 {
        #expect(baton_loop_turn(loop, 1) >= 0)
      }
      #expect(log.lines == ["0 1", "1 1", "3 3"])
      #expect(baton_loop_turn(loop, 1) == 0)
    }
  }

  @Test func `the end of a state gives what finished it`() throws {
    let chart = Blueprint()
    chart.states = [
      .init(name: "job", initial: 1), .init(name: "work", initial: 2),
      .init(name: "begun", parent: 1),
      .init(name: "ended", kind: 2, parent: 1, entry: [1]), .init(name: "over", kind: 2),
    ]
    (chart.events, chart.actions) = (["end", "result"], ["finish", "take"])
    chart.transitions = [
      .init(source: 2, event: 1, targets: [3]), .init(source: 1, event: 2, actions: [2]),
      .init(source: 1, event: UInt32(BATON_DONE), actions: [2], targets: [4]),
    ]
    try Self.run(chart) { machine, log, _ in
      log.hooks[0] = { machine, _ in
        var byte: UInt8 = 42
        #expect(baton_machine_finish(machine, 2, &byte, 1) == 0)
      }
      #expect(Self.send(machine, 1) == 0)
      #expect(log.lines == ["0 1", "1 2:42", "done"])
    }
  }

  @Test func `what does not come to rest is refused, and told where nobody waits`() throws {
    try Self.run(Blueprint.asker) { machine, log, _ in
      var why = Calls.refusal()
      log.hooks[2] = { machine, _ in _ = baton_machine_raise(machine, 2, nil, 0) }
      #expect(baton_machine_send(machine, 2, nil, 0, &why) == -1)
      #expect(why.cause == 31 && Calls.text(why).contains("64 steps"))
      log.hooks[2] = { machine, _ in for _ in 0..<9 { baton_machine_raise(machine, 3, nil, 0) } }
      #expect(baton_machine_send(machine, 2, nil, 0, &why) == -1)
      #expect(Calls.text(why) == "more than 8 events are raised at one time")
      log.hooks[2] = { machine, _ in
        for _ in 0..<17 { baton_machine_send_after(machine, .max, 1, 3, nil, 0) }
      }
      log.lines = []
      log.hooks[0] = { machine, _ in #expect(baton_machine_send(machine, 2, nil, 0, nil) == 5) }
      #expect(Self.send(machine, 1) == 0)
      #expect(log.lines.last == "failed more than 16 events are deferred or sent at one time")
      log.hooks[0] = { machine, _ in
        for _ in 0..<64 { #expect(baton_machine_send(machine, 3, nil, 0, nil) == 5) }
        #expect(baton_machine_send(machine, 3, nil, 0, nil) == -1)
      }
      log.lines = []
      #expect(Self.send(machine, 1) == 0 && log.lines.count { $0 == "3 3" } == 64)
    }
  }

  @Test func `a delay of no length does not hold the loop`() throws {
    let chart = Blueprint()
    chart.states = [.init(name: "loop", initial: 1), .init(name: "a"), .init(name: "b")]
    chart.delays = [("nothing", 0)]
    chart.transitions = [
      .init(source: 1, delay: 1, targets: [2]), .init(source: 2, delay: 1, targets: [1]),
    ]
    try Self.run(chart) { _, log, _ in
      let loop = log.loop
      for _ in 0..<3 { #expect(baton_loop_turn(loop, 1) == 1) }
    }
  }

  // MARK: Drawing

  @Test func `a chart of tables is drawn as the same chart in Swift`() throws {
    let outline = Table.trusted(DoorChart.self).outline
    try Self.run(.door) { _, _, chart in
      for format in DiagramFormat.allCases {
        #expect(Self.draw(chart, format.name) == outline.diagram(format), "\(format.name)")
      }
      #expect(baton_chart_draw(chart, "png", nil, 0) == 0)
      #expect(baton_chart_draw(chart, nil, nil, 0) == 0)
      var text: [CChar] = [1, 1, 1, 1]
      #expect(baton_chart_draw(chart, "scxml", &text, 3) > 100)
      #expect(text == [60, 63, 0, 1])
    }
  }

  @Test func `a trace has the names of the tables`() throws {
    var (loop, trace, machine): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
    try #require(baton_loop_create(&loop, nil) == 0)
    #expect(baton_trace_create(loop, 16, nil, nil, &trace) == 0)
    let built = Blueprint.door.build(on: loop)
    let log = Log()
    #expect(baton_machine_create(built.chart, trace, nil, log.context, &machine) == 0)
    #expect(baton_machine_start(machine, nil) == 0 && Self.send(machine, 1) == 0)
    var text = Array(repeating: CChar(0), count: 4096)
    _ = baton_trace_json(trace, &text, text.count)
    let said = String(
      decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    for word in [
      "\"machine\":\"door\"", "\"event\":\"pull\"", "\"from\":\"closed\"", "\"to\":\"opened\"",
      "\"isFree\":true",
    ] { #expect(said.contains(word), "\(said)") }
    #expect(baton_machine_destroy(machine) == 0 && baton_chart_destroy(built.chart) == 0)
    #expect(baton_trace_destroy(trace) == 0 && baton_loop_destroy(loop) == 0)
  }
}
