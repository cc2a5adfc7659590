import BatonCore
import BatonHost

/// Wakes the laboratory when a child writes a line, stops or ends.
///
/// A host that stops itself says so in a line. SIGCHLD would tell as well, but a signal reaches one
/// loop of a process only, and tests have many.
final class ChildWatch: Watcher {
  private let child: ChildProcess
  private var ending: Watch?
  private var reading: Watch?
  /// True once the process has ended.
  private(set) var hasEnded = false

  private static let endWatch = 1
  private static let lineWatch = 2

  init(_ lab: Lab, _ child: ChildProcess) {
    self.child = child
    ending = Watch(
      lab.loop, descriptor: child.pidfd, for: .read, id: Self.endWatch, calling: self)
    reading = Watch(
      lab.loop, descriptor: child.output, for: .read, id: Self.lineWatch, calling: self)
  }

  func ready(_ what: Ready, watch: Int) {
    if watch == Self.endWatch {
      hasEnded = true
      ending = nil
    } else {
      let known = child.lines.count
      if !child.readOutput() { reading = nil }
      if child.lines.dropFirst(known).contains(where: { $0.hasPrefix(HostObserver.stopLine) }) {
        child.awaitStop()
      }
    }
  }
}

@available(*, unavailable)
extension ChildWatch: Sendable {}
