package import BatonCore

/// A loop for scripts: everything in the laboratory goes on while the script waits for something.
package final class Lab: Watcher {
  /// Carries the probes, the connections and the children.
  package let loop: EventLoop
  private var alarm: Timer?
  private var isLate = false

  /// A laboratory of the calling thread.
  package init(kernel: Kernel = Kernel()) {
    loop = EventLoop(kernel: kernel)
    alarm = Timer(loop, calling: self)
  }

  /// Lets everything go on until the condition holds.
  ///
  /// - Returns: False when it does not hold in time.
  @discardableResult
  package func wait(timeoutMillis: UInt64, until isDone: () -> Bool) -> Bool {
    isLate = false
    alarm?.arm(after: timeoutMillis * 1_000_000)
    while !isDone() {
      if isLate { return false }
      loop.runOnce()
    }
    alarm?.disarm()
    return true
  }

  /// Lets everything go on for a while.
  package func pass(millis: UInt64) {
    wait(timeoutMillis: millis) { false }
  }

  /// The loop calls when the time is up.
  package func ready(_ what: Ready, watch: Int) { isLate = true }
}

@available(*, unavailable)
extension Lab: Sendable {}
