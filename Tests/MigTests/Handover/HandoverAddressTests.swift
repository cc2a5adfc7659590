import BatonCore
import Foundation
import Testing

@testable import BatonMig

/// Where a migration may go, and what commands a state refuses.
@Suite(.timeLimit(.minutes(15))) struct HandoverAddressTests {
  static let addresses: [(address: String, text: String)] = [
    ("tcp:10.0.0.1:4444", "requires a UNIX domain socket channel: 'tcp' cannot carry descriptors"),
    ("file:vm.mig", "requires a UNIX domain socket channel: 'file' cannot carry descriptors"),
    ("exec:cat", "requires a UNIX domain socket channel: 'exec' cannot carry descriptors"),
    ("bogus:1", "not an address of the form unix:PATH: 'bogus:1'"),
    ("", "not an address of the form unix:PATH: ''"),
    ("unix:", "not an address of the form unix:PATH: 'unix:'"),
    ("/tmp/a.sock", "not an address of the form unix:PATH: '/tmp/a.sock'"),
    (
      "unix:/" + String(repeating: "x", count: 107),
      "not an address of the form unix:PATH: 'unix:/xxxxxxxxxxxxxxxxxxxxxxxxx'"
    ),
  ]

  private func text(_ command: () throws(Refusal) -> Void) -> String {
    do throws(Refusal) {
      try command()
      return ""
    } catch {
      return error.description
    }
  }

  @Test(arguments: addresses.indices) func `an address that leads nowhere starts nothing`(
    index: Int
  ) throws {
    let (address, expected) = Self.addresses[index]
    let stage = try Stage()
    let sent = text { () throws(Refusal) in
      try stage.source.send(to: MigrationAddress(address), stage.parameters)
    }
    let listened = text { () throws(Refusal) in
      try stage.target.listen(at: MigrationAddress(address), stage.parameters)
    }
    #expect(sent.hasSuffix(expected))
    #expect(listened.hasSuffix(expected))
    #expect(stage.source.statuses + stage.target.statuses == [])
    #expect(stage.journal.lines == [])
    stage.expectGuest(at: stage.source)
    try stage.start()
    stage.settle()
    stage.expectGuest(at: stage.target)
  }

  @Test func `an absent listener is named, and a later one is found`() throws {
    let stage = try Stage()
    try stage.source.send(to: stage.address(), stage.parameters)
    #expect(stage.source.statuses == [.setup, .failed])
    #expect(
      stage.source.outgoing?.refusal?.description
        == "nobody listens there: connect: No such file or directory (ENOENT)")
    try stage.start()
    stage.settle()
    stage.expectGuest(at: stage.target)
  }

  @Test(arguments: [nil, 4_242] as [UInt32?])
  func `only who waits for another user lets others connect`(user: UInt32?) throws {
    let stage = try Stage()
    stage.parameters.peerUserID = user
    try stage.target.listen(at: stage.address(), stage.parameters)
    let attributes = try FileManager.default.attributesOfItem(
      atPath: try #require(stage.address().path?.description))
    let mode = try #require(attributes[.posixPermissions] as? NSNumber).intValue
    #expect(mode & 0o077 == 0 || user != nil)
    #expect(mode & 0o600 == 0o600)
  }

  @Test func `a path in use is left to its owner`() throws {
    let stage = try Stage()
    let other = try Party("other", stage.loop, stage.journal, names: [Name("net0")], queues: 0)
    try stage.target.listen(at: stage.address(), stage.parameters)
    let refused = text { () throws(Refusal) in
      try other.listen(at: stage.address(), stage.parameters)
    }
    #expect(refused.hasPrefix("address '"), "\(refused)")
    #expect(refused.hasSuffix("/a': bind: Address already in use (EADDRINUSE)"), "\(refused)")
    #expect(stage.journal.lines(of: "other") == ["told preIncoming", "told incomingFailed"])
    #expect(other.statuses == [])
    try other.listen(at: stage.address("b"), stage.parameters)
    other.finish()
    #expect(stage.files == ["a"])
    try stage.source.send(to: stage.address(), stage.parameters)
    stage.settle()
    stage.expectGuest(at: stage.target)
    #expect(stage.files == [])
  }

  @Test func `a vetoed target has not listened, and may again`() throws {
    let stage = try Stage()
    stage.target.vetoes = [.preIncoming: Refusal(.alreadyOpen, subject: Name("net0"))]
    let refused = text { () throws(Refusal) in
      try stage.target.listen(at: stage.address(), stage.parameters)
    }
    #expect(refused == "net0: the TAP is already open here and cannot take descriptors")
    #expect(stage.files == [])
    #expect(stage.target.statuses == [])
    stage.target.vetoes = [:]
    try stage.start()
    stage.settle()
    stage.expectGuest(at: stage.target)
  }

  @Test func `a second command is refused with the state's name`() throws {
    let stage = try Stage()
    try stage.start()
    let sent = text { () throws(Refusal) in
      try stage.source.send(to: stage.address("b"), stage.parameters)
    }
    #expect(sent == "not possible in state 'setup'")
    let listened = text { () throws(Refusal) in
      try stage.target.listen(at: stage.address("b"), stage.parameters)
    }
    #expect(listened == "not possible in state 'setup'")
    let proceeded = text { () throws(Refusal) in try stage.source.outgoing?.proceed() }
    #expect(proceeded == "not possible in state 'setup'")
    stage.settle()
    #expect(stage.source.statuses == [.setup, .active, .device, .completed])
    let late = text { () throws(Refusal) in
      try stage.source.send(to: stage.address(), stage.parameters)
    }
    #expect(late == "not possible in state 'completed'")
    let cancelled = text { () throws(Refusal) in try stage.target.incoming?.cancel() }
    #expect(cancelled == "not possible in state 'completed'")
    stage.expectGuest(at: stage.target)
  }

  @Test func `a second source finds the channel closed, the first one its guest moved`() throws {
    let stage = try Stage()
    let other = try Party("other", stage.loop, stage.journal, names: [Name("net0")], queues: 1)
    stage.parameters.pausesBeforeSwitchover = true
    try stage.start()
    stage.turn { stage.source.statuses.last == .preSwitchover }
    try other.send(to: stage.address(), stage.parameters)
    stage.turn { other.isSendingOver }
    #expect(other.outgoing?.refusal?.cause == .channelClosed)
    #expect(other.hasGuest)
    try stage.source.outgoing?.proceed()
    stage.settle()
    stage.expectGuest(at: stage.target)
  }

  @Test func `a second try out of the callback of the first one's end sees the guest run`() throws {
    let stage = try Stage()
    stage.target.devices[0].refuses = [.load: Refusal(.invalid)]
    var tries = 0
    stage.target.whenReported = { [unowned stage] status in
      guard status == .failed else { return }
      stage.target.devices[0].refuses = [:]
      try? stage.target.listen(at: stage.address("b"), stage.parameters)
    }
    stage.source.whenReported = { [unowned stage] status in
      guard status == .failed else { return }
      tries += 1
      try? stage.source.send(to: stage.address("b"), stage.parameters)
    }
    try stage.start()
    stage.settle()
    #expect(tries == 1)
    #expect(stage.source.statuses.last == .completed)
    stage.expectGuest(at: stage.target)
    stage.source.whenReported = { _ in }
    stage.target.whenReported = { _ in }
    stage.target.finish()
    #expect(stage.files == [])
  }
}
