import BatonCore
import BatonLab
import BatonVhostUser
import Testing

extension ProcessTests {
  /// Front-ends that do not read, do not finish what they say, or say it byte by byte, beside one
  /// whose guest is served.
  @Suite(.timeLimit(.minutes(15))) struct SlowFrontEndTests {
    private static let getFeatures: [UInt8] = [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]

    /// Serves a guest with probes, and somebody else, who has connected and does not read.
    private static func run(
      _ body: (BackendStage, _ kernel: Kernel, _ socket: CInt) throws -> Void
    ) async throws {
      try await BackendStage.run { stage in
        let front = try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest))
        try front.start()
        try stage.probe()
        let kernel = stage.lab.loop.kernel
        let socket = Descriptor(owning: try kernel.connect(path: stage.path), in: kernel)
        try stage.wait("both") {
          stage.log.components(separatedBy: "FRONTEND_CONNECTED").count == 3
        }
        try body(stage, kernel, socket.number)
        try stage.expectFlow()
        #expect(!front.isGone)
      }
    }

    /// Sends bytes; how many the socket took.
    private static func send(
      _ bytes: [UInt8], on socket: CInt, lending descriptors: [CInt] = [], _ kernel: Kernel
    ) throws -> Int {
      // Safe: both are lent for the call.
      try unsafe bytes.withUnsafeBytes { bytes in
        try unsafe descriptors.withUnsafeBufferPointer { numbers in
          try unsafe kernel.send(socket, bytes: bytes, descriptors: numbers)
        }
      }
    }

    @Test func `who reads no answer loses the session, and nobody else notices`() async throws {
      try await Self.run { stage, kernel, socket in
        let many = Array(repeating: Self.getFeatures, count: 50).flatMap { $0 }
        try stage.wait("the end of the session") {
          // A whole message each time: what the socket does not take is sent in the next round.
          _ = try? Self.send(many, on: socket, kernel)
          return stage.log.contains("bytes were left unread")
        }
      }
    }

    @Test func `who leaves before the answers are read has left`() async throws {
      try await BackendStage.run { stage in
        let kernel = stage.lab.loop.kernel
        let many = Array(repeating: Self.getFeatures, count: 50).flatMap { $0 }
        for count in 1...20 {
          let socket = Descriptor(owning: try kernel.connect(path: stage.path), in: kernel)
          _ = try Self.send(many, on: socket.number, kernel)
          try kernel.shutdown(socket.number)
          try stage.wait("its end") {
            stage.log.components(separatedBy: "FRONTEND_L").count == 1 + count
          }
        }
        #expect(!stage.log.contains("is sent away"), "\(stage.log)")
      }
    }

    @Test func `half a message costs nothing but its place`() async throws {
      try await Self.run { stage, kernel, socket in
        let memory = Descriptor(
          owning: try kernel.createMemory(name: "test", byteCount: 4096), in: kernel)
        let half: [UInt8] = [5, 0, 0, 0, 1]
        _ = try Self.send(half, on: socket, lending: [memory.number], kernel)
        try stage.expectFlow()
        // The place is taken, and so is the first one.
        #expect(throws: (any Error).self) {
          try stage.connect(try FrontEndGuest(ipv4: BackendStage.guest))
        }
        try stage.expectLog("a connection is refused")
        let descriptors = try #require(stage.backend.descriptorCount)
        try kernel.shutdown(socket)
        try stage.expectLog("the stream ends inside a message, after 5 bytes")
        // The socket and the memory that no message speaks of.
        try stage.wait("no descriptor of its") {
          stage.backend.descriptorCount == descriptors - 2
        }
      }
    }

    @Test func `who speaks byte by byte is understood`() async throws {
      try await BackendStage.run { stage in
        let guest = try FrontEndGuest(ipv4: BackendStage.guest)
        let front = try stage.connect(guest)
        front.bytesPerSend = 1
        try front.start()
        try stage.probe()
        try stage.expectFlow()
        try front.stop()
        try front.start()
        try stage.expectFlow()
      }
    }

    @Test func `descriptors without a word cost the session`() async throws {
      try await Self.run { stage, kernel, socket in
        let counter = Descriptor(owning: try kernel.createCounter(), in: kernel)
        let before = try #require(stage.backend.descriptorCount)
        // One with each byte of a message that has one.
        for byte in [13, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] as [UInt8] {
          _ = try Self.send([byte], on: socket, lending: [counter.number], kernel)
        }
        try stage.expectLog("19 descriptors belong to no message")
        try stage.wait("no descriptor of its") { stage.backend.descriptorCount == before - 1 }
      }
    }

    /// SET_VRING_CALL and SET_MEM_TABLE, as often as the socket takes them.
    @Test func `a flood of descriptors costs nobody else anything`() async throws {
      try await Self.run { stage, kernel, socket in
        let before = try #require(stage.backend.descriptorCount)
        let counter = Descriptor(owning: try kernel.createCounter(), in: kernel)
        let memory = Descriptor(
          owning: try kernel.createMemory(name: "test", byteCount: 4096), in: kernel)
        let call: [UInt8] = [13, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        var table = ByteWriter()
        for word in [5, 1, 40, 1, 0] as [UInt32] { table.write(word) }
        for number in [0, 4096, 0, 0] as [UInt64] { table.write(number) }
        var sent = 0
        try stage.wait("two thousand of each") {
          do {
            // Ends when the socket is full.
            while sent < 4000 {
              let isCall = sent % 2 == 0
              _ = try Self.send(
                isCall ? call : table.bytes, on: socket,
                lending: [isCall ? counter.number : memory.number], kernel)
              sent += 1
            }
          } catch { #expect((error as? SystemError)?.isWouldBlock == true, "\(error)") }
          return sent == 4000
        }
        try stage.expectFlow()
        // What came last is kept.
        try stage.wait("two descriptors") { stage.backend.descriptorCount == before + 2 }
        #expect(!stage.log.contains("is sent away"), "\(stage.log)")
      }
    }
  }
}
