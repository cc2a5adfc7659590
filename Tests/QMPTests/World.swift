import BatonCore
import BatonQMP
import Foundation
import Testing

/// A server in a folder of its own, whose commands nobody carries out.
final class World {
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

  /// Answers each command with an empty object, or when a test does.
  final class Echo: CommandHandler {
    var calls: [CommandCall] = []
    var warnings: [String] = []
    /// Told before each answer.
    var before: News?
    var keepsSilent = false
    weak var server: QMPServer?

    func carryOut(_ call: CommandCall) {
      calls.append(call)
      if !keepsSilent { call.answer(.success([:])) }
    }

    func willAnswer() { if let before { server?.broadcast(before) } }

    func control(warning: String) { warnings.append(warning) }
  }

  let kernel = OddKernel()
  let loop: EventLoop
  let echo = Echo()
  let server: QMPServer
  let path: SocketPath
  private let folder: URL
  private var clients: [CInt] = []
  private var scanners: [CInt: MessageScanner] = [:]

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = try #require(SocketPath(folder.appending(path: "s").path))
    loop = EventLoop(kernel: kernel)
    server = try QMPServer(loop, at: path, handler: echo)
    echo.server = server
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

  func send(_ text: String, on client: CInt, with descriptors: [CInt] = []) throws {
    let count = try Array(text.utf8).withUnsafeBytes { bytes in
      try descriptors.withUnsafeBufferPointer {
        try kernel.send(client, bytes: bytes, descriptors: $0)
      }
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

  /// The next messages for a client: so many, or fewer at its end.
  func messages(_ count: Int, to client: CInt) throws -> [JSONValue] {
    var all: [JSONValue] = []
    try turn {
      while all.count < count, scanners[client, default: MessageScanner()].find() {
        guard case .text(let text) = scanners[client]?.take() else { continue }
        all.append(try #require(JSONValue(parsing: text)))
      }
      guard all.count < count else { return true }
      guard let said = try read(client) else { return true }
      scanners[client, default: MessageScanner()].append(said.utf8)
      return false
    }
    return all
  }

  /// The next message for a client, on a line of its own.
  func message(to client: CInt) throws -> JSONValue? { try messages(1, to: client).first }

  /// A client that has been greeted, and has negotiated.
  func commander() throws -> CInt {
    let client = try connect()
    try send(#"{"execute":"qmp_capabilities"}"#, on: client)
    #expect(try messages(2, to: client).last == ["return": [:]])
    return client
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
