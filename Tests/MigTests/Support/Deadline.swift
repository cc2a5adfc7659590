import BatonCore
import Testing

/// Ends a wait on a loop that nothing else would end: a test's time limit cancels a task and cannot
/// wake a thread that sleeps in the kernel.
final class Deadline: Watcher {
  private var timer: Timer?
  private var hasPassed = false

  /// Starts to run.
  init(_ loop: EventLoop, seconds: UInt64) {
    timer = Timer(loop, calling: self)
    timer?.arm(after: seconds * 1_000_000_000)
  }

  deinit { timer = nil }

  /// True once it is late, which is then an issue of the test.
  func isOver(_ location: SourceLocation) -> Bool {
    if hasPassed {
      Issue.record("what the test waits for did not come in time", sourceLocation: location)
    }
    return hasPassed
  }

  func ready(_ what: Ready, watch: Int) { hasPassed = true }
}
