import Dispatch
import FlyingSocks
import Synchronization

/// Who waits for the sockets of a page's visitors: for a few of them, and for none of them long.
/// Any user of the machine may connect, and each connection is a descriptor that a guest's devices
/// may need.
struct VisitorPool: AsyncSocketPool {
  /// The most connections that wait to say or to read something; a further one is closed.
  static let connectionsMax = 16
  /// How long one of them may be silent.
  static let patience = DispatchTimeInterval.seconds(15)

  /// How many wait.
  private final class Count: Sendable {
    private let number = Mutex(0)

    /// False where all places are taken.
    func enter() -> Bool {
      number.withLock { number in
        guard number < VisitorPool.connectionsMax else { return false }
        number += 1
        return true
      }
    }

    func leave() { number.withLock { $0 -= 1 } }
  }

  private let pool: any AsyncSocketPool
  private let count = Count()

  init(_ pool: any AsyncSocketPool) { self.pool = pool }

  func prepare() async throws { try await pool.prepare() }

  func run() async throws { try await pool.run() }

  func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
    // The one that listens has nobody at its other end, and waits for ever.
    guard (try? socket.remotePeer()) != nil else {
      return try await pool.suspendSocket(socket, untilReadyFor: events)
    }
    guard count.enter() else { throw SocketError.disconnected }
    defer { count.leave() }
    let waiting = Task { [pool] in try await pool.suspendSocket(socket, untilReadyFor: events) }
    let timer = DispatchSource.makeTimerSource()
    timer.setEventHandler { waiting.cancel() }
    timer.schedule(deadline: .now() + Self.patience)
    timer.resume()
    defer { timer.cancel() }
    try await withTaskCancellationHandler {
      try await waiting.value
    } onCancel: {
      waiting.cancel()
    }
  }
}
