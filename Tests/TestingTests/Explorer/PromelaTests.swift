import BatonCore
import BatonMig
import Testing

@testable import BatonTesting

/// What is written for SPIN; `make verify` has SPIN count it.
@Suite(.timeLimit(.minutes(10))) struct PromelaTests {
  @Test func `a chart is said with the guards and actions that it is given`() throws {
    let text = try PromelaChart(
      Upload.table, variables: ["byte tries"], guards: [.isLastTry: "tries >= 3"],
      actions: [.count: "tries++", .forget: "tries = 0"]
    ).text
    #expect(text.contains("byte tries;\nbyte s = IDLE;"))
    #expect(text.contains(":: true && (tries >= 3) -> s = FAILED"))
    #expect(text.contains(":: true && !(tries >= 3) && true -> s = WAITING"))
    // The action, then the entry.
    #expect(text.contains("tries = 0; tries++; s = SENDING"))
    #expect(text.components(separatedBy: "d_step").count == 1 + 4 * 3)
  }

  @Test func `what cannot be said is refused by name`() {
    #expect(throws: PromelaChart<Upload>.Refusal.guardWithoutWords("isLastTry")) {
      try PromelaChart(Upload.table)
    }
    #expect(throws: PromelaChart<OutgoingChart>.Refusal.tooRich) {
      try PromelaChart(OutgoingChart.table)
    }
  }

  @Test func `a graph has a line for each step`() throws {
    let graph = try Door.test.promela()
    let result = try Door.test.walked().exploration
    #expect(graph.components(separatedBy: "d_step").count == result.transitions)
  }
}
