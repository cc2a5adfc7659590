import ArgumentParser
import BatonCore
import BatonHost
import Logging
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
    let dropped = writer.current.dropped
    let news = told.withLock { told in
      let news = dropped > told ? dropped - told : 0
      told += news
      return news
    }
    let word = news > 0 ? "\(news) lines of the log were dropped for want of room\n" : ""
    // Nothing is locked: on the writer's own thread this takes as long as the reader does.
    if !writer.write(word + line) { told.withLock { $0 -= news } }
  }
}

extension BackgroundWriter {
  /// What a long-lived process logs goes here, on standard error; called once in a process.
  ///
  /// Where no thread can be made that writes, the command ends with a line: Dispatch would wait for
  /// one for ever.
  ///
  /// - Parameter level: Its name; an unknown one counts as `info`.
  static func logging(at level: String, of command: String) throws -> BackgroundWriter {
    let kernel = Kernel()
    if let refusal = kernel.threadRefusal {
      kernel.write("baton \(command): no thread can be made for the log: \(refusal)\n", to: 2)
      throw ExitCode.failure
    }
    let errors = BackgroundWriter(to: 2, label: "errors")
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler(label: label, stream: LogStream(errors))
      handler.logLevel = Logger.Level(rawValue: level) ?? .info
      return handler
    }
    return errors
  }
}
