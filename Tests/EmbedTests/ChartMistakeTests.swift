import CBaton
import Testing

@testable import BatonEmbed

/// What is wrong with tables, all of it at once.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ChartMistakeTests {
  private func build(_ blueprint: Blueprint, _ body: (Blueprint.Built) -> Void) throws {
    var loop: OpaquePointer?
    try #require(baton_loop_create(&loop, nil) == 0)
    let built = blueprint.build(on: loop)
    body(built)
    #expect((built.answer == 0) == (built.chart != nil))
    if built.chart != nil { #expect(baton_chart_destroy(built.chart) == 0) }
    #expect(baton_loop_destroy(loop) == 0)
  }

  @Test func `every mistake of the rows is told at once`() throws {
    let door = Blueprint.door
    door.states[0].kind = 1
    door.states[1].name = "1st"
    door.states[2].name = "locked"
    door.states[2].parent = 2
    door.states[3].parent = 9
    door.states[1].entry = [0, 5]
    door.states.append(.init(name: "last", kind: 3, exit: [1]))
    door.states.append(.init(name: "what", kind: 7, initial: 77))
    door.transitions.append(.init(source: 0, event: 1))
    door.transitions.append(.init(source: 1, event: 9, guard: 2, actions: [4_000_000_000]))
    door.transitions.append(.init(source: 1, event: 1, delay: 1, guard: 1, unless: 1, targets: [8]))
    door.transitions.append(.init(source: 1, delay: 2))
    door.transitions.append(.init(source: 1))
    door.events[1] = nil
    door.hasFunctions = false
    try build(door) { built in
      #expect(built.answer == -1)
      let told = built.mistakes.map { "\($0.code) \($0.state) \($0.transition) \($0.number)" }
      let wanted: Set = [
        "6 0 -1 0", "2 1 -1 1", "2 0 -1 2", "3 3 -1 3", "7 2 -1 0", "5 3 -1 9", "5 1 -1 0",
        "5 1 -1 5", "6 4 -1 0", "5 5 -1 7", "5 5 -1 77", "5 0 6 0", "5 1 7 9", "5 1 7 2",
        "5 1 7 4294967295", "6 1 8 0", "5 1 8 8", "5 1 9 2", "6 1 10 0", "4 0 -1 1", "4 0 -1 2",
        "4 0 -1 3", "4 0 -1 4",
      ]
      #expect(wanted.subtracting(told).subtracting(["5 1 7 4294967295"]) == [], "\(told)")
      #expect(told.contains("5 1 7 4000000000"))
      #expect(Calls.text(built.why).hasPrefix("chart door: \(told.count) mistakes, the first: "))
      #expect(built.why.cause == 1 && built.why.there.number == UInt64(told.count))
      #expect(built.texts.allSatisfy { !$0.isEmpty && $0.utf8.count < 207 })
    }
  }

  @Test func `every mistake of what the rows say is told at once`() throws {
    let chart = Blueprint()
    chart.states = [
      .init(name: "wrong", initial: 2), .init(name: "a"), .init(name: "inA", parent: 1),
      .init(name: "pair", kind: 1), .init(name: "single", kind: 2, parent: 3),
      .init(name: "h", kind: 3, parent: 1), .init(name: "end", kind: 2),
    ]
    (chart.events, chart.guards, chart.actions) = (["go", "never"], ["g"], ["x"])
    chart.delays = [("late", 1)]
    chart.transitions = [
      .init(source: 2, event: 1, targets: [3]), .init(source: 2, event: 1, targets: [1]),
      .init(source: 2, event: 1, targets: [1, 3]), .init(source: 5, targets: [3]),
      .init(source: 6, event: 1), .init(source: 1, event: UInt32(BATON_DONE)),
      .init(source: 1, targets: [2]),
    ]
    try build(chart) { built in
      #expect(built.answer == -1)
      #expect(
        Set(built.codes) == [16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 28, 29, 30, 31, 32],
        "\(built.codes)")
      #expect(built.texts.contains("initial inA is no child of the chart"))
      #expect(built.texts.contains("parallel pair has less than two regions"))
      #expect(built.texts.contains("no state handles event never"))
    }
  }

  @Test func `states that nothing leads to, and transitions that nothing comes to`() throws {
    let chart = Blueprint()
    chart.states = [
      .init(name: "wrong", initial: 1), .init(name: "a", initial: 2),
      .init(name: "inner", parent: 1), .init(name: "island"),
    ]
    chart.events = ["go"]
    chart.transitions = [.init(source: 1, event: 1), .init(source: 2, event: 1)]
    try build(chart) { built in
      #expect(built.codes == [18, 27])
      #expect(built.mistakes.map(\.state) == [3, 1] && built.mistakes.last?.number == 1)
    }
  }

  @Test func `nothing, and too much`() throws {
    try build(Blueprint()) { #expect($0.codes == [5]) }
    let alone = Blueprint()
    alone.states = [.init(name: "alone")]
    try build(alone) { #expect($0.codes == [16]) }
    let many = Blueprint()
    many.states = (0...251).map { .init(name: "s\($0)", initial: $0 == 0 ? 1 : 0) }
    many.events = (0...250).map { "e\($0)" }
    many.guards = (0...64).map { "g\($0)" }
    many.actions = (0...250).map { "a\($0)" }
    many.delays = (0...16).map { ("d\($0)", 1) }
    many.transitions = Array(repeating: .init(source: 1, event: 1), count: 4001)
    try build(many) { #expect($0.codes == [1, 1, 1, 1, 1, 1]) }
    let long = Blueprint.door
    long.states[1].entry = Array(repeating: 1, count: 65)
    long.states[2].name = String(repeating: "a", count: 64)
    try build(long) { #expect($0.codes == [2, 5]) }
  }

  @Test func `the largest chart is built and runs`() throws {
    let chart = Blueprint()
    chart.states = (0...250).map { .init(name: "s\($0)", initial: $0 == 0 ? 1 : 0, entry: []) }
    chart.events = (1...250).map { "e\($0)" }
    chart.actions = (1...250).map { "a\($0)" }
    chart.transitions = (1...250).map {
      .init(source: $0, event: $0, actions: [$0], targets: [$0 % 250 + 1])
    }
    try ChartTests.run(chart) { machine, log, _ in
      for event in UInt32(1)...250 {
        #expect(baton_machine_state(machine) == event)
        #expect(ChartTests.send(machine, event) == 0)
      }
      #expect(baton_machine_state(machine) == 1 && log.lines.count == 250)
    }
    // Each event in each state, by 64 guards and 64 actions: more than tables of Core should hold.
    chart.guards = (1...64).map { "g\($0)" }
    chart.states[1].initial = 2
    for state in 2...250 { chart.states[state].parent = 1 }
    for number in UInt32(1)...64 {
      chart.transitions.append(
        .init(
          source: 1, event: UInt32(BATON_ANY), guard: number,
          actions: Array(repeating: number, count: 64)))
    }
    try build(chart) { #expect($0.codes == [1]) }
  }

  @Test func `a caller with less room gets the first ones and the number`() throws {
    var loop: OpaquePointer?
    try #require(baton_loop_create(&loop, nil) == 0)
    let door = Blueprint.door
    door.states[1].entry = [9, 9, 9]
    #expect(door.build(on: loop, capacity: 2).mistakes.count == 2)
    #expect(Calls.text(door.build(on: loop, capacity: 0).why).contains("3 mistakes, the first"))
    #expect(baton_loop_destroy(loop) == 0)
  }
}
