import BatonCore
import Dispatch
import FlyingSocks
import Synchronization

/// One of a page's visitors, who asks once. Any user of the machine may connect, and each
/// connection is a descriptor that a guest's devices may need, so there are a few of them, for none
/// of them long, and none says much.
struct Visitor: Sendable {
  /// The most at a time; a further one is not heard.
  static let most = 16
  /// How long one may take for a request, and be silent while it is answered, in seconds.
  private static let patience = 15
  /// The longest request, in bytes.
  private static let requestMax = 16 << 10
  /// The most that is sent at a time, in bytes.
  private static let partMax = 64 << 10

  private let socket: Socket

  init(_ socket: Socket) throws {
    self.socket = socket
    try socket.setFlags(.nonBlocking)
  }

  func close() { try? socket.close() }

  private func wait(for event: SocketWait.Event, until deadline: DispatchTime) async throws {
    try await SocketWait(socket.file.rawValue, for: event, until: deadline).wait()
  }

  /// What is asked for; nil when it is no request, or too long a one.
  ///
  /// - Throws: When it does not come.
  func request() async throws -> WatchRequest? {
    let deadline = DispatchTime.now() + .seconds(Self.patience)
    var bytes: [UInt8] = []
    var isLineEmpty = false
    while bytes.count < Self.requestMax {
      do {
        for byte in try socket.read(atMost: Self.requestMax - bytes.count) {
          if byte == 10, isLineEmpty { return WatchRequest(bytes) }
          isLineEmpty = byte == 10 || (isLineEmpty && byte == 13)
          bytes.append(byte)
        }
      } catch SocketError.blocked {
        try await wait(for: .read, until: deadline)
      }
    }
    return nil
  }

  /// Answers.
  ///
  /// - Throws: When the visitor is gone, or silent too long.
  func send(_ answer: [UInt8]) async throws {
    var rest = answer[...]
    while !rest.isEmpty {  // Ends when all has gone, or the visitor has.
      if let count = try put(rest.prefix(Self.partMax)) {
        rest = rest.dropFirst(count)
      } else {
        try await wait(for: .write, until: .now() + .seconds(Self.patience))
      }
    }
  }

  /// Sends some of it, by the call that raises no SIGPIPE; nil when there is no room.
  private func put(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int? {
    do throws(SystemError) {
      // Safe: the slice outlives the call; there are no descriptors.
      return try unsafe bytes.withUnsafeBufferPointer { (bytes) throws(SystemError) in
        try unsafe Kernel().send(
          socket.file.rawValue, bytes: UnsafeRawBufferPointer(bytes),
          descriptors: UnsafeBufferPointer(start: nil, count: 0))
      }
    } catch {
      guard error.isWouldBlock else { throw error }
      return nil
    }
  }
}

/// How many visitors there are.
final class VisitorCount: Sendable {
  private let number = Mutex(0)

  /// False where all places are taken.
  func enter() -> Bool {
    number.withLock { number in
      guard number < Visitor.most else { return false }
      number += 1
      return true
    }
  }

  func leave() { number.withLock { $0 -= 1 } }
}
