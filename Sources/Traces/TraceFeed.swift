import Synchronization

/// The last lines of a trace, for readers on other threads.
public final class TraceFeed: Sendable {
  private struct State: Sendable {
    var lines: [String] = []
    var dropped = 0
  }

  /// How many lines it keeps; older ones are dropped.
  public static let limit = 20_000

  private let state = Mutex(State())

  /// A feed that has no lines yet.
  public init() {}

  /// Adds a line; the oldest ones go when there are too many.
  public func append(_ line: String) {
    state.withLock { state in
      state.lines.append(line)
      guard state.lines.count > Self.limit else { return }
      state.lines.removeFirst(Self.limit / 4)
      state.dropped += Self.limit / 4
    }
  }

  /// The lines from a number on, counted from 0 since the beginning, each with its newline.
  public func lines(from number: Int) -> String {
    // Joined outside the lock: whoever appends runs a guest and must not wait for it.
    let lines = state.withLock { state in
      let first = number > state.dropped ? number - state.dropped : 0
      return state.lines[min(first, state.lines.count)...]
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
