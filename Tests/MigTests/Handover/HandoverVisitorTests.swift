import BatonCore
import Testing

@testable import BatonMig

/// Whoever connects to a waiting target and is no source costs nothing but its own place.
@Suite(.timeLimit(.minutes(15))) struct HandoverVisitorTests {
  private func stage(_ kernel: MortalKernel = MortalKernel()) throws -> Stage {
    let stage = try Stage(kernel: kernel, isVirtual: true)
    try stage.target.listen(at: stage.address(), stage.parameters)
    return stage
  }

  /// A source gets in at once: within less than any stranger is waited for.
  private func expectMove(_ stage: Stage, _ location: SourceLocation = #_sourceLocation) throws {
    let begin = stage.loop.now
    try stage.source.send(to: stage.address(), stage.parameters)
    stage.settle()
    stage.expectGuest(at: stage.target, location)
    #expect(stage.loop.now - begin < 100_000_000, sourceLocation: location)
  }

  @Test func `silent strangers keep no source out, however many they are`() throws {
    for count in [1, 3, Lobby.placesMax, Lobby.placesMax + 40] {
      let stage = try stage()
      let strangers = try (0..<count).map { _ in try stage.connect() }
      #expect(stage.target.incoming?.state == .listening)
      try expectMove(stage)
      #expect(
        try strangers.allSatisfy {
          _ = try $0.read()
          return $0.isAtEnd
        })
    }
  }

  @Test func `a newcomer takes the place of who has been silent longest`() throws {
    let stage = try stage()
    let strangers = try (0...Lobby.placesMax).map { _ in try stage.connect() }
    #expect(try strangers[0].why() == "no answer within 0 ms")
    for stranger in strangers.dropFirst() {
      #expect(try stranger.read().isEmpty && !stranger.isAtEnd)
    }
    try expectMove(stage)
  }

  @Test func `a place is for a short time`() throws {
    let stage = try stage()
    let open = stage.kernel.open.count
    let stranger = try stage.connect()
    let begin = stage.loop.now
    stage.turn { stage.kernel.open.count == open + 1 }
    #expect(try stranger.why() == "no answer within 1000 ms")
    #expect(stage.loop.now - begin == Visitor.limitMillis * 1_000_000)
    try expectMove(stage)
  }

  /// What somebody says who is no source, and what he is told.
  static let speeches: [(bytes: [UInt8], why: String?)] = [
    (
      [UInt8](repeating: 0x41, count: 16),
      "malformed record: record type 0x41414141, expected 0x4e4f5442"
    ),
    (Wire.record(.bye), "record 'BYE' is not expected in state 'setup'"),
    (Wire.record(.device, Speech.device), "record 'DEVICE' is not expected in state 'setup'"),
    (Wire.record(.hello, [1, 2]), "malformed record: value 'HELLO'"),
    (Array(Wire.record(.hello, Wire.hello()).prefix(20)), nil),
    (Wire.record(.stamps), nil), ([0x42], nil),
  ]

  @Test(arguments: speeches.indices, [false, true])
  func `a stranger that says something else is told so and the target listens on`(
    index: Int, leaves: Bool
  ) throws {
    let stage = try stage()
    let (bytes, why) = Self.speeches[index]
    let stranger = try stage.connect()
    try stranger.send(bytes)
    if leaves { try stage.kernel.shutdown(stranger.number) }
    stage.rest()
    let told = try stranger.why()
    #expect(leaves || told == why)
    #expect(stage.target.incoming?.state == .listening)
    try expectMove(stage)
  }

  @Test func `a stranger that dies is forgotten, and what a dead source said counts`() throws {
    let stage = try stage()
    let kernel = stage.kernel
    let silent = try stage.connect()
    try kernel.die(try #require(kernel.processes.last))
    stage.rest()
    #expect(stage.target.incoming?.state == .listening)
    _ = try silent.read()
    #expect(silent.isAtEnd)
    let source = try stage.connect()
    let word = try OwnershipWord(handover: 77, in: kernel)
    try source.send(.hello, Wire.hello(handover: 77), [word.descriptor])
    try kernel.die(try #require(kernel.processes.last))
    stage.turn { stage.target.statuses.last == .failed }
    #expect(stage.target.incoming?.refusal?.cause == .peerDied)
  }

  @Test func `a process of another user costs nothing either`() throws {
    let kernel = MortalKernel()
    let stage = try stage(kernel)
    kernel.peerUser = 4_242
    let strangers = try (0..<20).map { _ in try stage.connect() }
    kernel.peerUser = nil
    #expect(stage.target.incoming?.state == .listening)
    for stranger in strangers {
      #expect(try stranger.why()?.hasPrefix("the peer runs as user 4242") == true)
    }
    try expectMove(stage)
  }

  @Test func `when a source is there nobody else can be it`() throws {
    let stage = try stage()
    let (early, source) = (try stage.connect(), try stage.connect())
    let word = try OwnershipWord(handover: 77, in: stage.kernel)
    try source.send(.hello, Wire.hello(handover: 77), [word.descriptor])
    stage.rest()
    #expect(try source.read().map(\.type) == [.hello])
    // Sooner than anybody is sent away for saying nothing.
    #expect(try early.read().isEmpty && early.isAtEnd)
    #expect(!source.isAtEnd)
  }

  @Test func `a full table of descriptors is the silent ones' loss`() throws {
    let kernel = FullKernel()
    let stage = try stage(kernel)
    let stranger = try stage.connect()
    kernel.isFull = true
    let path = try #require(stage.address().path)
    let second = Stranger(kernel, try kernel.connect(path: path))
    stage.turn { (try? stranger.why()) != nil || stranger.isAtEnd }
    kernel.isFull = false
    stage.rest()
    #expect(stage.target.incoming?.state == .listening)
    #expect(try second.read().isEmpty && !second.isAtEnd)
    try expectMove(stage)
  }

  /// Accepts nobody while it is full.
  private final class FullKernel: MortalKernel {
    var isFull = false

    override func accept(_ fd: CInt) throws(SystemError) -> CInt {
      if isFull {
        isFull = false
        throw SystemError(call: .accept, code: Errno.processTableFull)
      }
      return try super.accept(fd)
    }
  }
}
