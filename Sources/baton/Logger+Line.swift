import BatonHost
import Logging

extension Logger {
  /// Writes a host's line.
  func log(_ line: LogLine) {
    log(level: level(of: line), "\(line.text)", metadata: line.metadata.mapValues { "\($0)" })
  }

  /// Whether a host's line is written at all: for another one no thread need be woken.
  func isWanted(_ line: LogLine) -> Bool { level(of: line) >= logLevel }

  private func level(of line: LogLine) -> Logger.Level {
    switch line.level {
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  }
}
