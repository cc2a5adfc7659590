public import BatonCore
import Foundation

/// Lines of standard input on the loop, and lines of standard output without a buffer.
public final class Terminal: Watcher {
  private let take: (String) -> Void
  private var watch: Watch?

  /// Calls `take` with every line that comes, until the input ends.
  public init(_ loop: any Loop, take: @escaping (String) -> Void) {
    self.take = take
    watch = Watch(loop, descriptor: 0, for: .read, calling: self)
  }

  public func ready(_ what: Ready, watch: Int) {
    guard let line = readLine() else {
      self.watch = nil
      return
    }
    take(line)
  }

  /// Writes a line at once.
  public static func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }
}
