import BatonCore
import Testing

@testable import BatonMig

/// What one attempt, or one stranger, leaves behind for the next: nothing.
@Suite(.timeLimit(.minutes(15))) struct HandoverAttemptTests {
  @Test func `the stamps of an attempt begin with it`() throws {
    let stage = try Stage()
    stage.target.devices[0].refuses = [.load: Refusal(.invalid)]
    try stage.start()
    stage.settle()
    #expect(stage.source.statuses.last == .failed)
    #expect(stage.source.outgoing?.stamps.begun != 0)
    #expect(stage.target.incoming?.stamps.received != 0)
    stage.target.devices[0].refuses = [:]
    var atOffer: [HandoverStamps?] = []
    stage.source.devices[0].whenAsked = { [unowned stage] step in
      if step == .describe { atOffer.append(stage.source.outgoing?.stamps) }
    }
    stage.target.devices[0].whenAsked = { [unowned stage] step in
      if step == .inspect { atOffer.append(stage.target.incoming?.stamps) }
    }
    try stage.start()
    stage.settle()
    #expect(atOffer == [HandoverStamps(), HandoverStamps()])
    stage.expectGuest(at: stage.target)
  }

  @Test func `the calls that a liar told are forgotten at the next offer`() throws {
    let scene = try HandoverImpostorTests.Scene(patienceMillis: 50)
    let stage = scene.stage
    try scene.reachOffer()
    try scene.impostor.send(.running, [UInt8](repeating: 3, count: 48))
    stage.turn { stage.source.isSendingOver }
    #expect(stage.source.hasGuest)
    #expect(stage.source.outgoing?.mutatingCallsBeforeTake != nil)
    var atOffer: [UInt64?] = []
    stage.source.devices[0].whenAsked = { [unowned stage] step in
      if step == .describe { atOffer.append(stage.source.outgoing?.mutatingCallsBeforeTake) }
    }
    try stage.start()
    stage.settle()
    #expect(atOffer == [nil])
    stage.expectGuest(at: stage.target)
  }

  @Test func `a stranger that went does not make the next source one that is gone`() throws {
    let stage = try Stage(isVirtual: true)
    try stage.target.listen(at: stage.address(), stage.parameters)
    do { _ = try stage.connect() }
    stage.rest()
    let stranger = try stage.connect()
    let word = try OwnershipWord(handover: 77, in: stage.kernel)
    try stranger.send(.hello, Wire.hello(handover: 77), [word.descriptor])
    for record in Speech.offer + Speech.states { try stranger.send(record.0, record.1) }
    try stranger.send(.doorbell)
    stage.rest()
    #expect(stage.target.incoming?.state == .ready)
    _ = word.swap(from: .held, to: .offered)
    try stranger.send(.doorbell)
    stage.rest()
    #expect(word.owner == .running)
  }

  @Test func `who comes while another is silent is heard after it`() throws {
    let stage = try Stage(isVirtual: true)
    try stage.target.listen(at: stage.address(), stage.parameters)
    var silent: Stranger? = try stage.connect()
    let patient = try stage.connect()
    #expect(try patient.read().isEmpty && !patient.isAtEnd)
    #expect(silent?.isAtEnd == false)
    silent = nil
    stage.rest()
    #expect(!patient.isAtEnd)
    let word = try OwnershipWord(handover: 5, in: stage.kernel)
    try patient.send(.hello, Wire.hello(handover: 5), [word.descriptor])
    stage.rest()
    #expect(try patient.read().map(\.type) == [.hello])
  }

  /// A kernel that accepts once and is then out of descriptors.
  private final class FullKernel: MortalKernel {
    var acceptCount = 0

    override func accept(_ fd: CInt) throws(SystemError) -> CInt {
      acceptCount += 1
      if acceptCount > 1 { throw SystemError(call: .accept, code: Errno.processTableFull) }
      return try super.accept(fd)
    }
  }

  @Test func `a listener that cannot accept is not asked again at once`() throws {
    let kernel = FullKernel()
    let stage = try Stage(kernel: kernel, isVirtual: true)
    stage.parameters.pausesBeforeSwitchover = true
    try stage.start()
    stage.turn { stage.source.statuses.last == .preSwitchover }
    let path = try #require(stage.address().path)
    let second = Stranger(kernel, try kernel.connect(path: path))
    for _ in 0..<20 { _ = stage.poll() }
    #expect(kernel.acceptCount <= 3)
    try stage.source.outgoing?.proceed()
    stage.settle()
    stage.expectGuest(at: stage.target)
    _ = second.number
  }
}
