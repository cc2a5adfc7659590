import FlyingSocks
import Synchronization

/// Who waits for the sockets of a page's visitors: for a few of them, and for none of them long.
/// Any user of the machine may connect, and each connection is a descriptor that a guest's devices
/// may need. It has no descriptor of its own: a page that is served again leaves none behind.
struct VisitorPool: AsyncSocketPool {
  /// The most connections that wait to say or to read something; a further one is closed.
  static let connectionsMax = 16
  /// How long one of them may be silent, in seconds.
  static let patience = 15

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

  private let count = Count()

  func prepare() async throws {}

  /// Waits until the server ends.
  func run() async throws {
    let (never, end) = AsyncStream.makeStream(of: Never.self)
    for await _ in never {}
    end.finish()
    throw CancellationError()
  }

  func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
    // The one that listens has nobody at its other end, and waits for ever.
    guard (try? socket.remotePeer()) != nil else {
      return try await SocketWait(socket, events, seconds: nil).wait()
    }
    guard count.enter() else { throw SocketError.disconnected }
    defer { count.leave() }
    try await SocketWait(socket, events, seconds: Self.patience).wait()
  }
}
