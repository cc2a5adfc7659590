import Dispatch
import FlyingSocks
import Synchronization

/// One wait until a socket is ready, by sources of Dispatch.
///
/// It is over when these have let go of the socket and not before: whoever waits may close it then,
/// and the next one with its number is another one.
final class SocketWait: Sendable {
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
  private let socket: Socket
  private let events: Socket.Events
  private let seconds: Int?

  /// - Parameter seconds: After which the wait is over with an error; nil for never.
  init(_ socket: Socket, _ events: Socket.Events, seconds: Int?) {
    self.socket = socket
    self.events = events
    self.seconds = seconds
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
    let descriptor = socket.file.rawValue
    var sources: [any DispatchSourceProtocol] = events.map { event in
      switch event {
      case .read: DispatchSource.makeReadSource(fileDescriptor: descriptor)
      case .write: DispatchSource.makeWriteSource(fileDescriptor: descriptor)
      }
    }
    for source in sources { source.setEventHandler { self.end(.success(())) } }
    if let seconds {
      let timer = DispatchSource.makeTimerSource()
      timer.schedule(deadline: .now() + .seconds(seconds))
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
