import BatonCLinux
import BatonCore
import Testing

@testable import BatonMig

/// What is refused, by whom, with which text; afterwards the guest runs at the source.
@Suite(.timeLimit(.minutes(15))) struct HandoverRefusalTests {
  /// Another user's, and one of another pid namespace.
  @Test(arguments: [Errno.notPermitted, Errno.invalid])
  func `a target that could not be killed is refused before anything is offered`(
    code: CInt
  ) throws {
    let kernel = MortalKernel()
    let stage = try Stage(kernel: kernel, isVirtual: true)
    kernel.mayNotKill = code
    try stage.start()
    stage.settle()
    let refusal = try #require(stage.source.outgoing?.refusal)
    let user = Refusal.Value.number(UInt64(kernel.userID))
    #expect(refusal.cause == .unkillable && refusal.code == code)
    #expect(refusal.here == user && refusal.there == user)
    #expect(stage.source.statuses == [.setup, .failed])
    #expect(stage.journal.count("source guest stop") == 0)
    #expect(stage.journal.count("source net0 lend") == 0)
    // The target has heard why, and waits on.
    #expect(stage.target.warnings == [refusal])
    #expect(stage.target.incoming?.state == .listening)
    kernel.mayNotKill = nil
    try stage.source.send(to: stage.address(), stage.parameters)
    stage.settle()
    stage.expectGuest(at: stage.target)
  }

  @Test func `a target that died before it was asked is one that died`() throws {
    let kernel = MortalKernel()
    let stage = try Stage(kernel: kernel, isVirtual: true)
    kernel.mayNotKill = Errno.noProcess
    try stage.start()
    stage.settle()
    stage.expectGuest(at: stage.target)
  }

  static let why = Refusal.mismatch(
    .queueCount, subject: Name("net0"), here: .number(4), there: .number(2))

  /// One thing that is wrong, and what becomes of it.
  struct Wrong: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let prepare: @Sendable (Stage) -> Void
    let source: String
    let target: String
    var statuses: [MigrationStatus] = [.setup, .failed]
    /// Makes it right, for a second try.
    var repair: @Sendable (Stage) -> Void = { stage in
      for device in stage.source.devices + stage.target.devices { device.refuses = [:] }
    }
  }

  private static func refusing(
    _ step: FakeDevice.Step, atSource: Bool, statuses: [MigrationStatus], source: String,
    target: String
  ) -> Wrong {
    Wrong(
      testDescription: "\(step) of the \(atSource ? "source" : "target")",
      prepare: { stage in
        let party = atSource ? stage.source : stage.target
        party.devices[0].refuses = [step: why]
      }, source: source, target: target, statuses: statuses)
  }

  private static let ours = "net0: queues: 4 here, 2 on the other side"
  private static let theirs = "net0: queues: 2 here, 4 on the other side"

  static let devices = [
    refusing(
      .describe, atSource: true, statuses: [.setup, .failed], source: ours, target: theirs),
    refusing(
      .inspect, atSource: false, statuses: [.setup, .failed], source: theirs, target: ours),
    refusing(
      .quiesce, atSource: true, statuses: [.setup, .active, .device, .failed], source: ours,
      target: theirs),
    refusing(
      .save, atSource: true, statuses: [.setup, .active, .device, .failed], source: ours,
      target: theirs),
    refusing(
      .load, atSource: false, statuses: [.setup, .active, .device, .failed], source: theirs,
      target: ours),
    // Taken, found impossible, and given back before anything ran.
    refusing(
      .take, atSource: false, statuses: [.setup, .active, .device, .failed], source: theirs,
      target: ours),
  ]

  static let others = [
    Wrong(
      testDescription: "veto of the setup",
      prepare: { $0.source.vetoes = [.precopySetup: why] }, source: ours, target: "",
      repair: { $0.source.vetoes = [:] }),
    Wrong(
      testDescription: "kind of the device", prepare: { $0.target.devices[0].kind = Name("disk") },
      source: "net0: device kind: 'fake' here, 'disk' on the other side",
      target: "net0: device kind: 'disk' here, 'fake' on the other side",
      repair: { $0.target.devices[0].kind = Name("fake") }),
    Wrong(
      testDescription: "memory that is not shared",
      prepare: { $0.source.guest.regions[0].isShared = false },
      source: "the memory region at 0x1000 is neither shared nor can it be copied",
      target: "the memory region at 0x1000 is neither shared nor can it be copied",
      repair: { $0.source.guest.regions[0].isShared = true }),
    Wrong(
      testDescription: "memory that does not fit",
      prepare: {
        $0.target.guest.refuses = .mismatch(
          .memorySize, subject: Name(), here: .number(4096), there: .number(8192))
      }, source: "memory size: 8192 here, 4096 on the other side",
      target: "memory size: 4096 here, 8192 on the other side",
      repair: { $0.target.guest.refuses = nil }),
    Wrong(
      testDescription: "a guest that needs something else",
      prepare: { $0.target.guest.refusesOffer = why }, source: theirs, target: ours,
      repair: { $0.target.guest.refusesOffer = nil }),
    Wrong(
      testDescription: "a guest that cannot be continued",
      prepare: { $0.target.guest.refusesArrival = why }, source: theirs, target: ours,
      statuses: [.setup, .active, .device, .failed],
      repair: { $0.target.guest.refusesArrival = nil }),
    Wrong(
      testDescription: "more state than a record has room for",
      prepare: { $0.source.devices[0].state = [UInt8](repeating: 0, count: 1 << 20) },
      source: "net0: record length 1048580 is not possible, expected 1048576",
      target: "net0: record length 1048580 is not possible, expected 1048576",
      statuses: [.setup, .active, .device, .failed],
      repair: { $0.source.devices[0].state = [1] }),
  ]

  @Test(arguments: devices + others)
  func `what is wrong is named on both sides, and the source runs on`(wrong: Wrong) throws {
    let stage = try Stage()
    let before = stage.kernel.open.count
    wrong.prepare(stage)
    try stage.start()
    stage.settle()
    #expect(stage.source.statuses == wrong.statuses)
    #expect(stage.source.outgoing?.refusal?.description == wrong.source)
    #expect((stage.target.incoming?.refusal?.description ?? "") == wrong.target)
    stage.expectGuest(at: stage.source)
    #expect(stage.journal.count("source guest start") == stage.journal.count("source guest stop"))
    #expect(stage.journal.count("target guest start") == 0)
    try tryAgain(stage, wrong.repair)
    stage.expectOpen(before)
  }

  /// A second try, with the same objects.
  private func tryAgain(_ stage: Stage, _ repair: (Stage) -> Void) throws {
    repair(stage)
    stage.source.forgetStatuses()
    if stage.target.incoming?.state != .listening {
      try stage.target.listen(at: stage.address(), stage.parameters)
    }
    try stage.source.send(to: stage.address(), stage.parameters)
    stage.settle()
    #expect(stage.source.statuses.last == .completed)
    stage.expectGuest(at: stage.target)
  }

  /// The host's own `adopt` looks at nothing here.
  @Test(arguments: [
    (0, false, "ram: seals: on here, off on the other side"),
    (4, false, "ram: seals: on here, off on the other side"),
    (6, true, "ram: memory kind: 'tmpfs' here, 'hugetlbfs' on the other side"),
    (6, false, "ram: memory size: 1073741824 here, 2097152 on the other side"),
  ])
  func `memory that could trap is refused before the host adopts it`(
    seals: CInt, isHuge: Bool, text: String
  ) throws {
    let stage = try Stage()
    let number = clinux_lab_create_memory(seals, isHuge ? 1 : 0)
    if isHuge, number < 0 { return }
    try #require(number >= 0)
    stage.source.guest.replace(stage.kernel.keep(number))
    stage.source.guest.regions[0].byteCount = isHuge || seals != 6 ? 1 << 21 : 1 << 30
    try stage.start()
    stage.settle()
    #expect(stage.source.statuses == [.setup, .failed])
    #expect(stage.target.incoming?.refusal?.description == text)
    #expect(stage.journal.count("target memory adopt") == 0)
    stage.expectGuest(at: stage.source)
  }

  @Test(arguments: [true, false])
  func `a device that only one side has is named`(isOffered: Bool) throws {
    let stage = try Stage(names: [Name("net0"), Name("net1")])
    let poor = isOffered ? stage.target : stage.source
    poor.devices.removeLast()
    try stage.start()
    stage.settle()
    let text =
      isOffered
      ? "net1: the source offers this device, the target has none of this name"
      : "net1: the target waits for this device, the source does not offer it"
    #expect(stage.source.outgoing?.refusal?.description == text)
    #expect(stage.target.incoming?.refusal?.description == text)
    stage.expectGuest(at: stage.source)
  }

  @Test(arguments: [true, false])
  func `transfer on at one side only is found in the greeting`(atSource: Bool) throws {
    let stage = try Stage()
    var other = stage.parameters
    other.local = false
    try stage.target.listen(at: stage.address(), atSource ? other : stage.parameters)
    try stage.source.send(to: stage.address(), atSource ? stage.parameters : other)
    stage.settle()
    let (here, there) = atSource ? ("on", "off") : ("off", "on")
    #expect(
      stage.source.outgoing?.refusal?.description
        == "backend-transfer: \(here) here, \(there) on the other side")
    #expect(
      stage.target.incoming?.refusal?.description
        == "backend-transfer: \(there) here, \(here) on the other side")
    #expect(stage.journal.count("source net0 describe") == 0)
    stage.expectGuest(at: stage.source)
  }

  @Test func `a foreign target gets nothing`() throws {
    let stage = try Stage()
    stage.kernel.peerUser = 4242
    stage.kernel.user = 1
    var open = stage.parameters
    open.peerUserID = 4242
    try stage.target.listen(at: stage.address(), open)
    try stage.source.send(to: stage.address(), stage.parameters)
    stage.settle()
    #expect(
      stage.source.outgoing?.refusal?.description
        == "the peer runs as user 4242, allowed here is 1")
    #expect(stage.journal.lines(of: "source") == ["told precopySetup", "told precopyFailed"])
    stage.expectGuest(at: stage.source)
  }

  @Test func `a foreign source is turned away, and the target waits on`() throws {
    let stage = try Stage()
    stage.kernel.peerUser = 4242
    stage.kernel.user = 1
    var open = stage.parameters
    open.peerUserID = 4242
    try stage.target.listen(at: stage.address(), stage.parameters)
    try stage.source.send(to: stage.address(), open)
    stage.settle()
    #expect(
      stage.source.outgoing?.refusal?.description
        == "the peer runs as user 4242, allowed here is 1")
    #expect(stage.target.incoming?.state == .listening)
    stage.kernel.peerUser = 1
    try tryAgain(stage) { _ in }
  }
}
