import Synchronization

/// The last lines of a trace, for readers on other threads.
public final class TraceFeed: Sendable {
  private struct State: Sendable {
    var lines: [String] = []
    var dropped = 0
    var bytes = 0

    mutating func drop(_ count: Int) {
      for line in lines.prefix(count) { bytes -= line.utf8.count }
      lines.removeFirst(count)
      dropped += count
    }
  }

  /// How many lines it keeps; older ones are dropped.
  public static let limit = 20_000
  /// How many bytes all of them have; but for the newest one, older ones are dropped.
  public static let byteCountMax = 64 << 20
  /// After how many bytes an answer ends, with a whole line; whoever asks asks again.
  private static let answerBytes = 4 << 20

  private let state = Mutex(State())

  /// A feed that has no lines yet.
  public init() {}

  /// Adds a line; the oldest ones go when there are too many.
  public func append(_ line: String) {
    state.withLock { state in
      state.lines.append(line)
      state.bytes += line.utf8.count
      if state.lines.count > Self.limit { state.drop(Self.limit / 4) }
      while state.bytes > Self.byteCountMax, state.lines.count > 1 {
        state.drop(max(1, state.lines.count / 4))
      }
    }
  }

  /// The lines from a number on, counted from 0 since the beginning, each with its newline: as many
  /// as fit into one answer.
  public func lines(from number: Int) -> String {
    // Joined outside the lock: whoever appends runs a guest and must not wait for it.
    let lines = state.withLock { state in
      let first = number > state.dropped ? number - state.dropped : 0
      return state.lines[min(first, state.lines.count)...]
    }
    var text = ""
    for line in lines {
      text += line + "\n"
      if text.utf8.count >= Self.answerBytes { break }
    }
    return text
  }
}
