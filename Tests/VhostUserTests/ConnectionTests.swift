import BatonCore
import Testing

@testable import BatonVhostUser

/// A front-end's connection by itself.
@Suite(.timeLimit(.minutes(5))) struct ConnectionTests {
  /// Linux, with a socket that takes so many bytes and no more.
  private final class NarrowKernel: Kernel {
    var room = 0

    override func send(
      _ fd: CInt, bytes: UnsafeRawBufferPointer, descriptors: UnsafeBufferPointer<CInt>
    ) throws(SystemError) -> Int {
      guard room > 0 else { throw SystemError(call: .send, code: Errno.wouldBlock) }
      let count = min(room, bytes.count)
      room -= count
      // Safe: within what is lent.
      return try unsafe super.send(
        fd, bytes: UnsafeRawBufferPointer(rebasing: bytes[..<count]), descriptors: descriptors)
    }
  }

  /// Answers each message with a number.
  private final class Answerer: VhostConnectionOwner {
    var connection: VhostConnection?
    var hasEnded = false

    func connection(received message: VhostMessage, _ descriptors: consuming Descriptors) {
      connection?.reply(to: message.request, 1)
    }

    func connection(worked spell: Spell) {}

    func connection(ended fault: VhostFault?) { hasEnded = true }
  }

  @Test func `who never reads all is not answered by ever more memory`() throws {
    let kernel = NarrowKernel()
    let plain = Kernel()
    let loop = EventLoop(kernel: kernel)
    let (first, second) = try plain.socketPair()
    let far = Descriptor(owning: first, in: plain)
    let owner = Answerer()
    owner.connection = VhostConnection(
      loop, Descriptor(owning: second, in: kernel), owner: owner)
    owner.connection?.resume()
    let request: [UInt8] = [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    let (answerByteCount, waiting, rounds) = (20, 100, 2_000)
    var read = 0
    for round in 0..<waiting + rounds {
      // Safe: the bytes are lent for the call.
      _ = try unsafe request.withUnsafeBytes {
        try unsafe plain.send(
          far.number, bytes: $0, descriptors: UnsafeBufferPointer(start: nil, count: 0))
      }
      if round >= waiting { kernel.room = answerByteCount }
      // The request is taken, and what waits for the socket goes on.
      for _ in 0..<4 { loop.poll() }
      guard round >= waiting else { continue }
      var bytes = [UInt8](repeating: 0, count: 4096)
      // Safe: the buffer is lent for the call.
      read += try unsafe bytes.withUnsafeMutableBytes {
        try unsafe plain.read(far.number, into: $0)
      }
    }
    let connection = try #require(owner.connection)
    #expect(read == rounds * answerByteCount && !owner.hasEnded)
    #expect(connection.unsent.count == waiting * answerByteCount)
    #expect(connection.outbox.count <= 2 * waiting * answerByteCount)
    owner.connection = nil
  }
}
