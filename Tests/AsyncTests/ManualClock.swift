import Synchronization

/// A clock whose time passes when a test says so.
final class ManualClock: Clock {
  struct Instant: InstantProtocol {
    var offset: Duration
    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (one: Instant, other: Instant) -> Bool { one.offset < other.offset }
  }

  private struct Inside {
    var now = Instant(offset: .zero)
    var number = 0
    var sleepers: [Int: (deadline: Instant, continuation: CheckedContinuation<Void, any Error>)] =
      [:]
    /// Who waits until so many sleep.
    var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let inside = Mutex(Inside())
  var now: Instant { inside.withLock { $0.now } }
  var minimumResolution: Duration { .zero }

  /// How many wait for a time.
  var sleeperCount: Int { inside.withLock { $0.sleepers.count } }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let number = inside.withLock { inside in
      inside.number += 1
      return inside.number
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let isOver = inside.withLock { inside in
          if Task.isCancelled || inside.now >= deadline { return true }
          inside.sleepers[number] = (deadline, continuation)
          return false
        }
        if isOver { continuation.resume(with: Result { try Task.checkCancellation() }) }
        wake()
      }
    } onCancel: {
      let sleeper = inside.withLock { $0.sleepers.removeValue(forKey: number) }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  private func wake() {
    let due = inside.withLock { inside in
      let due = inside.watchers.filter { $0.count <= inside.sleepers.count }
      inside.watchers.removeAll { $0.count <= inside.sleepers.count }
      return due
    }
    for watcher in due { watcher.continuation.resume() }
  }

  /// Until so many wait for a time; the suite's limit ends it.
  func sleepers(_ count: Int) async {
    await withCheckedContinuation { continuation in
      inside.withLock { $0.watchers.append((count, continuation)) }
      wake()
    }
  }

  func advance(by duration: Duration) {
    let due = inside.withLock { inside in
      inside.now = inside.now.advanced(by: duration)
      let due = inside.sleepers.filter { $0.value.deadline <= inside.now }
      for number in due.keys { inside.sleepers[number] = nil }
      return due.values.map(\.continuation)
    }
    for continuation in due { continuation.resume() }
  }
}
