import BatonCore

/// Wakes a loop now and then.
final class Ticker: Watcher {
  private var timer: BatonCore.Timer?
  private static let nanos: UInt64 = 20_000_000

  init(_ loop: any Loop) {
    timer = BatonCore.Timer(loop, calling: self)
    timer?.arm(after: Self.nanos)
  }

  func stop() { timer = nil }

  func ready(_ what: Ready, watch: Int) { timer?.arm(after: Self.nanos) }
}

@available(*, unavailable)
extension Ticker: Sendable {}
