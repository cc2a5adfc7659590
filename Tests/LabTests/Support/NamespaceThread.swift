import BatonHost
import BatonLab
import Foundation
import Synchronization

/// A thread in a network namespace of its own that runs tasks; a process that is started from it
/// lives in that namespace too.
///
/// It is a task executor, so that a test that moves onto it stays the same test: what it expects
/// is recorded as its own.
final class NamespaceThread: TaskExecutor {
  /// Why no namespace or TAP can be had here, naming what is missing; nil when they can.
  static let refusal: String? = {
    guard FileManager.default.isWritableFile(atPath: "/dev/net/tun") else {
      return "/dev/net/tun is missing or not writable: load the kernel module tun"
    }
    let thread = NamespaceThread()
    defer { thread.end() }
    return thread.awaitRefusal()
  }()

  private enum Order {
    case job(UnownedJob)
    case end
  }

  private let orders = Mutex<[Order]>([])
  private let bell = DispatchSemaphore(value: 0)
  private let answer = Mutex<String?>(nil)
  private let entered = DispatchSemaphore(value: 0)

  init() {
    Thread.detachNewThread { [self] in
      do { try NetworkNamespace.enter() } catch { answer.withLock { $0 = "\(error)" } }
      entered.signal()
      serve()
    }
  }

  /// Runs `body` in a namespace that nothing else is in.
  static func run(_ body: () async throws -> Void) async throws {
    let thread = NamespaceThread()
    defer { thread.end() }
    if let refusal = thread.awaitRefusal() { throw Refused(reason: refusal) }
    try await withTaskExecutorPreference(thread) { try await body() }
  }

  /// There is no namespace.
  struct Refused: Error {
    let reason: String
  }

  func enqueue(_ job: consuming ExecutorJob) { give(.job(UnownedJob(job))) }

  private func end() { give(.end) }

  private func give(_ order: Order) {
    orders.withLock { $0.append(order) }
    bell.signal()
  }

  private func awaitRefusal() -> String? {
    guard entered.wait(timeout: .now() + 30) == .success else { return "it takes too long" }
    return answer.withLock { $0 }
  }

  private func serve() {
    while true {  // Ends with the order to end.
      // A test that has been silent for so long will not come back.
      guard bell.wait(timeout: .now() + 3_600) == .success else { return }
      switch orders.withLock({ $0.removeFirst() }) {
      case .job(let job): job.runSynchronously(on: asUnownedTaskExecutor())
      case .end: return
      }
    }
  }
}
