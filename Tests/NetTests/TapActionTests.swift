import BatonCore
import Testing

@testable import BatonNet

/// What an action makes of a TAP `a0`, and what it asks for.
private struct Row: CustomTestStringConvertible, Sendable {
  var action: TapChart.Action
  /// The event that the action sees.
  var event: TapChart.Event?
  /// What the memory is before.
  var given: @Sendable (inout TapChart.Memory) -> Void
  /// What the action changes in it.
  var changes: @Sendable (inout TapChart.Memory) -> Void
  var emits: [TapChart.Effect]
  var testDescription: String { action.name }

  init(
    _ action: TapChart.Action, _ event: TapChart.Event? = nil,
    given: @escaping @Sendable (inout TapChart.Memory) -> Void = { _ in },
    changes: @escaping @Sendable (inout TapChart.Memory) -> Void = { _ in },
    emits: [TapChart.Effect] = []
  ) {
    self.action = action
    self.event = event
    self.given = given
    self.changes = changes
    self.emits = emits
  }
}

@Suite(.timeLimit(.minutes(15))) struct TapActionTests {
  private static let options = TapOptions(
    name: .of("a0"), queues: 2, sendBuffer: 4_096, mtu: 1_400)
  private static let why = Refusal(.systemCall, code: Errno.busy)
  private static let found = TapProperties(
    name: .of("a0"), index: 7, flags: [.tap, .vnetHeader], queues: 2,
    settings: [.headerSize: 12, .sendBuffer: 99, .offload: 1, .mtu: 1_500])
  private static let offer = TapOffer(properties: found, descriptorCount: 2)
  private static let subject = Name("a0")

  /// Everything that an attempt leaves behind.
  @Sendable private static func used(_ memory: inout TapChart.Memory) {
    memory.properties = found
    memory.offer = offer
    memory.saved = found
    memory.wasWaiting = true
    memory.isAdopted = true
    memory.isHeld = true
    memory.warning = why
  }

  @Sendable private static func fresh(_ memory: inout TapChart.Memory) {
    memory = TapChart.Memory(options: options)
  }

  @Sendable private static func incoming(_ memory: inout TapChart.Memory) {
    fresh(&memory)
    memory.isIncoming = true
  }

  private static let lives: [Row] = [
    Row(.begin, given: used, changes: fresh),
    Row(.beginIncoming, given: used, changes: incoming, emits: [.enlist]),
    Row(.retreat, given: used, changes: incoming, emits: [.drop]),
    Row(.forget, given: used, changes: incoming, emits: [.drop]),
    Row(.noteDeferred, changes: { $0.wasWaiting = true }),
    Row(.noteOpened, given: { $0.wasWaiting = true }, changes: { $0.wasWaiting = false }),
    Row(
      .noteDone,
      given: {
        $0.isIncoming = true
        $0.wasWaiting = true
      },
      changes: {
        $0.isIncoming = false
        $0.wasWaiting = false
      }, emits: [.resign]),
  ]

  private static func failing(
    _ action: TapChart.Action, _ event: TapChart.Event? = nil, with refusal: Refusal,
    given: @escaping @Sendable (inout TapChart.Memory) -> Void = { _ in }
  ) -> Row {
    Row(
      action, event, given: given, changes: { $0.refusal = refusal }, emits: [.answer(refusal)])
  }

  private static let complaints: [Row] = [
    failing(.noteRefusal, .refused(why), with: why), failing(.noteRefusal, .lost(why), with: why),
    Row(
      .noteLoss, .lost(why), changes: { $0.refusal = why }, emits: [.answer(why), .tellLoss(why)]),
    failing(
      .noteImpossible,
      with: Refusal(
        .invalid, field: .queueCount, subject: subject, here: .number(256), there: .number(257)),
      given: { $0.options.queues = 257 }),
    failing(
      .noteNoHeader,
      with: Refusal(
        .invalid, field: .interfaceFlags, subject: subject, here: .bits(2), there: .bits(0x4000)),
      given: { $0.features = 2 }),
    failing(
      .noteNoQueues,
      with: Refusal(
        .invalid, field: .interfaceFlags, subject: subject, here: .bits(2), there: .bits(0x100)),
      given: { $0.features = 2 }),
    failing(
      .noteInUse, .counted(3),
      with: Refusal(
        .queuesInUse, field: .queueCount, subject: subject, here: .number(0), there: .number(3))),
    Row(.noteWarning, .refused(why), changes: { $0.warning = why }),
    Row(.answer, .refused(why), emits: [.answer(why)]),
    Row(
      .refuseEmpty,
      emits: [
        .answer(
          .mismatch(.backendTransfer, subject: subject, here: .flag(true), there: .flag(false)))
      ]),
    Row(.refuseDescriptors, emits: [.answer(Refusal(.alreadyOpen, subject: subject))]),
  ]

  private static let openings: [Row] = [
    Row(.openDevice, emits: [.openDevice]), Row(.readFeatures, emits: [.readFeatures]),
    Row(.noteFeatures, .features(5), changes: { $0.features = 5 }),
    Row(.countQueues, emits: [.countQueues(.of("a0"))]),
    Row(.presizeHeader, emits: [.presizeHeader]),
    Row(
      .attach, given: { $0.features = 0x4000 },
      emits: [.attach(.of("a0"), [.tap, .noPacketInfo, .vnetHeader, .multiQueue])]),
    Row(
      .noteName, .named(.of("b0")), given: { $0.features = 0x4000 },
      changes: {
        $0.properties.name = .of("b0")
        $0.properties.flags = [.tap, .noPacketInfo, .vnetHeader, .multiQueue]
        $0.opened = 1
      }),
    Row(.setNonBlocking, emits: [.setNonBlocking]),
    Row(.readIndex, emits: [.readIndex(.of("a0"))]),
    Row(.noteIndex, .index(9), changes: { $0.properties.index = 9 }),
    Row(.probeUFO, emits: [.set(.offload, 0x11)]), Row(.probeUSO, emits: [.set(.offload, 0x61)]),
    Row(.probeTunnel, emits: [.set(.offload, 0x83)]),
    Row(
      .noteProbed, .set(.offload, 0x11), given: { $0.probed = .uso4 },
      changes: { $0.probed = [.csum, .ufo, .uso4] }),
    Row(.resetOffload, emits: [.set(.offload, 0)]),
    Row(
      .sizeHeader, given: { $0.properties.flags = .vnetHeader },
      changes: { $0.setting = .headerSize }, emits: [.set(.headerSize, 12)]),
    Row(.sizeHeader, changes: { $0.setting = .headerSize }),
    Row(
      .sizeSendBuffer, changes: { $0.setting = .sendBuffer }, emits: [.set(.sendBuffer, 4_096)]),
    Row(.setMTU, changes: { $0.setting = .mtu }, emits: [.set(.mtu, 1_400)]),
    Row(.noteSet, .set(.mtu, 1_400), changes: { $0.properties[.mtu] = 1_400 }),
    Row(.noteWish, .setOffload([.csum, .ufo]), changes: { $0.wish = [.csum, .ufo] }),
    Row(.setOffload, given: { $0.wish = .csum }, emits: [.set(.offload, 1)]),
    Row(
      .dropUSO, given: { $0.wish = [.csum, .ufo, .uso4, .uso6] },
      changes: { $0.wish = [.csum, .ufo] }),
    Row(
      .dropUFO, given: { $0.wish = [.csum, .ufo, .uso4] }, changes: { $0.wish = [.csum, .uso4] }),
  ]

  private static let moves: [Row] = [
    Row(.inspect, given: { $0.offer = offer }, emits: [.inspect(options, offer)]),
    Row(.noteOffer, .offered(offer), changes: { $0.offer = offer }),
    Row(
      .noteSeen, .inspected(found),
      changes: {
        $0.properties = found
        $0.isAdopted = true
        $0.isHeld = true
      }),
    Row(.noteState, .load(found), changes: { $0.saved = found }),
    Row(
      .apply,
      given: {
        $0.saved = found
        $0.isAdopted = true
      }, emits: [.apply([.headerSize: 12, .sendBuffer: 99])]),
    Row(.apply, given: { $0.saved = found }, emits: [.apply([.headerSize: 12, .offload: 1])]),
    Row(
      .noteTaken,
      given: {
        $0.saved = found
        $0.isAdopted = true
      },
      changes: {
        $0.saved = nil
        $0.properties.settings = [.headerSize: 12, .sendBuffer: 99, .offload: 1]
      }),
    Row(.describe, given: { $0.properties = found }, emits: [.describe(found)]),
    Row(
      .noteDescribed, .described(found),
      changes: {
        $0.properties = found
        $0.isRecorded = true
      }),
    Row(.noteLent, changes: { $0.isOffered = true }),
    Row(.noteWithdrawn, given: { $0.isOffered = true }, changes: { $0.isOffered = false }),
    Row(
      .restore,
      given: {
        $0.properties = found
        $0.isOffered = true
      }, changes: { $0.isOffered = false }, emits: [.restore(found, wasLent: true)]),
    Row(.noteRestored, .restored(2), given: { $0.putBack = 1 }, changes: { $0.putBack = 3 }),
    Row(.hold, changes: { $0.isHeld = true }, emits: [.hold]),
    Row(.serve, given: { $0.isHeld = true }, changes: { $0.isHeld = false }, emits: [.serve]),
    Row(.drop, given: { $0.isOffered = true }, changes: { $0.isOffered = false }, emits: [.drop]),
    Row(
      .abandon,
      given: {
        $0.isOffered = true
        $0.isIncoming = true
      },
      changes: {
        $0.isOffered = false
        $0.isIncoming = false
      }, emits: [.abandon]),
    Row(.shut, emits: [.shut]),
  ]

  private static let program = TapProgram(bytes: Array("/bin/up".utf8))!
  private static func late(_ field: Refusal.Field) -> Refusal {
    Refusal(
      .programLate, field: field, subject: subject, here: .number(20_000),
      there: .name(Name("/bin/up")))
  }

  private static let programs: [Row] = [
    Row(
      .runHelper, given: { $0.options.helper = program }, emits: [.runHelper(program, nil)]),
    Row(.examine, emits: [.examine(options)]),
    Row(
      .noteExamined, .inspected(found),
      changes: {
        $0.properties = found
        $0.properties[.offload] = 0
        $0.opened = 2
      }),
    Row(
      .runScript, given: { $0.options.script = program },
      emits: [.runScript(program, .of("a0"))]),
    Row(.endProgram, emits: [.endProgram]),
    Row(
      .noteHelperLate, given: { $0.options.helper = program },
      changes: { $0.refusal = late(.helper) }, emits: [.answer(late(.helper))]),
    Row(
      .noteScriptLate, given: { $0.options.script = program },
      changes: { $0.refusal = late(.script) }, emits: [.answer(late(.script))]),
    Row(
      .warnLate, given: { $0.options.downScript = program },
      changes: { $0.warning = late(.downScript) }, emits: [.warn(late(.downScript))]),
    Row(.warn, .refused(why), changes: { $0.warning = why }, emits: [.warn(why)]),
    Row(.readLink, emits: [.readLink(.of("a0"))]),
    Row(
      .noteOther, .link([.tun]), changes: { $0.refusal = other }, emits: [.answer(other)]),
    Row(.noteMacvtap, .macvtap(7), changes: { $0.macvtap = 7 }, emits: [.drop]),
    Row(
      .noteWarned, given: { $0.warning = why }, changes: { $0.refusal = why },
      emits: [.answer(why)]),
    Row(.tellOpened, emits: [.tellOpened]),
    Row(.tellClosed, emits: [.tellClosed]),
    Row(.tellUnopened, given: { $0.refusal = why }, emits: [.tellUnopened(why)]),
  ]

  private static let other = Refusal(
    .otherInterface, field: .interfaceKind, subject: subject,
    here: .name(Name("a TAP of several queues")), there: .name(Name("a TUN")))

  private static let duties: [Row] = [
    Row(
      .noteDuty, given: { $0.options.downScript = program }, changes: { $0.owesDown = true }),
    Row(.noteDuty),
    Row(
      .noteInherited, given: { $0.inherits = true },
      changes: {
        $0.inherits = false
        $0.owesDown = true
      }),
    Row(.noteGivenAway, changes: { $0.isGivenAway = true }),
    Row(.noteFreed, given: { $0.owesDown = true }, changes: { $0.owesDown = false }),
    Row(
      .runDownScript,
      given: {
        $0.options.downScript = program
        $0.owesDown = true
      }, changes: { $0.owesDown = false }, emits: [.runDownScript(program, .of("a0"))]),
    Row(.noteClosing, given: { $0.ending = .undoing }, changes: { $0.ending = .closing }),
    Row(.noteReleasing, changes: { $0.ending = .releasing }),
    Row(.noteRetreating, changes: { $0.ending = .retreating }),
    Row(.noteUndoing, changes: { $0.ending = .undoing }),
  ]

  private static let rows = lives + complaints + openings + moves + programs + duties

  @Test(arguments: rows) fileprivate func `changes what it says and asks for nothing else`(
    row: Row
  ) {
    var memory = TapChart.Memory(options: Self.options)
    row.given(&memory)
    var expected = memory
    row.changes(&expected)
    var outbox = Outbox<TapChart>()
    TapChart.run(row.action, &memory, row.event, &outbox)
    #expect(memory == expected)
    #expect((0..<outbox.count).map { outbox[$0] } == row.emits)
  }

  @Test func `has a row for every action`() {
    #expect(Set(Self.rows.map(\.action)) == Set(TapChart.Action.allCases))
  }
}
