import BatonCore
import Testing

@testable import BatonMig

@Suite(.timeLimit(.minutes(15))) struct OutgoingWalkTests {
  typealias Routes = OutgoingRoutes
  typealias State = OutgoingChart.State

  @Test func `the ways lead where they say, and no state is new`() throws {
    #expect(State.allCases.count == 18)
    #expect(
      Set(State.allCases).subtracting(Routes.leaves) == [.setup, .device, .switching, .cancelling])
    for state in Routes.leaves {
      let walk = try #require(try Routes.walk(to: state))
      #expect(walk.state == state)
      #expect(walk.faults == [])
    }
  }

  @Test func `success asks for everything, once, in order`() throws {
    let walk = try #require(try Routes.walk(to: .completed))
    #expect(
      walk.effects.map(\.kind) == [
        .report, .notify, .connect, .greet, .offer, .report, .copy, .stopGuest, .report,
        .quiesce, .save, .handOver, .revoke, .release, .sendBye, .notify, .report, .hangUp,
      ])
    #expect(walk.statuses == [.setup, .active, .device, .completed])
    #expect(walk.effects.contains(.notify(.precopySetup)))
    #expect(walk.effects.contains(.notify(.precopyDone)))
    #expect(walk.memory.refusal == nil)
    #expect(walk.faults == [])
  }

  @Test func `a pause before the switch waits for the user`() throws {
    let walk = try #require(try Routes.walk(to: .preSwitchover))
    #expect(walk.statuses == [.setup, .active, .preSwitchover])
    #expect(!walk.waits)
    #expect(try walk.send(.proceed) == .taken)
    try walk.send([.quiesced, .sent, .running, .owner(.running)])
    #expect(walk.statuses == [.setup, .active, .preSwitchover, .device, .completed])
    #expect(walk.faults == [])
  }

  /// What ends an attempt before the guest is stopped.
  struct Early: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let events: [OutgoingChart.Event]
    let refusal: Refusal
    var statuses: [MigrationStatus] = [.setup, .failed]
  }

  static let early = [
    Early(testDescription: "veto", events: [.vetoed(Routes.why)], refusal: Routes.why),
    Early(
      testDescription: "no listener", events: [.prepared, .unreachable(Refusal(.noListener))],
      refusal: Refusal(.noListener)),
    Early(
      testDescription: "foreign user", events: [.prepared, .connected(userID: 0)],
      refusal: Refusal(.foreignUser, field: .userID, here: .number(1000), there: .number(0))),
    Early(
      testDescription: "version from the future",
      events: [
        .prepared, .connected(userID: Routes.user), .greeted(Routes.greeting(version: 9)),
      ],
      refusal: .mismatch(
        .protocolVersion, subject: Name(), here: .number(2), there: .number(9))),
    Early(
      testDescription: "transfer on at one side",
      events: [
        .prepared, .connected(userID: Routes.user), .greeted(Routes.greeting(transfers: false)),
      ],
      refusal: .mismatch(
        .backendTransfer, subject: Name(), here: .flag(true), there: .flag(false))),
    Early(
      testDescription: "the offer cannot be made",
      events: Routes.greeted + [.deviceFailed(Routes.why)], refusal: Routes.why),
    Early(
      testDescription: "refused by the target", events: Routes.greeted + [.refused(Routes.why)],
      refusal: Routes.why),
    Early(
      testDescription: "refused by the target later",
      events: Routes.greeted + [.accepted, .refused(Routes.why)], refusal: Routes.why,
      statuses: [.setup, .active, .failed]),
  ]

  @Test(arguments: early) func `what fails early leaves the guest alone`(early: Early) throws {
    let walk = try OutgoingWalk(OutgoingChart.table, memory: .init())
    try walk.send([.migrate(Routes.order())] + early.events)
    #expect(walk.state == .failed)
    #expect(walk.memory.refusal == early.refusal)
    #expect(walk.statuses == early.statuses)
    #expect(walk.count(.stopGuest) + walk.count(.startGuest) == 0)
    #expect(walk.count(.withdraw) == walk.count(.offer))
    #expect(walk.faults == [])
    try runsAgain(walk)
  }

  /// Whether another migration from here succeeds.
  private func runsAgain(_ walk: OutgoingWalk) throws {
    #expect(try walk.send(.migrate(Routes.order())) == .taken)
    try walk.send(Routes.way(to: .completed) ?? [])
    #expect(walk.state == .completed)
    #expect(walk.memory.refusal == nil)
    #expect(walk.statuses.suffix(4) == [.setup, .active, .device, .completed])
  }

  @Test(arguments: State.allCases, [false, true])
  func `cancel before taken gives the guest back`(from state: State, isRunning: Bool) throws {
    guard let walk = try Routes.walk(to: state, isGuestRunning: isRunning) else { return }
    let isOver = [.idle, .cancelled, .failed, .completed].contains(state)
    let before = walk.effects.count
    let outcome = try walk.send(.cancel)
    if isOver || state == .killing {
      #expect(outcome == .ignored)
      #expect(walk.effects.count == before)
      return
    }
    if state == .offered {
      #expect(walk.latest == [.revoke])
      try walk.send(.owner(.revoked))
    }
    #expect(walk.state == .cancelled)
    #expect(walk.statuses.suffix(2) == [.cancelling, .cancelled])
    #expect(walk.count(.startGuest) == (isRunning ? walk.count(.stopGuest) : 0))
    #expect(walk.memory.refusal == Refusal(.cancelled))
    #expect(walk.faults == [])
    try runsAgain(walk)
  }

  @Test func `cancel after taken comes too late`() throws {
    let walk = try #require(try Routes.walk(to: .offered))
    try walk.send([.cancel, .owner(.taken)])
    #expect(walk.state == .offered)
    try walk.send([.running, .owner(.running)])
    #expect(walk.state == .completed)
    #expect(walk.memory.refusal == nil)
    #expect(walk.faults == [])
  }

  @Test func `cancel that finds the guest given back is a cancel`() throws {
    let walk = try #require(try Routes.walk(to: .offered))
    try walk.send([.cancel, .owner(.taken), .refused(Routes.why), .owner(.revoked)])
    #expect(walk.state == .cancelled)
    #expect(walk.count(.startGuest) == 1)
    #expect(walk.faults == [])
  }

  @Test(arguments: [State.preSwitchover, .quiescing, .saving, .offered, .killing], [false, true])
  func `what the user says last during the switch holds when the guest stays`(
    in state: State, isRunning: Bool
  ) throws {
    let walk = try #require(try Routes.walk(to: state, isGuestRunning: !isRunning))
    #expect(try walk.send(isRunning ? .stop : .cont) == .taken)
    #expect(try walk.send(isRunning ? .cont : .stop) == .taken)
    #expect(walk.memory.isGuestRunning == isRunning)
    try walk.send([.targetDied, .owner(.revoked)])
    #expect(walk.state == .failed)
    #expect(walk.count(.startGuest) == (isRunning ? 1 : 0))
  }

  @Test(arguments: State.allCases)
  func `a guest that is not stopped obeys without the chart, and one that left does not`(
    in state: State
  ) throws {
    guard let walk = try Routes.walk(to: state) else { return }
    let isStopped = [.preSwitchover, .quiescing, .saving, .offered, .killing].contains(state)
    for event in [OutgoingChart.Event.stop, .cont] {
      let expected: Outcome = state == .completed ? .refused : isStopped ? .taken : .ignored
      #expect(try walk.send(event) == expected)
      #expect(walk.latest == [])
      #expect(walk.state == state)
    }
  }

  @Test(arguments: State.allCases) func `migrate is refused while one runs`(in state: State) throws
  {
    guard let walk = try Routes.walk(to: state) else { return }
    let outcome = try walk.send(.migrate(Routes.order()))
    let isFree = [.idle, .cancelled, .failed].contains(state)
    #expect(outcome == (isFree ? .taken : .refused))
    #expect(walk.state == (isFree ? .preparing : state))
  }

  @Test(arguments: State.allCases) func `continue is refused but in the pause`(in state: State)
    throws
  {
    guard let walk = try Routes.walk(to: state) else { return }
    #expect(try walk.send(.proceed) == (state == .preSwitchover ? .taken : .refused))
  }

  @Test(arguments: [Transport.tcp, .file, .exec, .unknown], [State.idle, .failed, .cancelled])
  func `an address without descriptors starts nothing`(
    transport: Transport, from state: State
  ) throws {
    let walk = try #require(try Routes.walk(to: state))
    try walk.send(.migrate(Routes.order(transport: transport)))
    #expect(walk.state == state)
    #expect(walk.latest.map(\.kind) == [.reject])
    let cause: Refusal.Cause =
      transport == .unknown ? .badAddress : .channelCarriesNoDescriptors
    #expect(walk.memory.refusal?.cause == cause)
  }
}
