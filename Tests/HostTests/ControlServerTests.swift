import BatonCore
import BatonHost
import Foundation
import Testing

/// The control socket by itself: who may use it, and how much of a round clients may have.
@Suite(.timeLimit(.minutes(15))) struct ControlServerTests {
  /// Linux, but for what a test says.
  final class OddKernel: Kernel {
    /// Who is said to be at the other end.
    var client: UInt32?
    /// What accept(2) is refused with.
    var refusal: CInt?
    private(set) var acceptCount = 0

    override func peerCredentials(_ fd: CInt) throws(SystemError) -> Credentials {
      var found = try super.peerCredentials(fd)
      if let client { found = Credentials(pid: found.pid, uid: client, gid: found.gid) }
      return found
    }

    override func accept(_ fd: CInt) throws(SystemError) -> CInt {
      acceptCount += 1
      if let refusal { throw SystemError(call: .accept, code: refusal) }
      return try super.accept(fd)
    }
  }

  /// Answers each line with itself.
  final class Echo: CommandHandler {
    var lines: [[UInt8]] = []
    var warnings: [String] = []
    /// What it answers.
    var answer = "so"

    func handle(command line: [UInt8]) -> String {
      lines.append(line)
      return answer
    }

    func control(warning: String) { warnings.append(warning) }
  }

  /// A server in a folder of its own.
  final class World {
    let kernel = OddKernel()
    let loop: EventLoop
    let echo = Echo()
    let server: ControlServer
    let path: SocketPath
    private let folder: URL
    private var clients: [CInt] = []

    init() throws {
      folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      path = try #require(SocketPath(folder.appending(path: "s").path))
      loop = EventLoop(kernel: kernel)
      server = try ControlServer(loop, at: path, handler: echo)
    }

    deinit {
      server.close()
      for client in clients { kernel.close(client) }
      try? FileManager.default.removeItem(at: folder)
    }

    /// A client, which is served in the next rounds.
    func connect() throws -> CInt {
      let client = try kernel.connect(path: path)
      clients.append(client)
      return client
    }

    func send(_ text: String, on client: CInt) throws {
      let count = try Array(text.utf8).withUnsafeBytes {
        try kernel.send(client, bytes: $0, descriptors: UnsafeBufferPointer(start: nil, count: 0))
      }
      #expect(count == text.utf8.count)
    }

    /// What has come for a client; nil at the end of it.
    func read(_ client: CInt) throws -> String? {
      var bytes = [UInt8](repeating: 0, count: 1 << 12)
      do {
        let count = try bytes.withUnsafeMutableBytes { try kernel.read(client, into: $0) }
        return count == 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
      } catch let error as SystemError where error.isWouldBlock {
        return ""
      }
    }

    /// What is said to a client first.
    func answer(to client: CInt) throws -> String? {
      var said: String? = ""
      try turn {
        said = try read(client)
        return said != ""
      }
      return said
    }

    /// Turns the loop until it is so; that it takes too long is an issue.
    func turn(
      _ location: SourceLocation = #_sourceLocation, until isDone: () throws -> Bool
    ) rethrows {
      let end = ContinuousClock.now + .seconds(10)
      while try !isDone() {
        guard ContinuousClock.now < end else {
          Issue.record("did not come in time", sourceLocation: location)
          return
        }
        _ = loop.poll()
      }
    }
  }

  @Test func `another user is sent away, and told why`() throws {
    let world = try World()
    world.kernel.client = world.kernel.userID + 4_242
    let client = try world.connect()
    try world.send("{}\n", on: client)
    #expect(try world.answer(to: client)?.contains("may not control this host") == true)
    #expect(world.echo.lines.isEmpty && world.echo.warnings.count == 1)
  }

  @Test func `a round carries out so many commands, and the next one goes on`() throws {
    let world = try World()
    let client = try world.connect()
    try world.send(String(repeating: "{}\n", count: 100), on: client)
    var former = 0
    world.turn {
      let count = world.echo.lines.count
      #expect(count - former <= ControlServer.commandsPerRound)
      former = count
      return count == 100
    }
    #expect(world.echo.warnings == [])
  }

  @Test func `who cannot be accepted is left alone for a while`() throws {
    let world = try World()
    world.kernel.refusal = 24  // EMFILE
    let client = try world.connect()
    try world.send("{}\n", on: client)
    let begin = ContinuousClock.now
    let deadline = begin + .milliseconds(50)
    while ContinuousClock.now < deadline { _ = world.loop.poll() }
    // Once in a tenth of a second, however long this took.
    let most = 1 + Int((ContinuousClock.now - begin) / .milliseconds(100))
    #expect(1...most ~= world.kernel.acceptCount)
    #expect(world.echo.warnings.count == world.kernel.acceptCount)
    world.kernel.refusal = nil
    #expect(try world.answer(to: client) == "so\n")
  }

  @Test func `there is room for so many clients`() throws {
    let world = try World()
    for _ in 0..<ControlServer.clientsMax {
      let client = try world.connect()
      try world.send("{}\n", on: client)
      #expect(try world.answer(to: client) == "so\n")
    }
    let last = try world.connect()
    #expect(try world.answer(to: last)?.contains("clients are connected") == true)
  }

  @Test func `who reads nothing is dropped`() throws {
    let world = try World()
    let client = try world.connect()
    try world.send("{}\n", on: client)
    #expect(try world.answer(to: client) == "so\n")
    let line = String(repeating: "x", count: 1 << 16)
    for _ in 0..<24 { world.server.broadcast(line) }
    #expect(world.echo.warnings.count == 1 && world.echo.warnings[0].contains("unread"))
  }

  @Test func `a line without an end is not kept`() throws {
    let world = try World()
    let client = try world.connect()
    try world.send(String(repeating: "x", count: LineConnection.lineMax + 2), on: client)
    world.turn { !world.echo.warnings.isEmpty }
    #expect(world.echo.warnings.first?.contains("a line of more than") == true)
    #expect(try world.read(client) == nil)
  }
}
