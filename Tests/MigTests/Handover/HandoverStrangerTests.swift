import BatonCore
import Testing

@testable import BatonMig

/// A target in front of a source by hand, which says what no source should.
@Suite(.timeLimit(.minutes(15))) struct HandoverStrangerTests {
  /// A target that listens and a source that has connected and sent HELLO with a word.
  private func greet(
    patienceMillis: UInt64 = 30_000
  ) throws -> (stage: Stage, stranger: Stranger, word: Word) {
    let stage = try Stage(isVirtual: true)
    stage.parameters.patienceMillis = patienceMillis
    try stage.target.listen(at: stage.address(), stage.parameters)
    let stranger = try stage.connect()
    let word = Word(try OwnershipWord(handover: 77, in: stage.kernel))
    try stranger.send(.hello, Wire.hello(handover: 77), [word.value.descriptor])
    stage.rest()
    return (stage, stranger, word)
  }

  /// Holds a word, which cannot be part of a tuple by itself.
  final class Word {
    let value: OwnershipWord
    init(_ value: consuming OwnershipWord) { self.value = value }
  }

  /// The target gave up for this reason, told the stranger, and runs nothing.
  private func expectRefused(
    _ stage: Stage, _ text: String, _ location: SourceLocation = #_sourceLocation
  ) {
    stage.turn { stage.target.isReceivingOver && stage.target.incoming?.state != .listening }
    #expect(
      stage.target.incoming?.refusal?.description == text, sourceLocation: location)
    #expect(stage.target.statuses.last == .failed, sourceLocation: location)
    #expect(!stage.target.guest.isRunning, sourceLocation: location)
    #expect(stage.files == [], sourceLocation: location)
  }

  @Test func `a source by hand hands its guest over`() throws {
    let (stage, stranger, word) = try greet()
    #expect(try stranger.read().map(\.type) == [.hello])
    for record in Speech.offer { try stranger.send(record.0, record.1) }
    stage.rest()
    let answers = try stranger.read()
    #expect(answers.map(\.type) == [.answers])
    #expect(answers.first?.payload == Wire.answer())
    for record in Speech.states { try stranger.send(record.0, record.1) }
    // A bell while the word says *held* changes nothing.
    try stranger.send(.doorbell)
    stage.rest()
    #expect(stage.target.incoming?.state == .ready)
    #expect(word.value.swap(from: .held, to: .offered) == .offered)
    try stranger.send(.doorbell)
    stage.rest()
    #expect(word.value.owner == .running)
    #expect(try stranger.read().map(\.type) == [.running])
    #expect(stage.target.hasGuest)
    #expect(stage.target.devices[0].state == [4, 5])
    try stranger.send(.bye)
    stage.rest()
    _ = try stranger.read()
    #expect(stranger.isAtEnd)
  }

  @Test func `what may be skipped is skipped in every state`() throws {
    let (stage, stranger, word) = try greet()
    let unknown = Wire.header(type: Wire.unknown(from: RecordType.skippable), length: 1) + [9]
    for record in Speech.offer + Speech.states {
      try stranger.send(unknown)
      // Known, and out of its time but before STATE-END; malformed it would be there alone.
      if record.0 != .state && record.0 != .stateEnd { try stranger.send(.stamps) }
      try stranger.send(record.0, record.1)
      stage.rest()
    }
    try stranger.send(unknown)
    try stranger.send(.stamps)
    #expect(word.value.swap(from: .held, to: .offered) == .offered)
    try stranger.send(.doorbell)
    stage.rest()
    #expect(word.value.owner == .running)
    try stranger.send(unknown)
    stage.rest()
    #expect(stage.target.guest.isRunning)
    #expect(stage.target.incoming?.stamps.begun == 0)
  }

  @Test func `a record that is not known and may not be skipped ends it by name`() throws {
    let (stage, stranger, _) = try greet()
    try stranger.send(Wire.header(type: Wire.unknown()))
    expectRefused(stage, "record type \(Wire.unknown()) is not known here")
    let told = try #require(try stranger.read().last)
    #expect(told.type == .failed)
    #expect(
      try RefusalNotice(told.payload.span.bytes).description
        == "record type \(Wire.unknown()) is not known here")
  }

  @Test func `why the source takes its guest back is known at the target`() throws {
    let (stage, stranger, _) = try greet()
    var future = Wire.notice(Refusal(.timeout, there: .number(5)))
    future[0] = 200
    try stranger.send(.cancel, future)
    let words = "no answer within 5 ms"
    stage.turn { stage.target.isReceivingOver }
    #expect(
      stage.target.incoming?.refusalText == "refused by the other side: cause 200: \(words)")
    #expect(stage.target.incoming?.refusal?.causeNumber == 200)
    let (other, user, _) = try greet()
    try user.send(.cancel)
    expectRefused(other, "cancelled")
  }

  @Test func `a guest that was taken back before the bell is not run`() throws {
    let (stage, stranger, word) = try greet()
    for record in Speech.offer + Speech.states { try stranger.send(record.0, record.1) }
    stage.rest()
    _ = word.value.swap(from: .held, to: .offered)
    _ = word.value.swap(from: .offered, to: .revoked)
    try stranger.send(.doorbell)
    expectRefused(stage, "cancelled")
    #expect(stage.journal.count("target net0 take") == 0)
    #expect(word.value.owner == .revoked)
  }

  @Test func `a source of the future is understood and refused`() throws {
    let stage = try Stage(isVirtual: true)
    try stage.target.listen(at: stage.address(), stage.parameters)
    let stranger = try stage.connect()
    try stranger.send(
      Wire.record(.hello, Wire.hello(version: 9, oldest: 8) + [1, 2, 3, 4], version: 9))
    expectRefused(stage, "protocol version: 2 here, 9 on the other side")
    let answers = try stranger.read()
    try #require(answers.map(\.type) == [.hello, .failed])
    let (hello, failed) = (answers[0].payload, answers[1].payload)
    let greeting = try Greeting(hello.span.bytes)
    #expect(greeting.version == Greeting.current)
    let notice = try RefusalNotice(failed.span.bytes)
    #expect(notice.description == "protocol version: 9 here, 2 on the other side")
  }

  @Test func `a source that says nothing after HELLO is not waited for long`() throws {
    let (stage, stranger, _) = try greet(patienceMillis: 20)
    expectRefused(stage, "no answer within 20 ms")
    #expect(try stranger.read().last?.type == .failed)
  }

  /// Records that come at the wrong time: those before, the wrong one, and the state's name.
  static let disorder: [(before: Int, wrong: RecordType, state: String)] = [
    (0, .hello, "setup"), (0, .state, "setup"), (0, .doorbell, "setup"), (0, .running, "setup"),
    (0, .answers, "setup"), (0, .bye, "setup"), (2, .stateEnd, "setup"), (3, .device, "active"),
    (3, .memory, "active"), (3, .offerEnd, "active"), (3, .hello, "active"),
    (3, .doorbell, "active"), (4, .failed, "active"), (5, .state, "active"),
    (5, .stateEnd, "active"), (5, .bye, "active"),
  ]

  @Test(arguments: disorder.indices) func `a record out of order ends it`(index: Int) throws {
    let (before, wrong, state) = Self.disorder[index]
    let (stage, stranger, word) = try greet()
    for record in (Speech.offer + Speech.states).prefix(before) {
      try stranger.send(record.0, record.1)
      stage.rest()
    }
    try stranger.send(wrong, Wire.hello())
    expectRefused(stage, "record '\(wrong.name)' is not expected in state '\(state)'")
    #expect(word.value.owner == .held)
  }

  /// Payloads of which every shorter prefix is malformed, behind so many good records.
  static let payloads: [(before: Int, type: RecordType, payload: [UInt8])] = [
    (0, .memory, Speech.noMemory), (0, .device, Speech.device), (2, .offerEnd, Speech.oneDevice),
    (3, .state, Array(Speech.state.prefix(4))), (4, .stateEnd, [1]),
  ]

  @Test(arguments: payloads.indices) func `a payload that is cut off ends it`(index: Int) throws {
    let (before, type, payload) = Self.payloads[index]
    for count in 0..<payload.count {
      let (stage, stranger, _) = try greet()
      for record in (Speech.offer + Speech.states).prefix(before) {
        try stranger.send(record.0, record.1)
      }
      try stranger.send(type, Array(payload.prefix(count)))
      expectRefused(stage, "malformed record: value '\(type.name)'")
    }
  }

  @Test func `a stream that ends in a record says where`() throws {
    let (stage, stranger, _) = try greet()
    try stranger.send(Array(Wire.record(.device, Speech.device).prefix(20)))
    try stage.kernel.shutdown(stranger.number)
    expectRefused(stage, "the stream ended after 20 of 28 bytes of a record")
  }

  @Test func `a source that sends no record is told so`() throws {
    let (stage, stranger, _) = try greet()
    try stranger.send([UInt8](repeating: 0x41, count: 16))
    expectRefused(stage, "malformed record: record type 0x41414141, expected 0x4e4f5442")
    #expect(try stranger.read().map(\.type) == [.hello, .failed])
  }

  @Test func `an offer that does not add up is refused`() throws {
    let twice: [(RecordType, [UInt8])] = [
      (.memory, Speech.noMemory), (.device, Speech.device), (.device, Speech.device),
    ]
    let (stage, stranger, _) = try greet()
    for record in twice { try stranger.send(record.0, record.1) }
    try stranger.send(.offerEnd, Wire.bytes { $0.write(UInt16(2)) })
    expectRefused(stage, "net0: devices 2 is not possible, expected 1")
    let (other, liar, _) = try greet()
    for record in twice { try liar.send(record.0, record.1) }
    try liar.send(.offerEnd, Speech.oneDevice)
    expectRefused(other, "malformed record: value 'OFFER-END'")
    let (third, silent, _) = try greet()
    for record in Speech.offer { try silent.send(record.0, record.1) }
    try silent.send(.stateEnd, [1])
    expectRefused(third, "net0: state nothing is not possible")
  }

  @Test func `what is no ownership word of this handover is refused`() throws {
    let stage = try Stage(isVirtual: true)
    let kernel = stage.kernel
    let counter = Descriptor(owning: try kernel.createCounter(), in: kernel)
    let small = Descriptor(
      owning: try kernel.createMemory(name: "small", byteCount: 4), in: kernel)
    let word = try OwnershipWord(handover: 5, in: kernel)
    let wrong: [([CInt], String)] = [
      (
        [counter.number],
        "ownership word: descriptor: 'another kind' was received, expected 'memfd'"
      ),
      ([small.number], "ownership word: memory size: 4 here, 8 on the other side"),
      ([word.descriptor], "ownership word: handover id: 0x5 here, 0x4d on the other side"),
    ]
    try stage.target.listen(at: stage.address(), stage.parameters)
    for (lent, text) in wrong + [([], "1 descriptors were announced, 0 arrived")] {
      let stranger = try stage.connect()
      try stranger.send(.hello, Wire.hello(handover: 77), lent)
      stage.rest()
      #expect(try stranger.why() == text)
      #expect(stage.target.incoming?.state == .listening)
    }
    try stage.source.send(to: stage.address(), stage.parameters)
    stage.settle()
    stage.expectGuest(at: stage.target)
  }

  @Test func `whoever leaves without a word was no source`() throws {
    let stage = try Stage(isVirtual: true)
    try stage.target.listen(at: stage.address(), stage.parameters)
    let open = stage.kernel.open.count
    for _ in 0..<3 {
      _ = try stage.connect()
      stage.rest()
      #expect(stage.target.incoming?.state == .listening)
      #expect(stage.kernel.open.count == open)
    }
    try stage.source.send(to: stage.address(), stage.parameters)
    stage.settle()
    stage.expectGuest(at: stage.target)
  }
}
