public import BatonCore

/// A loop for scripts: everything in the laboratory goes on while the script waits for something.
public final class Lab: Watcher {
  /// Carries the probes, the connections and the children.
  public let loop: EventLoop
  private var alarm: Timer?
  private var isLate = false

  /// A laboratory of the calling thread.
  public init(kernel: Kernel = Kernel()) {
    loop = EventLoop(kernel: kernel)
    alarm = Timer(loop, calling: self)
  }

  /// Lets everything go on until the condition holds.
  ///
  /// - Returns: False when it does not hold in time.
  @discardableResult
  public func wait(timeoutMillis: UInt64, until isDone: () -> Bool) -> Bool {
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
  public func pass(millis: UInt64) {
    wait(timeoutMillis: millis) { false }
  }

  /// The loop calls when the time is up.
  public func ready(_ what: Ready, watch: Int) { isLate = true }
}

@available(*, unavailable)
extension Lab: Sendable {}
