import BatonCLinux
import BatonCore
import Foundation
import Synchronization

/// A network namespace of a test's own: a thread that moves into an empty one, runs, and ends.
///
/// What the body makes there goes when the last descriptor of it is closed. Record nothing with
/// `#expect` in the body: the thread belongs to no test. Answer values and judge them outside.
enum Namespace {
  /// Whether this process may make one (CAP_SYS_ADMIN) and has /dev/net/tun.
  static let isAvailable =
    granted && Foundation.FileManager.default.fileExists(atPath: "/dev/net/tun")

  /// Why tests are skipped where it is not.
  static let reason = "unshare(CLONE_NEWNET) or /dev/net/tun is refused to this process"

  /// Runs `body` on a thread in a new namespace, and answers what it answers.
  static func run<Answer: Sendable>(
    _ body: @escaping @Sendable () throws -> Answer
  ) async throws -> Answer {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result {
            guard clinux_unshare_network() == 0 else { throw Refused(code: clinux_errno()) }
            return try body()
          })
      }
    }
  }

  /// unshare(2) was refused.
  struct Refused: Error {
    let code: CInt
  }

  private static let granted: Bool = {
    let done = DispatchSemaphore(value: 0)
    let grant = Grant()
    Thread.detachNewThread {
      grant.isGiven.withLock { $0 = clinux_unshare_network() == 0 }
      done.signal()
    }
    guard done.wait(timeout: .now() + 30) == .success else { return false }
    return grant.isGiven.withLock { $0 }
  }()

  private final class Grant: Sendable {
    let isGiven = Mutex(false)
  }
}
