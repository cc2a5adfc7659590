import CBaton
import Testing

@testable import BatonEmbed

/// Guards that tables combine.
@Suite(.serialized, .timeLimit(.minutes(15))) struct ChartConditionTests {
  /// BATON_CONDITION.
  private static func number(_ row: UInt32) -> UInt32 { 0x4000_0000 + row }

  /// A box that opens by one condition, and says by another that it stays shut.
  private static var box: Blueprint {
    let box = Blueprint()
    box.states = [
      .init(name: "box", initial: 1), .init(name: "shut"), .init(name: "open"),
      .init(name: "over", kind: 2),
    ]
    box.events = ["pull", "end"]
    box.guards = ["isFree", "isLocked", "isGlued"]
    box.actions = ["creak"]
    box.conditions = ["isFree && !(isLocked || isGlued)", "isGlued or isLocked"]
    box.transitions = [
      .init(source: 1, event: 1, guard: number(1), targets: [2]),
      .init(source: 1, event: 2, unless: number(2), targets: [3]),
      .init(source: 2, event: 1, actions: [1], targets: [1]),
    ]
    return box
  }

  @Test func `each guard is asked once, from left to right, as far as needed`() throws {
    try ChartTests.run(Self.box) { machine, log, _ in
      for answers in 0..<8 {
        log.holds = [answers & 1 != 0, answers & 2 != 0, answers & 4 != 0, true]
        log.lines = []
        let (free, locked, glued) = (log.holds[0], log.holds[1], log.holds[2])
        let isOpen = free && !(locked || glued)
        #expect(ChartTests.send(machine, 1) == (isOpen ? 0 : 4), "\(answers)")
        let asked = !free ? ["0? 1"] : locked ? ["0? 1", "1? 1"] : ["0? 1", "1? 1", "2? 1"]
        #expect(log.lines == asked, "\(answers)")
        if isOpen { #expect(ChartTests.send(machine, 1) == 0) }
      }
      (log.holds, log.lines) = ([true, false, true, true], [])
      #expect(ChartTests.send(machine, 2) == 4 && log.lines == ["2? 2"])
      log.holds = [false, false, false, true]
      #expect(ChartTests.send(machine, 2) == 0 && baton_machine_is_done(machine) == 1)
    }
  }

  @Test func `conditions are drawn in words`() throws {
    try ChartTests.run(Self.box) { _, _, chart in
      let text = ChartTests.draw(chart, "mermaid").replacing("#38;", with: "&")
      #expect(text.contains("isFree && !(isLocked || isGlued)"), "\(text)")
      #expect(text.contains("!(isGlued || isLocked)"), "\(text)")
    }
  }

  @Test func `what is no condition is a mistake by name`() throws {
    let box = Self.box
    box.conditions = [
      "isFree && !(isLocked || isGlued)", "isGlued or isLocked", "isFree + isLocked", nil,
      String(repeating: "!", count: 300) + "isFree", "isFree || isBlue", "",
    ]
    box.transitions[1].unless = Self.number(6)
    box.transitions[2].guard = Self.number(99)
    var loop: OpaquePointer?
    try #require(baton_loop_create(&loop, nil) == 0)
    let built = box.build(on: loop)
    #expect(built.answer == -1)
    let told = built.mistakes.map { "\($0.code) \($0.state) \($0.transition) \($0.number)" }
    #expect(
      told == [
        "8 0 -1 3", "8 0 -1 4", "8 0 -1 5", "8 0 -1 6", "8 0 -1 7", "8 1 1 6", "5 2 2 99",
      ], "\(told)")
    #expect(built.texts[0].contains("isFree + isLocked"))
    #expect(built.texts[3] == "condition 6 asks isBlue, which is no guard")
    #expect(baton_loop_destroy(loop) == 0)
  }
}
