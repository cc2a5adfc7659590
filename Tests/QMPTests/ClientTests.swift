import BatonCore
import BatonQMP
import BatonTesting
import Foundation
import Testing

/// The client, towards our own server and towards peers that do what they want.
@Suite(.timeLimit(.minutes(15))) struct ClientTests {
  private static func client(
    _ world: World, patienceMillis: UInt64 = 10_000
  ) throws -> QMPClient {
    try QMPClient(world.loop, at: world.path, patienceMillis: patienceMillis)
  }

  @Test func `commands are sent when it has negotiated, and answered in any order`() throws {
    let world = try World()
    world.echo.keepsSilent = true
    let client = try Self.client(world)
    var heard: [String] = []
    client.onEvent = { heard.append($0.event) }
    client.execute("a", ["n": 1]) { heard.append("a \($0)") }
    world.turn { world.echo.calls.count == 1 }
    #expect(world.echo.calls[0].arguments == ["n": 1])
    #expect(client.greeting?["capabilities"] == [])
    client.execute("b") { heard.append("b \($0)") }
    world.server.broadcast(News("STOP"))
    world.echo.calls[0].answer(.success(["x": true]))
    world.turn { world.echo.calls.count == 2 }
    world.echo.calls[1].answer(.failure(QMPError("no", .deviceNotFound)))
    world.turn { heard.count == 3 }
    let answer = QMPClient.Outcome.success(["x": true])
    let refusal = QMPClient.Outcome.failure(.refused(QMPError("no", .deviceNotFound)))
    #expect(heard == ["STOP", "a \(answer)", "b \(refusal)"])
  }

  @Test func `a command has a limit of time, and the next one is answered`() throws {
    let world = try World()
    let client = try Self.client(world)
    var heard: [QMPClient.Outcome] = []
    // What is sent behind the negotiation is sent, however late the machine is.
    client.execute("first") { heard.append($0) }
    world.turn { heard.count == 1 }
    world.echo.keepsSilent = true
    client.execute("a", millis: 20) { heard.append($0) }
    world.turn { heard.count == 2 }
    #expect(heard.last == .failure(.late(command: "a")))
    world.turn { world.echo.calls.count == 2 }
    // Its answer comes too late, and is nobody's.
    world.echo.calls.last?.answer(.success(["late": true]))
    world.echo.keepsSilent = false
    client.execute("b") { heard.append($0) }
    world.turn { heard.count == 3 }
    #expect(heard.last == .success([:]) && client.isOpen)
  }

  @Test func `who leaves tells whoever waits`() throws {
    let world = try World()
    world.echo.keepsSilent = true
    let client = try Self.client(world)
    var heard: [QMPClient.Outcome] = []
    client.execute("a") { heard.append($0) }
    world.turn { world.echo.calls.count == 1 }
    client.leave()
    client.execute("b") { heard.append($0) }
    #expect(heard == [.failure(.gone(.left)), .failure(.gone(.left))])
  }

  @Test func `so many commands wait, and no more`() throws {
    let world = try World()
    world.echo.keepsSilent = true
    let client = try Self.client(world)
    var busy = 0
    for _ in 0..<QMPClient.commandsMax + 2 {
      client.execute("a") { if $0 == .failure(.busy) { busy += 1 } }
    }
    #expect(busy == 2)
  }

  /// A peer at the other end of a pair of sockets.
  private final class Peer {
    let loop = EventLoop(kernel: Kernel())
    let number: CInt
    let client: QMPClient
    var ending: ClientChart.Ending?
    var heard: [QMPClient.Outcome] = []

    init(patienceMillis: UInt64 = 10_000) throws {
      let (near, far) = try loop.kernel.socketPair()
      number = far
      client = QMPClient(
        loop, connected: Descriptor(owning: near, in: loop.kernel),
        patienceMillis: patienceMillis)
      client.onEnd = { [weak self] in self?.ending = $0 }
      client.execute("query-status") { [weak self] in self?.heard.append($0) }
    }

    func say(_ text: String) throws {
      _ = try Array(text.utf8).withUnsafeBytes {
        try loop.kernel.send(
          number, bytes: $0, descriptors: UnsafeBufferPointer(start: nil, count: 0))
      }
    }

    /// Until the client has ended, or what is awaited has come, or the limit has passed.
    func turn(_ isOver: () -> Bool = { false }) {
      let deadline = ContinuousClock.now + .seconds(10)
      while ending == nil, !isOver(), ContinuousClock.now < deadline { _ = loop.poll() }
    }

    deinit { loop.kernel.close(number) }
  }

  static let greeting = #"{"QMP":{"version":{},"capabilities":["oob"]}}"# + "\r\n"
  static let early = #"{"timestamp":{"seconds":1,"microseconds":2},"event":"RESUME"}"# + "\r\n"
  static let accepts = #"{"return":{},"id":0}"# + "\r\n"
  static let nonsense = [
    "hello\n", "{}", "[]", #"{"return":{}}"#, #"{"QMP":{}}"#, #"{"error":{},"id":0}"#,
    greeting + greeting, greeting + #"{"id":0}"#, greeting + #"{"return":{},"id":0}{"x":1}"#,
    greeting + #"{"return":{},"id":0}{"return":{}}"#,
    greeting + #"{"return":{},"id":0}{"id":1}"#, #"{"return":{},"id":7}"#,
    greeting + #"{"return":{},"id":1}"#, #"{"event":"STOP"}{"return":{},"id":0}"#,
    greeting + "{\"return\":{},\"id\":0}\u{0}",
  ]

  @Test(arguments: nonsense)
  func `a peer that speaks no QMP is left`(text: String) throws {
    let peer = try Peer()
    try peer.say(text)
    peer.turn()
    guard case .nonsense = peer.ending else {
      Issue.record("ended \(String(describing: peer.ending))")
      return
    }
    #expect(peer.heard.count == 1)
  }

  @Test(arguments: [
    early + greeting + accepts, greeting + early + accepts, greeting + accepts + early,
    early + early + greeting + early + accepts,
  ])
  func `an event may come before the greeting, as QEMU's do in a rare moment`(
    text: String
  ) throws {
    let peer = try Peer()
    var told: [String] = []
    peer.client.onEvent = { told.append($0.event) }
    try peer.say(text + #"{"return":{"status":"running"},"id":1}"#)
    peer.turn { !peer.heard.isEmpty }
    #expect(peer.heard == [.success(["status": "running"])] && peer.client.isOpen)
    #expect(
      told == Array(repeating: "RESUME", count: text.components(separatedBy: "RESUME").count - 1))
  }

  @Test func `a peer that does not greet is left in time`() throws {
    let peer = try Peer(patienceMillis: 20)
    peer.turn()
    #expect(peer.ending == .silent && peer.heard == [.failure(.gone(.silent))])
  }

  @Test func `a peer that does not accept is left in time`() throws {
    let peer = try Peer(patienceMillis: 20)
    try peer.say(Self.greeting)
    peer.turn()
    #expect(peer.ending == .silent)
  }

  @Test func `a peer that refuses to negotiate is left`() throws {
    let peer = try Peer()
    try peer.say(Self.greeting + #"{"error":{"class":"GenericError","desc":"no"},"id":0}"#)
    peer.turn()
    #expect(peer.ending == .declined(QMPError("no")))
  }

  @Test func `a peer that dies is gone`() throws {
    let peer = try Peer()
    try peer.say(Self.greeting + #"{"return":{},"id":0}"#)
    try peer.loop.kernel.shutdown(peer.number)
    peer.turn()
    #expect(peer.ending == .hungUp(nil) && peer.heard == [.failure(.gone(.hungUp(nil)))])
  }

  @Test func `a peer that never ends is left`() throws {
    let peer = try Peer()
    let text = String(repeating: "x", count: 1 << 14)
    try peer.say("\"")
    let deadline = ContinuousClock.now + .seconds(60)
    while peer.ending == nil, ContinuousClock.now < deadline {
      try? peer.say(text)
      _ = peer.loop.poll()
    }
    guard case .hungUp(let limit?) = peer.ending else {
      Issue.record("ended \(String(describing: peer.ending))")
      return
    }
    #expect(limit.contains("a message of more than"))
  }
}
