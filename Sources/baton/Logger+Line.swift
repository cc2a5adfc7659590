import BatonHost
import Logging

extension Logger {
  /// Writes a host's line.
  func log(_ line: LogLine) {
    let level: Logger.Level =
      switch line.level {
      case .info: .info
      case .warning: .warning
      case .error: .error
      }
    log(level: level, "\(line.text)", metadata: line.metadata.mapValues { "\($0)" })
  }
}
