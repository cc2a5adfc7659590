import BatonCore
import BatonQMP
import Testing

/// A connection whose answers cannot be sent.
@Suite(.timeLimit(.minutes(15))) struct ConnectionTests {
  /// Refuses to send.
  private final class Mute: Kernel {
    let code: CInt

    init(_ code: CInt) { self.code = code }

    override func send(
      _ fd: CInt, bytes: UnsafeRawBufferPointer, descriptors: UnsafeBufferPointer<CInt>
    ) throws(SystemError) -> Int {
      throw SystemError(call: .send, code: code)
    }
  }

  private final class Reader: MessageReader {
    /// Why each connection was closed that was.
    var closed: [String?] = []

    func connection(_ connection: MessageConnection, received message: MessageScanner.Message) {}

    func connectionClosed(_ connection: MessageConnection, because limit: String?) {
      closed.append(limit)
    }
  }

  @Test(arguments: [
    (Errno.brokenPipe, nil), (Errno.connectionReset, nil), (Errno.noMemory, "ENOMEM"),
    (Errno.noBufferSpace, "ENOBUFS"),
  ])
  func `an answer that cannot be sent ends the connection`(code: CInt, reason: String?) throws {
    let kernel = Mute(code)
    let (near, far) = try kernel.socketPair()
    defer { kernel.close(far) }
    let reader = Reader()
    let connection = MessageConnection(
      VirtualLoop(kernel: kernel), Descriptor(owning: near, in: kernel), reader: reader)
    connection.send("an answer")
    connection.send("another one")
    try #require(reader.closed.count == 1)
    if let reason {
      #expect(reader.closed[0]?.contains(reason) == true, "\(reader.closed)")
    } else {
      #expect(reader.closed == [nil])
    }
  }

  @Test func `a full socket is waited for`() throws {
    let kernel = Mute(Errno.wouldBlock)
    let (near, far) = try kernel.socketPair()
    defer { kernel.close(far) }
    let reader = Reader()
    let connection = MessageConnection(
      VirtualLoop(kernel: kernel), Descriptor(owning: near, in: kernel), reader: reader)
    connection.send("an answer")
    #expect(reader.closed.isEmpty)
  }
}
