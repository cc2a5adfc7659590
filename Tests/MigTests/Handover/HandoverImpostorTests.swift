import BatonCore
import Testing

@testable import BatonMig

/// A source in front of a target by hand, which hangs, lies or dies.
@Suite(.timeLimit(.minutes(15))) struct HandoverImpostorTests {
  /// A source that has connected to a target by hand.
  final class Scene {
    let stage: Stage
    let impostor: Stranger
    private var word: OwnershipWord?
    private(set) var types: [RecordType] = []

    init(patienceMillis: UInt64 = 30_000) throws {
      stage = try Stage(isVirtual: true)
      stage.parameters.patienceMillis = patienceMillis
      stage.parameters.switchMillis = patienceMillis
      let path = try #require(stage.address().path)
      let kernel = stage.kernel
      let listener = Descriptor(owning: try kernel.listen(path: path, backlog: 1), in: kernel)
      try stage.source.send(to: stage.address(), stage.parameters)
      impostor = Stranger(kernel, try kernel.accept(listener.number))
      try kernel.unlink(path: path)
    }

    /// What the word says.
    var owner: Ownership? { word?.owner ?? nil }

    /// Swaps the word, as a target would.
    @discardableResult
    func swap(from: Ownership, to: Ownership) -> Ownership? {
      word?.swap(from: from, to: to) ?? nil
    }

    /// Reads what there is; the first HELLO brings the word.
    func listen() throws {
      stage.rest()
      for record in try impostor.read() {
        types.append(record.type)
        guard record.type == .hello else { continue }
        let bytes = record.payload
        let greeting = try Greeting(bytes.span.bytes)
        word = try impostor.word(greeting.handover)
      }
    }

    /// Plays along until the source has offered the guest.
    func reachOffer() throws {
      try listen()
      try impostor.send(.hello, Wire.hello())
      try listen()
      try impostor.send(.answers, Wire.answer())
      try listen()
      #expect(
        types == [
          .hello, .memory, .device, .offerEnd, .state, .stamps, .stateEnd, .doorbell,
        ])
      #expect(owner == .offered)
      #expect(!stage.source.guest.isRunning)
    }

    /// The process of the impostor, as the source knows it.
    var process: CInt { stage.kernel.processes[0] }

    /// The source has its guest back, for this reason, and takes no step more.
    func expectBack(
      _ text: String, _ status: MigrationStatus = .failed,
      _ location: SourceLocation = #_sourceLocation
    ) {
      stage.turn { stage.source.isSendingOver }
      #expect(stage.source.statuses.last == status, sourceLocation: location)
      #expect(
        stage.source.outgoing?.refusal?.description == text, sourceLocation: location)
      #expect(stage.source.hasGuest, sourceLocation: location)
      let journal = stage.journal
      #expect(
        journal.count("source guest start") == journal.count("source guest stop"),
        sourceLocation: location)
    }

    /// The source has let go of its guest.
    func expectGone(_ location: SourceLocation = #_sourceLocation) {
      stage.turn { stage.source.isSendingOver }
      #expect(stage.source.statuses.last == .completed, sourceLocation: location)
      #expect(stage.source.outgoing?.refusal == nil, sourceLocation: location)
      #expect(!stage.source.guest.isRunning, sourceLocation: location)
      #expect(stage.journal.count("source net0 release") == 1, sourceLocation: location)
    }
  }

  @Test(arguments: [false, true])
  func `a target that does not answer is not waited for long`(saysHello: Bool) throws {
    let scene = try Scene(patienceMillis: 20)
    try scene.listen()
    if saysHello { try scene.impostor.send(.hello, Wire.hello()) }
    scene.expectBack("no answer within 20 ms")
    try scene.listen()
    #expect(scene.types.last == .cancel)
    #expect(scene.owner == .held)
  }

  @Test func `a target of the future is understood and refused`() throws {
    let scene = try Scene()
    try scene.impostor.send(
      Wire.record(.hello, Wire.hello(version: 7, oldest: 6) + [9], version: 7))
    scene.expectBack("protocol version: 2 here, 7 on the other side")
  }

  static let nonsense: [(bytes: [UInt8], text: String)] = [
    (
      [UInt8](repeating: 0x41, count: 16),
      "malformed record: record type 0x41414141, expected 0x4e4f5442"
    ),
    (Wire.record(.answers, [1]), "record 'ANSWERS' is not expected in state 'setup'"),
    (
      Wire.record(.running, [UInt8](repeating: 0, count: 48)),
      "record 'RUNNING' is not expected in state 'setup'"
    ),
    (Wire.record(.state), "record 'STATE' is not expected in state 'setup'"),
    (Wire.record(.hello, [1]), "malformed record: value 'HELLO'"),
    (Wire.record(.failed, [200, 200]), "malformed record: value 'FAILED'"),
    (
      Wire.record(.hello, Wire.hello()) + Wire.record(.answers),
      "malformed record: value 'ANSWERS'"
    ),
    (
      Wire.record(.hello, Wire.hello()) + Wire.record(.answers, Wire.answer(3)),
      "malformed record: value 'ANSWERS'"
    ),
  ]

  @Test(arguments: nonsense.indices) func `nonsense ends it`(index: Int) throws {
    let scene = try Scene()
    try scene.impostor.send(Self.nonsense[index].bytes)
    scene.expectBack(Self.nonsense[index].text)
    #expect(scene.stage.journal.count("source guest stop") == 0)
  }

  @Test func `a stream that ends in a record says where`() throws {
    let scene = try Scene()
    try scene.impostor.send(Array(Wire.record(.hello, Wire.hello()).prefix(20)))
    try scene.stage.kernel.shutdown(scene.impostor.number)
    scene.expectBack("the stream ended after 20 of 28 bytes of a record")
  }

  @Test func `a target that hangs at the offer loses it`() throws {
    let scene = try Scene(patienceMillis: 50)
    try scene.reachOffer()
    scene.expectBack("no answer within 50 ms (switch-ms)")
    #expect(scene.swap(from: .offered, to: .taken) == .revoked)
    #expect(scene.stage.kernel.killed == [])
  }

  @Test func `a target that hangs with the guest is killed, and then the guest resumed`() throws {
    let scene = try Scene(patienceMillis: 50)
    try scene.reachOffer()
    #expect(scene.swap(from: .offered, to: .taken) == .taken)
    scene.expectBack("no answer within 50 ms (switch-ms)")
    #expect(scene.stage.kernel.killed == [scene.process])
    #expect(scene.owner == .revoked)
  }

  @Test func `a target that only says that it runs the guest is not believed`() throws {
    let scene = try Scene()
    try scene.reachOffer()
    try scene.impostor.send(.running, [UInt8](repeating: 0, count: 48))
    scene.stage.turn { scene.stage.source.isSendingOver }
    #expect(scene.stage.source.hasGuest)
    #expect(scene.owner == .revoked)
  }

  @Test func `a target that runs the guest keeps it, whether it says so or not`() throws {
    for says in [true, false] {
      let scene = try Scene(patienceMillis: 50)
      try scene.reachOffer()
      scene.swap(from: .offered, to: .taken)
      scene.swap(from: .taken, to: .running)
      if says { try scene.impostor.send(.running, [UInt8](repeating: 0, count: 48)) }
      scene.expectGone()
      #expect(scene.stage.kernel.killed == [])
    }
  }

  /// What the word says when the target dies, and whether the guest comes back.
  static let deaths: [(word: Ownership, comesBack: Bool)] = [
    (.offered, true), (.taken, true), (.running, false),
  ]

  @Test(arguments: deaths.indices, [true, false])
  func `what the word says when the target dies decides`(index: Int, closes: Bool) throws {
    let (owner, comesBack) = Self.deaths[index]
    let scene = try Scene()
    try scene.reachOffer()
    if owner != .offered { scene.swap(from: .offered, to: .taken) }
    if owner == .running { scene.swap(from: .taken, to: .running) }
    // Its socket may end before the death is seen, or with it.
    if closes { try scene.stage.kernel.shutdown(scene.impostor.number) }
    if closes { scene.stage.rest() }
    if scene.stage.source.isSendingOver == false { try scene.stage.kernel.die(scene.process) }
    guard comesBack else { return scene.expectGone() }
    scene.expectBack(
      closes ? "the other end closed the channel" : "the process at the other end died")
    #expect(scene.owner == .revoked)
  }

  @Test func `a target that dies before the offer changes nothing`() throws {
    let scene = try Scene()
    try scene.listen()
    try scene.stage.kernel.die(scene.process)
    scene.expectBack("the process at the other end died")
    #expect(scene.owner == .held)
  }

  @Test func `cancel at the offer takes the guest back, after it it comes too late`() throws {
    let scene = try Scene()
    try scene.reachOffer()
    scene.stage.source.outgoing?.cancel()
    scene.expectBack("cancelled", .cancelled)
    #expect(scene.owner == .revoked)
    let late = try Scene()
    try late.reachOffer()
    late.swap(from: .offered, to: .taken)
    late.stage.source.outgoing?.cancel()
    late.stage.rest()
    #expect(!late.stage.source.guest.isRunning)
    late.swap(from: .taken, to: .running)
    try late.impostor.send(.running, [UInt8](repeating: 0, count: 48))
    late.expectGone()
  }

  @Test func `a target that refuses at the offer gives the guest back`() throws {
    let scene = try Scene()
    try scene.reachOffer()
    let refusal = Refusal.mismatch(
      .ringSize, subject: Name("net0"), here: .number(256), there: .number(512))
    try scene.impostor.send(.failed, Wire.notice(refusal))
    scene.expectBack("net0: ring size: 512 here, 256 on the other side")
    #expect(scene.owner == .revoked)
  }
}
