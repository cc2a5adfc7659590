import BatonHost
import Synchronization

/// Where swift-log writes: standard error, on a thread of its own, since it may be a pipe that
/// nobody reads, and a guest must not stand still for it.
final class LogStream: TextOutputStream, Sendable {
  private let writer: BackgroundWriter
  /// Lines whose loss was told.
  private let told = Mutex<UInt64>(0)

  /// Writes to what `writer` writes to.
  init(_ writer: BackgroundWriter) { self.writer = writer }

  /// Hands a line over, after a word about those that were dropped before it.
  func write(_ line: String) {
    told.withLock { told in
      let dropped = writer.current.dropped
      let word =
        dropped > told ? "\(dropped - told) lines of the log were dropped for want of room\n" : ""
      if writer.write(word + line) { told = dropped }
    }
  }
}
