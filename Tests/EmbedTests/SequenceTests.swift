import BatonTesting
import CBaton
import Foundation
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

  @Test(.enabled(if: OwnNamespace.refusal == nil, "no network namespace, or no TAPs"))
  func `every call of a port answers what the model says`() throws {
    Misuse.toleranceCount.add(1, ordering: .relaxed)
    defer { Misuse.toleranceCount.subtract(1, ordering: .relaxed) }
    let report = try OwnNamespace.run {
      var options = CheckOptions()
      // A run of one takes a tenth of a second.
      options.shrinkingRuns = 200
      options.cases = 150
      // More of them, and other ones, than in every run: SEED:CASES.
      let wish = ProcessInfo.processInfo.environment["BATON_PORTS"]?.split(separator: ":")
      if let wish, wish.count == 2, let seed = UInt64(wish[0]), let cases = Int(wish[1]) {
        (options.seed, options.cases) = (seed, cases)
      }
      return try check(PortSequences.self, options: options)
    }
    #expect(report.steps > 4_000)
  }

  /// In a process of its own, since it is the whole process that outlives it.
  @Test func `a process may ask twice to outlive shortened memory`() async {
    await #expect(processExitsWith: .success) {
      guard baton_survive_shrinking() == 0, baton_survive_shrinking() == 0 else { exit(1) }
    }
  }
}
