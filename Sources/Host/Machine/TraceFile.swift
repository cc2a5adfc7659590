package import BatonCore
package import BatonTraces

/// Writes transition records to a file as JSON lines: made once per round of the loop, so that the
/// blackout does not pay for it, and written on another thread, so that a reader that is slow or
/// gone, or a full disk, costs lines and not the guest.
package final class TraceFile: TraceSink, Watcher {
  private let writer: BackgroundWriter
  private let path: String
  private let trace: Trace
  private let feed: TraceFeed?
  private var waiting: [(record: TransitionRecord, detail: RecordDetail?)] = []
  private var round: RoundWatch?

  /// Appends to the file at `path`, which is made when it does not exist.
  ///
  /// - Parameter feed: Gets every line as well.
  /// - Throws: Why the file cannot be opened; ENXIO for a FIFO that nobody reads.
  package init(
    _ loop: any Loop, path: String, trace: Trace, feed: TraceFeed? = nil
  ) throws(TraceLoss) {
    let number: CInt
    do throws(SystemError) { number = try loop.kernel.openLog(path: path) } catch {
      throw TraceLoss(path: path, error: error, lines: 0)
    }
    self.path = path
    writer = BackgroundWriter(to: number, isOwned: true, label: "trace")
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
    writer.write(lines.map { $0 + "\n" }.joined(), lines: lines.count)
  }

  /// Hands over what waits, and waits until it is written or the time is up.
  package func finish(millis: Int) {
    flush()
    writer.wait(millis: millis)
  }

  /// What became of the lines: those that wait, and those that were dropped.
  package var status: BackgroundWriter.Status { writer.current }

  /// What was lost of the trace, for a process that ends; nil when no write failed. Lines
  /// that were dropped for a slow reader are told as a warning.
  package var loss: TraceLoss? {
    let status = status
    return status.failure.map { TraceLoss(path: path, error: $0, lines: status.dropped) }
  }
}

/// A trace that could not be written.
package struct TraceLoss: Error, CustomStringConvertible {
  package let path: String
  package let error: SystemError
  /// How many lines are lost; 0 when it could not be opened.
  package let lines: UInt64

  package var description: String {
    "\(path): \(error)" + (lines == 0 ? "" : "; \(lines) lines of the trace are lost")
  }
}

@available(*, unavailable)
extension TraceFile: Sendable {}
