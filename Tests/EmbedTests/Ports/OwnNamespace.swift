import BatonLab
import Foundation
import Synchronization
import Testing

/// A network namespace for a test, so that its TAPs are nobody else's.
enum OwnNamespace {
  /// Why there are no TAPs here; nil when there are.
  static let refusal: String? = {
    guard FileManager.default.isWritableFile(atPath: "/dev/net/tun") else { return "no TAPs" }
    do { try run {} } catch { return "\(error)" }
    return nil
  }()

  /// Runs on a thread in a network namespace of its own.
  static func run<Answer: Sendable>(
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
