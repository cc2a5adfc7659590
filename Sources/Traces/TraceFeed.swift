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

  /// Forgets all lines; the next one has the number that it would have had.
  package func clear() { state.withLock { $0.drop($0.lines.count) } }

  /// The lines from a number on, counted from 0 since the beginning, each with its newline: as many
  /// as fit into one answer.
  public func lines(from number: Int) -> String { part(from: number).text }

  /// As ``lines(from:)``, with the number of the first one, which is another one where lines were
  /// dropped, and that of the one behind the last.
  package func part(from number: Int) -> (first: Int, next: Int, text: String) {
    // Joined outside the lock: whoever appends runs a guest and must not wait for it.
    let (first, lines) = state.withLock { state in
      let place = min(number > state.dropped ? number - state.dropped : 0, state.lines.count)
      return (state.dropped + place, state.lines[place...])
    }
    var (text, next) = ("", first)
    for line in lines {
      text += line + "\n"
      next += 1
      if text.utf8.count >= Self.answerBytes { break }
    }
    return (first, next, text)
  }
}
