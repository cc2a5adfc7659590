import BatonCore
import Foundation
import Testing

@testable import BatonMig

/// Whole handovers between two sides in one process.
@Suite(.timeLimit(.minutes(15))) struct HandoverTests {
  @Test func `a guest, its memory and its device change hands`() throws {
    let stage = try Stage()
    stage.source.devices[0].state = [9, 8, 7]
    let before = stage.kernel.open.count
    try stage.start()
    stage.settle()
    #expect(stage.source.statuses == [.setup, .active, .device, .completed])
    #expect(stage.target.statuses == [.setup, .active, .completed])
    stage.expectGuest(at: stage.target)
    #expect(stage.target.devices[0].state == [9, 8, 7])
    #expect(stage.target.devices[0].sizes == [1, 2])
    #expect(stage.target.guest.regions.map(\.byteCount) == [8192])
    #expect(stage.source.outgoing?.refusal == nil)
    #expect(stage.source.outgoing?.mutatingCallsBeforeTake == 0)
    #expect(stage.source.warnings + stage.target.warnings == [])
    stage.expectOpen(before)
  }

  @Test func `each side is asked in the order of the protocol`() throws {
    let stage = try Stage(names: [Name("a"), Name("b")])
    try stage.start()
    stage.settle()
    #expect(
      stage.journal.lines(of: "source") == [
        "told precopySetup", "memory lend", "a describe", "a lend", "b describe", "b lend",
        "guest stop", "a quiesce", "b quiesce", "a save", "b save", "a release", "b release",
        "memory release", "told precopyDone",
      ])
    #expect(
      stage.journal.lines(of: "target") == [
        "told preIncoming", "memory adopt", "a inspect", "b inspect", "a load", "b load",
        "a take", "b take", "a activate", "b activate", "guest start", "told incomingDone",
      ])
    // Nothing of the target's own comes before the source is quiet.
    let quiet = try #require(stage.journal.lines.firstIndex(of: "source b save"))
    let taken = try #require(stage.journal.lines.firstIndex(of: "target a take"))
    #expect(quiet < taken)
  }

  @Test func `every step of the blackout has its time`() throws {
    let stage = try Stage()
    try stage.start()
    stage.settle()
    let stamps = try #require(stage.source.outgoing?.stamps)
    let order = [
      stamps.begun, stamps.stopped, stamps.quiesced, stamps.saved, stamps.received,
      stamps.loaded, stamps.taken, stamps.applied, stamps.started,
    ]
    #expect(order == order.sorted())
    #expect(order[0] > 0)
    let sum = HandoverStamps.Phase.allCases.reduce(0) { $0 + stamps[$1] }
    #expect(sum == stamps.blackout)
    #expect(stamps.blackout > 0)
    // The target knows the whole of it as well.
    #expect(stage.target.incoming?.stamps == stamps)
    #expect(stage.source.outgoing?.peerSoftware == Name(Baton.version))
    #expect(stage.target.incoming?.peerSoftware == Name(Baton.version))
  }

  @Test func `a paused guest stays paused`() throws {
    let stage = try Stage()
    stage.source.guest.pause()
    try stage.start()
    stage.settle()
    #expect(stage.target.statuses.last == .completed)
    #expect(!stage.target.guest.isRunning)
    #expect(stage.target.devices[0].isServing)
  }

  @Test func `a guest that is paused after the command stays paused at the target`() throws {
    let stage = try Stage()
    try stage.start()
    stage.source.guest.pause()
    stage.settle()
    #expect(stage.target.statuses.last == .completed)
    #expect(!stage.target.guest.isRunning)
  }

  /// What is said at which status of the source, and whether the guest runs in the end.
  static let wishes: [(at: MigrationStatus, runs: Bool)] = [
    (.preSwitchover, true), (.preSwitchover, false), (.device, true), (.device, false),
  ]

  @Test(arguments: wishes.indices, [false, true])
  func `what the user says in the switch holds on both sides`(index: Int, isKept: Bool) throws {
    let (moment, runs) = Self.wishes[index]
    let stage = try Stage()
    stage.parameters.pausesBeforeSwitchover = true
    if runs { stage.source.guest.pause() }
    stage.source.whenReported = { [unowned stage] status in
      if status == moment { try? stage.source.outgoing?.guestShall(run: runs) }
    }
    try stage.start()
    stage.turn { stage.source.statuses.last == .preSwitchover }
    if isKept, moment == .preSwitchover { stage.source.outgoing?.cancel() }
    if isKept { stage.target.devices[0].refuses[.load] = Refusal(.invalid) }
    try? stage.source.outgoing?.proceed()
    stage.settle()
    #expect((isKept ? stage.source : stage.target).guest.isRunning == runs)
    #expect(!(isKept ? stage.target : stage.source).guest.isRunning)
  }

  @Test func `what the user says after the state went out comes with BYE`() throws {
    let stage = try Stage()
    // Behind STATE-END, and before the source has heard of the swap.
    stage.target.whenReported = { [unowned stage] status in
      if status == .completed { try? stage.source.outgoing?.guestShall(run: false) }
    }
    try stage.start()
    stage.settle()
    #expect(stage.source.statuses.last == .completed)
    #expect(stage.journal.count("target guest start") == 1)
    #expect(!stage.target.guest.isRunning)
    #expect(throws: Refusal.self) { try stage.source.outgoing?.guestShall(run: true) }
  }

  @Test func `a target that is not to start leaves the guest paused`() throws {
    let stage = try Stage()
    stage.parameters.startsGuest = false
    try stage.start()
    stage.settle()
    #expect(stage.target.statuses.last == .completed)
    #expect(!stage.target.guest.isRunning)
    #expect(!stage.source.guest.isRunning)
  }

  @Test func `without transfer no descriptor of a device travels`() throws {
    let stage = try Stage()
    stage.parameters.local = false
    stage.target.devices[0].adoption = .reopen
    try stage.start()
    stage.settle()
    #expect(stage.source.statuses.last == .completed)
    #expect(stage.target.devices[0].sizes == [])
    #expect(stage.journal.count("source net0 lend") == 0)
  }

  @Test func `a state that is larger than the socket's buffer arrives whole`() throws {
    let names = ["a", "b", "c"].map { Name(text: $0) ?? Name() }
    let stage = try Stage(names: names, queues: 300)
    for (position, device) in stage.source.devices.enumerated() {
      device.state = [UInt8](repeating: UInt8(position), count: 900_000)
    }
    try stage.start()
    stage.settle()
    #expect(stage.source.statuses.last == .completed)
    #expect(stage.target.devices.map(\.state) == stage.source.devices.map(\.state))
    #expect(stage.target.devices.allSatisfy { $0.sizes == Array(1...300) })
  }

  @Test func `a pause before the switch waits for continue`() throws {
    let stage = try Stage()
    stage.parameters.pausesBeforeSwitchover = true
    try stage.start()
    stage.turn { stage.source.statuses.last == .preSwitchover }
    #expect(!stage.source.guest.isRunning)
    #expect(stage.journal.count("source net0 quiesce") == 0)
    try stage.source.outgoing?.proceed()
    stage.settle()
    #expect(stage.source.statuses == [.setup, .active, .preSwitchover, .device, .completed])
    stage.expectGuest(at: stage.target)
  }

  @Test func `a migration that is dropped on its way leaves nothing`() throws {
    let stage = try Stage()
    let open = stage.kernel.open.count
    stage.parameters.pausesBeforeSwitchover = true
    try stage.start()
    stage.turn { stage.source.statuses.last == .preSwitchover }
    #expect(stage.files == ["a"])
    stage.source.finish()
    #expect(stage.poll())
    stage.settle()
    #expect(stage.target.incoming?.refusal?.cause == .channelClosed)
    stage.expectOpen(open)
  }

  @Test func `twenty handovers to and fro hold what one holds`() throws {
    let stage = try Stage()
    let open = stage.kernel.open.count
    var owner = stage.source
    for round in 0..<20 {
      owner = try Self.handOver(owner, stage, round)
      #expect(stage.kernel.open.count == open, "round \(round)")
    }
    #expect(stage.files == [])
    #expect(stage.kernel.strangers == [])
  }

  /// Hands the guest to a new side over the same path, and returns that.
  static func handOver(_ from: Party, _ stage: Stage, _ round: Int) throws -> Party {
    let next = try Party(
      "side\(round)", stage.loop, stage.journal, names: [Name("net0")], queues: 0)
    try next.listen(at: stage.address(), stage.parameters)
    try from.send(to: stage.address(), stage.parameters)
    stage.turn { from.isSendingOver && next.isReceivingOver }
    #expect(next.hasGuest && !from.guest.isRunning)
    from.finish()
    next.finish()
    return next
  }

  @Test func `the process holds the same descriptors after the 2nd and the 22nd`() async {
    // A process of its own: in this one other tests open and close meanwhile.
    await #expect(processExitsWith: .success) {
      let stage = try Stage()
      var owner = stage.source
      var counts: [Int] = []
      for round in 0..<22 {
        owner = try HandoverTests.handOver(owner, stage, round)
        if round == 1 || round == 21 {
          counts.append(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count)
        }
      }
      #expect(counts[0] == counts[1])
    }
  }
}
