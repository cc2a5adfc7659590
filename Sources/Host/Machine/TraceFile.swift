public import BatonCore
import Foundation

/// Writes transition records to a file as JSON lines, once per round of the loop, so that the
/// blackout does not pay for it.
public final class TraceFile: TraceSink, Watcher {
  private let handle: FileHandle
  private let trace: Trace
  private var waiting: [TransitionRecord] = []
  private var round: RoundWatch?

  /// Appends to the file at `path`, which is made when it does not exist.
  ///
  /// - Throws: Why the file cannot be written.
  public init(_ loop: any Loop, path: String, trace: Trace) throws {
    // Safe: the string outlives the call.
    let number = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard number >= 0 else { throw CocoaError(.fileWriteNoPermission) }
    handle = FileHandle(fileDescriptor: number, closeOnDealloc: true)
    self.trace = trace
    waiting.reserveCapacity(256)
    trace.sink = self
    round = RoundWatch(loop, calling: self)
  }

  deinit { flush() }

  /// A record happened.
  public func write(_ record: TransitionRecord) { waiting.append(record) }

  /// The loop calls at the end of a round.
  public func ready(_ what: Ready, watch: Int) { flush() }

  /// Writes what waits. Several processes append to one file (O_APPEND): each write is whole lines.
  public func flush() {
    guard !waiting.isEmpty else { return }
    let lines = waiting.map { trace.jsonLine($0) + "\n" }.joined()
    waiting.removeAll(keepingCapacity: true)
    try? handle.write(contentsOf: Data(lines.utf8))
  }
}

@available(*, unavailable)
extension TraceFile: Sendable {}
