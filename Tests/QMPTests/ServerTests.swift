import BatonCore
import BatonQMP
import Foundation
import Testing

/// The control socket by itself: who may use it, and how much of a round clients may have.
@Suite(.timeLimit(.minutes(15))) struct ServerTests {
  private static let command = #"{"execute":"x"}"#

  @Test func `another user is sent away, and told why`() throws {
    let world = try World()
    world.kernel.client = world.kernel.userID + 4_242
    let client = try world.connect()
    try world.send("{}\n", on: client)
    let said = try world.message(to: client)?["error"]?["desc"]?.text
    #expect(said?.contains("may not control this host") == true)
    #expect(world.echo.calls.isEmpty && world.echo.warnings.count == 1)
  }

  @Test func `a round carries out so many commands, and the next one goes on`() throws {
    let world = try World()
    let client = try world.commander()
    try world.send(String(repeating: Self.command, count: 100), on: client)
    var former = 0
    world.turn {
      let count = world.echo.calls.count
      #expect(count - former <= QMPServer.commandsPerRound)
      former = count
      return count == 100
    }
    #expect(world.echo.warnings == [])
    #expect(try world.messages(100, to: client).count == 100)
  }

  @Test func `who cannot be accepted is left alone for a while`() throws {
    let world = try World()
    world.kernel.refusal = 24  // EMFILE
    let client = try world.connect()
    let begin = ContinuousClock.now
    let deadline = begin + .milliseconds(250)
    while ContinuousClock.now < deadline { _ = world.loop.poll() }
    // Once in a tenth of a second, however long this took.
    let most = 1 + Int((ContinuousClock.now - begin) / .milliseconds(100))
    #expect(2...most ~= world.kernel.acceptCount)
    // It is said once, however often it is tried.
    #expect(world.echo.warnings.count == 1)
    world.kernel.refusal = nil
    #expect(try world.message(to: client) == QMPVersion.greeting)
  }

  @Test func `there is room for so many clients`() throws {
    let world = try World()
    for _ in 0..<QMPServer.clientsMax {
      #expect(try world.message(to: try world.connect()) == QMPVersion.greeting)
    }
    let last = try world.message(to: try world.connect())
    #expect(last?["error"]?["desc"]?.text?.contains("clients are connected") == true)
  }

  @Test func `who reads nothing is dropped`() throws {
    let world = try World()
    _ = try world.commander()
    let news = News("X", ["text": .text(String(repeating: "x", count: 1 << 16))])
    for _ in 0..<24 { world.server.broadcast(news) }
    #expect(world.echo.warnings.count == 1 && world.echo.warnings[0].contains("unread"))
  }

  @Test(arguments: ["x", "[1", "{\"a\":\"", "\\"])
  func `a message without an end is not kept`(text: String) throws {
    let world = try World()
    let client = try world.connect()
    let begin = text == "\\" ? "\"" : ""
    let count = MessageConnection.messageMax / text.utf8.count + 2
    #expect(try world.message(to: client) != nil)
    if text.hasPrefix("{") || text.hasPrefix("[") {
      try world.send(text + String(repeating: "1", count: MessageConnection.messageMax), on: client)
    } else {
      try world.send(begin + String(repeating: text, count: count), on: client)
    }
    world.turn { !world.echo.warnings.isEmpty }
    #expect(world.echo.warnings.first?.contains("a message of more than") == true)
    #expect(try world.message(to: client) == nil)
  }

  // MARK: Descriptors

  @Test func `a descriptor is the command's that it comes with`() throws {
    let world = try World()
    world.echo.keepsSilent = true
    let client = try world.commander()
    let (near, far) = try world.kernel.socketPair()
    defer { for number in [near, far] { world.kernel.close(number) } }
    // As qemu.qmp sends one: with a blank before the command.
    try world.send(" ", on: client, with: [near])
    try world.send(Self.command, on: client)
    world.turn { world.echo.calls.count == 1 }
    let taken = try world.echo.calls[0].takeDescriptor()
    #expect(try world.kernel.isSameFile(taken.number, near))
    #expect(throws: QMPError("No file descriptor supplied via SCM_RIGHTS")) {
      _ = try world.echo.calls[0].takeDescriptor()
    }
  }

  @Test func `a descriptor that its command leaves is closed`() throws {
    let world = try World()
    let client = try world.commander()
    let (near, far) = try world.kernel.socketPair()
    defer { world.kernel.close(far) }
    try world.send(Self.command, on: client, with: [near])
    world.kernel.close(near)
    try world.send(Self.command, on: client)
    world.turn { world.echo.calls.count == 2 }
    // The last copy of the other end is gone.
    var byte: UInt8 = 0
    let count = try withUnsafeMutableBytes(of: &byte) { try world.kernel.read(far, into: $0) }
    #expect(count == 0)
    #expect(throws: QMPError.self) { _ = try world.echo.calls[1].takeDescriptor() }
  }

  @Test func `who sends descriptors without end is dropped`() throws {
    let world = try World()
    let client = try world.commander()
    let (near, far) = try world.kernel.socketPair()
    defer { for number in [near, far] { world.kernel.close(number) } }
    let many = [CInt](repeating: near, count: MessageConnection.descriptorsMax + 1)
    try world.send(" ", on: client, with: many)
    world.turn { !world.echo.warnings.isEmpty }
    #expect(world.echo.warnings.first?.contains("descriptors that no command took") == true)
  }
}
