package import BatonCore
import BatonHost
import Foundation

/// A loop for scripts: everything in the laboratory goes on while the script waits for something.
package final class Lab: Watcher {
  /// Carries the probes, the connections and the children.
  package let loop: EventLoop
  private var alarm: BatonCore.Timer?
  private var isLate = false
  private var signals: [SignalBox] = []
  /// The signal that asked to end; nil while nobody did.
  package private(set) var interruption: CInt?

  /// How often longer everything may take than on a processor of today: limits are multiplied by
  /// it. BATON_SLOWNESS says so, 1 to 20, where a machine is emulated (Scripts/vm-test.sh).
  package static let slowness: UInt64 = {
    let wish = ProcessInfo.processInfo.environment["BATON_SLOWNESS"].flatMap { UInt64($0) } ?? 1
    return min(max(wish, 1), 20)
  }()

  private static let alarmWatch = 1
  private static let signalWatch = 16

  /// A laboratory of the calling thread.
  package init(kernel: Kernel = Kernel()) {
    loop = EventLoop(kernel: kernel)
    alarm = BatonCore.Timer(loop, id: Self.alarmWatch, calling: self)
  }

  /// Lets everything go on until the condition holds; the limit is multiplied by ``slowness``.
  ///
  /// - Returns: False when it does not hold in time.
  @discardableResult
  package func wait(timeoutMillis: UInt64, until isDone: () -> Bool) -> Bool {
    wait(exactlyMillis: timeoutMillis * Self.slowness, until: isDone)
  }

  @discardableResult
  private func wait(exactlyMillis millis: UInt64, until isDone: () -> Bool) -> Bool {
    isLate = false
    alarm?.arm(after: millis * 1_000_000)
    while !isDone() {
      if isLate { return false }
      loop.runOnce()
    }
    alarm?.disarm()
    return true
  }

  /// Lets everything go on for a while.
  package func pass(millis: UInt64) {
    wait(exactlyMillis: millis) { false }
  }

  /// Takes SIGINT, SIGTERM and SIGHUP as the wish to end: each ends the wait that is on, and
  /// ``interruption`` tells whoever goes on afterwards. For the one laboratory of a command.
  package func endOnSignals() {
    signals = loop.kernel.endingSignals.map {
      SignalBox(
        SignalWatch(loop, signal: $0, id: Self.signalWatch + Int($0), calling: self))
    }
  }

  /// The loop calls when the time is up, and on a signal.
  package func ready(_ what: Ready, watch: Int) {
    isLate = true
    if watch > Self.signalWatch { interruption = CInt(watch - Self.signalWatch) }
  }
}

@available(*, unavailable)
extension Lab: Sendable {}
