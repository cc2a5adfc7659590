import BatonCore
import Testing

extension EventLoop {
  private final class Alarm: Watcher {
    var isLate = false
    func ready(_ what: Ready, watch: Int) { isLate = true }
  }

  /// Runs rounds as long as something has not happened yet, for half a minute at most; then it is
  /// an issue of the test.
  ///
  /// - Parameter round: Runs one round; may sleep until something happens.
  func run(
    while isWaiting: @autoclosure () -> Bool, sourceLocation: SourceLocation = #_sourceLocation,
    round: (EventLoop) -> Void = { $0.runOnce() }
  ) {
    let alarm = Alarm()
    let timer = BatonCore.Timer(self, calling: alarm)
    timer.arm(after: 30_000_000_000)
    while isWaiting(), !alarm.isLate {
      round(self)
    }
    #expect(!alarm.isLate, "it does not happen", sourceLocation: sourceLocation)
    timer.disarm()
  }
}
