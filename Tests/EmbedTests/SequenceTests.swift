import BatonLab
import BatonTesting
import CBaton
import Foundation
import Synchronization
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

  @Test(.enabled(if: refusal == nil, "no network namespace, or no TAPs"))
  func `every call of a port answers what the model says`() throws {
    Misuse.toleranceCount.add(1, ordering: .relaxed)
    defer { Misuse.toleranceCount.subtract(1, ordering: .relaxed) }
    let report = try Self.inNamespace {
      var options = CheckOptions()
      // A run of one takes a tenth of a second.
      options.shrinkingRuns = 200
      return try check(PortSequences.self, cases: 150, options: options)
    }
    #expect(report.steps > 4_000)
  }

  /// In a process of its own, since it is the whole process that outlives it.
  @Test func `a process may ask twice to outlive shortened memory`() async {
    await #expect(processExitsWith: .success) {
      guard baton_survive_shrinking() == 0, baton_survive_shrinking() == 0 else { exit(1) }
    }
  }

  /// Why there are no TAPs here; nil when there are.
  private static let refusal: String? = {
    guard FileManager.default.isWritableFile(atPath: "/dev/net/tun") else { return "no TAPs" }
    do { try inNamespace {} } catch { return "\(error)" }
    return nil
  }()

  /// Runs on a thread in a network namespace of its own.
  private static func inNamespace<Answer: Sendable>(
    _ body: @escaping @Sendable () throws -> Answer
  ) throws -> Answer {
    let (done, answer) = (DispatchSemaphore(value: 0), Mailbox<Answer>())
    Thread.detachNewThread {
      let given = Result {
        try NetworkNamespace.enter()
        return try body()
      }
      answer.result.withLock { $0 = given }
      done.signal()
    }
    try #require(done.wait(timeout: .now() + 800) == .success)
    return try #require(answer.result.withLock { $0 }).get()
  }

  /// What a thread has come to.
  private final class Mailbox<Answer: Sendable>: Sendable {
    let result = Mutex<Result<Answer, any Error>?>(nil)
  }
}
