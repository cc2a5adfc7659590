import BatonTesting
import Testing

@testable import BatonEmbed

/// What the header says of each function, for any order of calls.
@Suite(.serialized, .timeLimit(.minutes(15))) struct SequenceTests {
  @Test func `every call answers what the model says`() throws {
    Misuse.toleranceCount.add(1, ordering: .relaxed)
    defer { Misuse.toleranceCount.subtract(1, ordering: .relaxed) }
    let report = try check(Sequences.self, cases: 300)
    #expect(report.steps > 5_000)
  }
}
