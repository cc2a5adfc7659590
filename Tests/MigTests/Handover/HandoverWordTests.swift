import BatonCore
import Testing

@testable import BatonMig

/// The moments in which the ownership word is not what a side expects, and what is not yet on its
/// way when it changes.
@Suite(.timeLimit(.minutes(15))) struct HandoverWordTests {
  /// A kernel that does something while this process lets others run.
  private final class YieldingKernel: MortalKernel {
    var whenYielding: () -> Void = {}
    override func yield() { whenYielding() }
  }

  /// Holds a word, which a closure cannot capture by itself.
  private final class Word {
    let value: OwnershipWord
    init(_ value: consuming OwnershipWord) { self.value = value }
  }

  /// A target that has loaded the state of a source by hand.
  private func load(_ kernel: MortalKernel) throws -> (Stage, Stranger, Word) {
    let stage = try Stage(kernel: kernel, isVirtual: true)
    try stage.target.listen(at: stage.address(), stage.parameters)
    let stranger = try stage.connect()
    let word = Word(try OwnershipWord(handover: 77, in: kernel))
    try stranger.send(.hello, Wire.hello(handover: 77), [word.value.descriptor])
    for record in Speech.offer + Speech.states { try stranger.send(record.0, record.1) }
    stage.rest()
    #expect(stage.target.incoming?.state == .ready)
    return (stage, stranger, word)
  }

  @Test func `a doorbell that overtakes the word is worth a second look`() throws {
    let kernel = YieldingKernel()
    let (stage, stranger, word) = try load(kernel)
    kernel.whenYielding = { [unowned word] in _ = word.value.swap(from: .held, to: .offered) }
    try stranger.send(.doorbell)
    stage.rest()
    #expect(word.value.owner == .running)
  }

  @Test func `a target that is condemned gives back what it cannot run`() throws {
    let (stage, stranger, word) = try load(MortalKernel())
    stage.target.devices[0].refuses = [.take: Refusal(.invalid)]
    stage.target.devices[0].whenAsked = { step in
      if step == .take { _ = word.value.swap(from: .taken, to: .condemned) }
    }
    #expect(word.value.swap(from: .held, to: .offered) == .offered)
    try stranger.send(.doorbell)
    stage.rest()
    #expect(word.value.owner == .revoked)
    #expect(!stage.target.guest.isRunning)
  }

  @Test func `a word that somebody changed before the offer is seen at once`() throws {
    let scene = try HandoverImpostorTests.Scene()
    let stage = scene.stage
    try scene.listen()
    stage.source.devices[0].whenAsked = { [unowned scene] step in
      if step == .save { scene.swap(from: .held, to: .revoked) }
    }
    try scene.impostor.send(.hello, Wire.hello())
    try scene.listen()
    try scene.impostor.send(.answers, Wire.answer())
    // No time passes here: nobody waits for an answer.
    stage.rest()
    #expect(stage.source.isSendingOver)
    #expect(stage.source.hasGuest)
  }

  @Test func `a state that the socket does not take is not offered yet`() throws {
    let scene = try HandoverImpostorTests.Scene()
    scene.stage.source.devices[0].state = [UInt8](repeating: 7, count: 1_000_000)
    try scene.listen()
    try scene.impostor.send(.hello, Wire.hello())
    try scene.listen()
    try scene.impostor.send(.answers, Wire.answer())
    scene.stage.rest()
    #expect(scene.owner == .held)
    // Each read makes room for more, until all of it is there.
    for _ in 0..<100 where scene.types.last != .doorbell { try scene.listen() }
    #expect(scene.owner == .offered)
  }

  @Test func `what a target says before it dies is heard first`() throws {
    let scene = try HandoverImpostorTests.Scene()
    try scene.listen()
    let reason = Refusal(.wrongState, here: .name(Name("tired")))
    try scene.impostor.send(.failed, Wire.notice(reason))
    try scene.stage.kernel.die(scene.process)
    scene.expectBack("not possible in state 'tired'")
  }

  @Test func `memory that is offered twice ends it`() throws {
    let stage = try Stage(isVirtual: true)
    try stage.target.listen(at: stage.address(), stage.parameters)
    let stranger = try stage.connect()
    let word = try OwnershipWord(handover: 77, in: stage.kernel)
    try stranger.send(.hello, Wire.hello(handover: 77), [word.descriptor])
    let region = MemoryRegion(guestAddress: 0, byteCount: 8)
    let payload = Wire.bytes { Payload.Memory(regions: [region]).write(into: &$0) }
    for _ in 0..<2 { try stranger.send(.memory, payload, [word.descriptor]) }
    stage.rest()
    #expect(
      stage.target.incoming?.refusal?.description == "malformed record: value 'MEMORY'")
  }

  @Test func `more descriptors than a record can have are refused by name`() throws {
    let stage = try Stage(isVirtual: true)
    stage.source.devices[0].lentCount = 1025
    try stage.start()
    stage.settle()
    #expect(
      stage.source.outgoing?.refusal?.description
        == "net0: descriptor 1025 is not possible, expected 1024")
    stage.expectGuest(at: stage.source)
  }

  @Test func `a socket that nobody listens on any more is no listener`() throws {
    let stage = try Stage(isVirtual: true)
    let path = try #require(stage.address().path)
    stage.kernel.close(try stage.kernel.listen(path: path, backlog: 1))
    try stage.source.send(to: stage.address(), stage.parameters)
    #expect(
      stage.source.outgoing?.refusal?.description
        == "nobody listens there: connect: Connection refused (ECONNREFUSED)")
  }

  @Test func `a patience without end is a long time, not a short one`() {
    var incoming = IncomingChart.Memory()
    incoming.order.terms.patienceMillis = .max
    var outgoing = OutgoingChart.Memory()
    outgoing.order.terms.patienceMillis = .max
    // 2^40 ms, with room for the time of the clock.
    let most: UInt64 = (1 << 40) * 1_000_000
    #expect(IncomingChart.nanoseconds(.patience, incoming) == most)
    #expect(OutgoingChart.nanoseconds(.patience, outgoing) == most)
  }
}
