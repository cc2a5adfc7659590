package import BatonCore
import Foundation

/// Writes transition records to a file as JSON lines, once per round of the loop, so that the
/// blackout does not pay for it.
package final class TraceFile: TraceSink, Watcher {
  private let handle: FileHandle
  private let trace: Trace
  private let feed: TraceFeed?
  private var waiting: [(record: TransitionRecord, detail: RecordDetail?)] = []
  private var round: RoundWatch?

  /// Appends to the file at `path`, which is made when it does not exist.
  ///
  /// - Parameter feed: Gets every line as well.
  /// - Throws: Why the file cannot be written.
  package init(_ loop: any Loop, path: String, trace: Trace, feed: TraceFeed? = nil) throws {
    // Safe: the string outlives the call.
    let number = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard number >= 0 else { throw CocoaError(.fileWriteNoPermission) }
    handle = FileHandle(fileDescriptor: number, closeOnDealloc: true)
    self.trace = trace
    self.feed = feed
    waiting.reserveCapacity(256)
    trace.sink = self
    trace.wantsDetail = true
    round = RoundWatch(loop, calling: self)
  }

  deinit { flush() }

  package func write(_ record: TransitionRecord) { waiting.append((record, nil)) }

  /// A record with its detail, whose text is made when the round is over.
  package func write(_ record: TransitionRecord, _ detail: RecordDetail) {
    waiting.append((record, detail))
  }

  /// The loop calls at the end of a round.
  package func ready(_ what: Ready, watch: Int) { flush() }

  /// Writes what waits. Several processes append to one file (O_APPEND): each write is whole lines.
  package func flush() {
    guard !waiting.isEmpty else { return }
    let lines = waiting.map { trace.jsonLine($0.record, $0.detail) }
    waiting.removeAll(keepingCapacity: true)
    if let feed { for line in lines { feed.append(line) } }
    try? handle.write(contentsOf: Data(lines.map { $0 + "\n" }.joined().utf8))
  }
}

@available(*, unavailable)
extension TraceFile: Sendable {}
