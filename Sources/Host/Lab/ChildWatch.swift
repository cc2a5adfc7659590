import BatonCore

/// Wakes the laboratory when a child writes its first line, stops or ends.
final class ChildWatch: Watcher {
  private let child: ChildProcess
  private var ending: Watch?
  private var reading: Watch?
  private var stopping: SignalWatch?
  /// True once the process has ended.
  private(set) var hasEnded = false

  private static let endWatch = 1
  private static let lineWatch = 2
  private static let stopWatch = 3

  init(_ lab: Lab, _ child: ChildProcess) {
    self.child = child
    ending = Watch(
      lab.loop, descriptor: child.pidfd, for: .read, id: Self.endWatch, calling: self)
    reading = Watch(
      lab.loop, descriptor: child.output, for: .read, id: Self.lineWatch, calling: self)
    stopping = SignalWatch(lab.loop, signal: Signal.child, id: Self.stopWatch, calling: self)
  }

  func ready(_ what: Ready, watch: Int) {
    if watch == Self.endWatch {
      hasEnded = true
      ending = nil
    } else if watch == Self.lineWatch, !child.readOutput() {
      reading = nil
    }
  }
}

@available(*, unavailable)
extension ChildWatch: Sendable {}
