import BatonCore
import Testing

/// Half a minute for what a test asks again and again, and does not sleep for.
struct Deadline: Sendable {
  private static let nanos: UInt64 = 30_000_000_000
  private let end = Kernel().now() + nanos

  /// True once it is late, which is then an issue of the test.
  func isOver(_ location: SourceLocation = #_sourceLocation) -> Bool {
    guard Kernel().now() > end else { return false }
    Issue.record("what the test waits for did not come in time", sourceLocation: location)
    return true
  }
}
