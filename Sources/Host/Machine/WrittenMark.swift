import Dispatch
import Synchronization

/// The end of what a writer was given, for who does not keep the writer.
final class WrittenMark: Sendable {
  private let end = Mutex<BackgroundWriter.Status?>(nil)
  private let bell = DispatchSemaphore(value: 0)

  /// What had become of it all by then; nil before that.
  var status: BackgroundWriter.Status? { end.withLock { $0 } }

  /// All of it is written, or dropped.
  func set(_ status: BackgroundWriter.Status) {
    end.withLock { $0 = status }
    bell.signal()
  }

  /// Waits for that, or until the time is up; once.
  func wait(until deadline: DispatchTime) {
    if status == nil { _ = bell.wait(timeout: deadline) }
  }
}
