import Dispatch
import Synchronization

/// One wait until a socket is ready, by sources of Dispatch.
///
/// It is over when these have let go of the socket and not before: whoever waits may close it then,
/// and the next one with its number is another one.
final class SocketWait: Sendable {
  enum Event {
    case read
    case write
  }

  private struct State {
    var continuation: CheckedContinuation<Void, any Error>?
    var sources: [any DispatchSourceProtocol] = []
    /// Sources that have not let go.
    var count = 0
    var outcome: Result<Void, any Error>?

    /// Who is to be told what.
    mutating func finish() -> (CheckedContinuation<Void, any Error>, Result<Void, any Error>)? {
      sources = []
      guard let continuation, let outcome else { return nil }
      self.continuation = nil
      return (continuation, outcome)
    }
  }

  private let state = Mutex(State())
  private let descriptor: CInt
  private let event: Event
  private let deadline: DispatchTime?

  /// - Parameter deadline: When the wait is over with an error; nil for never.
  init(_ descriptor: CInt, for event: Event, until deadline: DispatchTime?) {
    self.descriptor = descriptor
    self.event = event
    self.deadline = deadline
  }

  /// - Throws: `CancellationError` when it was too long, or the task is cancelled.
  func wait() async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { begin($0) }
    } onCancel: {
      end(.failure(CancellationError()))
    }
  }

  private func begin(_ continuation: CheckedContinuation<Void, any Error>) {
    let outcome = state.withLock { state in
      if state.outcome == nil {
        state.continuation = continuation
        state.sources = makeSources()
        state.count = state.sources.count
        for source in state.sources { source.resume() }
      }
      return state.outcome
    }
    if let outcome { continuation.resume(with: outcome) }
  }

  private func makeSources() -> [any DispatchSourceProtocol] {
    let source: any DispatchSourceProtocol =
      switch event {
      case .read: DispatchSource.makeReadSource(fileDescriptor: descriptor)
      case .write: DispatchSource.makeWriteSource(fileDescriptor: descriptor)
      }
    source.setEventHandler { self.end(.success(())) }
    var sources = [source]
    if let deadline {
      let timer = DispatchSource.makeTimerSource()
      timer.schedule(deadline: deadline)
      timer.setEventHandler { self.end(.failure(CancellationError())) }
      sources.append(timer)
    }
    for source in sources { source.setCancelHandler { self.letGo() } }
    return sources
  }

  /// The first word counts.
  private func end(_ outcome: Result<Void, any Error>) {
    state.withLock { state in
      guard state.outcome == nil else { return }
      state.outcome = outcome
      for source in state.sources { source.cancel() }
    }
  }

  private func letGo() {
    let waiting = state.withLock { state in
      state.count -= 1
      return state.count == 0 ? state.finish() : nil
    }
    if let (continuation, outcome) = waiting { continuation.resume(with: outcome) }
  }
}
