import BatonCore
import Testing

@testable import BatonMig

@Suite(.timeLimit(.minutes(15))) struct IncomingWalkTests {
  typealias Routes = IncomingRoutes
  typealias State = IncomingChart.State

  @Test func `the ways lead where they say, and no state is new`() throws {
    #expect(State.allCases.count == 16)
    #expect(Set(State.allCases).subtracting(Routes.leaves) == [.setup, .active])
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
        .notify, .bind, .report, .accept, .admit, .greet, .inspect, .answer, .report, .load, .take,
        .apply, .run, .activate, .startGuest, .sendRunning, .notify, .report,
      ])
    #expect(walk.statuses == [.setup, .active, .completed])
    #expect(walk.effects.contains(.notify(.preIncoming)))
    #expect(walk.effects.contains(.notify(.incomingDone)))
    #expect(walk.faults == [])
    try walk.send(.bye(isGuestRunning: true))
    #expect(walk.latest == [.hangUp])
    #expect(walk.state == .completed)
  }

  @Test(arguments: [(true, true, 1), (true, false, 0), (false, true, 0), (false, false, 0)])
  func `the guest starts if it ran and may`(ran: Bool, starts: Bool, count: Int) throws {
    let walk = try IncomingWalk(IncomingChart.table, memory: .init())
    try walk.send(
      [.listen(Routes.order(startsGuest: starts))] + Routes.greeted + [
        .offered, .adoptable, .received(isGuestRunning: ran), .loaded, .owner(.taken), .applied,
        .owner(.running),
      ])
    #expect(walk.state == .completed)
    #expect(walk.count(.startGuest) == count)
    #expect(walk.faults == [])
  }

  @Test(arguments: [State.preIncoming, .binding, .listening, .receiving, .ready, .taken])
  func `what the user says before the guest is here decides whether it runs`(
    state: State
  ) throws {
    let all = try #require(Routes.way(to: .completed))
    // In *ready* the word has been looked at once already.
    let done = try #require(Routes.way(to: state)).count - (state == .ready ? 1 : 0)
    for (said, count) in [([IncomingChart.Event.stop], 0), ([.stop, .cont], 1)] {
      let walk = try #require(try Routes.walk(to: state))
      try walk.send(said + all.dropFirst(done))
      #expect(walk.state == .completed)
      #expect(walk.count(.startGuest) == count)
      #expect(walk.faults == [])
    }
  }

  @Test func `what the source's user said last comes with BYE`() throws {
    let rows: [(starts: Bool, said: Bool?, effects: [IncomingChart.Effect])] = [
      (true, false, [.pauseGuest, .hangUp]), (true, true, [.hangUp]), (true, nil, [.hangUp]),
      (false, false, [.hangUp]),
    ]
    for (starts, said, effects) in rows {
      let walk = try #require(try Routes.walk(to: .completed, startsGuest: starts))
      try walk.send(.bye(isGuestRunning: said))
      #expect(walk.latest == effects)
    }
    let paused = try IncomingWalk(IncomingChart.table, memory: .init())
    try paused.send(
      [.listen(Routes.order())] + Routes.greeted + [
        .offered, .adoptable, .received(isGuestRunning: false), .loaded, .owner(.taken), .applied,
        .owner(.running), .bye(isGuestRunning: true),
      ])
    #expect(paused.latest == [.startGuest, .hangUp])
  }

  @Test func `the bell is answered by taking, and before it nothing is`() throws {
    let walk = try #require(try Routes.walk(to: .ready))
    #expect(walk.latest == [])
    try walk.send([.owner(.held)])
    #expect(walk.state == .ready)
    try walk.send(.doorbell)
    #expect(walk.latest == [.take])
    try walk.send(.owner(.taken))
    #expect(walk.state == .taken)
  }

  /// What ends an attempt before the guest is here.
  struct Early: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let events: [IncomingChart.Event]
    let refusal: Refusal
    var statuses: [MigrationStatus] = [.setup, .failed]
  }

  static let early = [
    Early(
      testDescription: "version from the future",
      events: Routes.listening + [
        .connected(userID: Routes.user), .greeted(Routes.greeting(version: 9)),
      ],
      refusal: .mismatch(
        .protocolVersion, subject: Name(), here: .number(2), there: .number(9))),
    Early(
      testDescription: "transfer on at one side",
      events: Routes.listening + [
        .connected(userID: Routes.user), .greeted(Routes.greeting(transfers: false)),
      ],
      refusal: .mismatch(
        .backendTransfer, subject: Name(), here: .flag(true), there: .flag(false))),
    Early(
      testDescription: "the offer does not fit",
      events: Routes.greeted + [.offered, .unadoptable(Routes.why)], refusal: Routes.why),
    Early(
      testDescription: "withdrawn", events: Routes.greeted + [.withdrawn(Routes.why)],
      refusal: Routes.why),
    Early(
      testDescription: "the socket cannot accept",
      events: Routes.listening + [.unavailable(Routes.why)], refusal: Routes.why),
    Early(
      testDescription: "no record",
      events: Routes.greeted + [.offered, .adoptable, .channelBroken(Routes.why)],
      refusal: Routes.why, statuses: [.setup, .active, .failed]),
    Early(
      testDescription: "a device does not load",
      events: Routes.received + [.loadFailed(Routes.why)], refusal: Routes.why,
      statuses: [.setup, .active, .failed]),
    Early(
      testDescription: "revoked before it was taken",
      events: Routes.received + [.loaded, .owner(.revoked)],
      refusal: Refusal(.cancelled, field: .state), statuses: [.setup, .active, .failed]),
    Early(
      testDescription: "a word without sense",
      events: Routes.received + [.loaded, .owner(nil)],
      refusal: Refusal(.cancelled, field: .state), statuses: [.setup, .active, .failed]),
  ]

  @Test(arguments: early) func `what fails early is dropped and the source told`(
    early: Early
  ) throws {
    let walk = try IncomingWalk(IncomingChart.table, memory: .init())
    try walk.send([.listen(Routes.order())] + early.events)
    #expect(walk.state == .failed)
    #expect(walk.memory.refusal == early.refusal)
    #expect(walk.statuses == early.statuses)
    #expect(walk.latest.contains(.sendFailed(early.refusal)))
    #expect(walk.latest.suffix(2) == [.report(.failed), .hangUp])
    #expect(walk.count(.discard) == 1)
    #expect(walk.faults == [])
    try runsAgain(walk)
  }

  private func runsAgain(_ walk: IncomingWalk) throws {
    #expect(try walk.send(.listen(Routes.order())) == .taken)
    try walk.send(Routes.way(to: .completed) ?? [])
    #expect(walk.state == .completed)
    #expect(walk.memory.refusal == nil)
    #expect(walk.statuses.suffix(3) == [.setup, .active, .completed])
  }

  @Test(arguments: [
    [IncomingChart.Event.vetoed(Routes.why)], [.prepared, .unavailable(Routes.why)],
  ])
  func `a target that cannot listen has not started`(events: [IncomingChart.Event]) throws {
    let walk = try IncomingWalk(IncomingChart.table, memory: .init())
    try walk.send([.listen(Routes.order())] + events)
    #expect(walk.state == .idle)
    #expect(walk.statuses == [])
    #expect(walk.latest.last == .reject(Routes.why))
    try runsAgain(walk)
  }

  @Test func `a foreign user is turned away and the socket listens on`() throws {
    let walk = try #require(try Routes.walk(to: .listening))
    try walk.send(.connected(userID: 0))
    let refusal = Refusal(
      .foreignUser, field: .userID, here: .number(1000), there: .number(0))
    #expect(walk.latest == [.turnAway(refusal)])
    #expect(walk.state == .listening)
    #expect(walk.memory.refusal == nil)
    #expect(try walk.send(.connected(userID: Routes.user)) == .taken)
  }

  @Test(arguments: State.allCases) func `cancel before taken drops everything`(
    in state: State
  ) throws {
    guard let walk = try Routes.walk(to: state) else { return }
    let outcome = try walk.send(.cancel)
    switch state {
    case .taken, .completed:
      #expect(outcome == .refused)
      #expect(walk.state == state)
    case .idle, .preIncoming, .binding, .cancelled, .failed:
      #expect(outcome == .ignored)
      #expect(walk.state == state)
    case .setup, .preparing, .listening, .offering, .inspecting, .active, .receiving, .loading,
      .ready:
      if state == .ready {
        #expect(walk.latest == [.giveBack])
        try walk.send(.owner(.held))
      }
      #expect(walk.state == .cancelled)
      #expect(walk.count(.discard) == 1)
      #expect(walk.latest.contains(.sendFailed(Refusal(.cancelled))))
      #expect(walk.statuses.last == .cancelled)
      #expect(walk.faults == [])
      try runsAgain(walk)
    }
  }

  @Test func `nobody is met before all backends are ready`() throws {
    let walk = try #require(try Routes.walk(to: .preparing))
    #expect(walk.statuses == [.setup] && walk.count(.accept) == 0)
    try walk.send(.prepared)
    #expect(walk.state == .listening && walk.latest == [.accept])
    for (event, cause) in [
      (IncomingChart.Event.vetoed(Routes.why), Routes.why.cause), (.cancel, .cancelled),
    ] {
      let walk = try #require(try Routes.walk(to: .preparing))
      try walk.send(event)
      #expect(walk.memory.refusal?.cause == cause && walk.count(.hangUp) == 1)
      #expect(walk.count(.accept) == 0 && walk.effects.contains(.notify(.incomingFailed)))
      try runsAgain(walk)
    }
  }

  @Test func `backends that do not get ready end the attempt`() throws {
    let walk = try #require(try Routes.walk(to: .preparing))
    try walk.expire()
    #expect(walk.state == .failed && walk.memory.refusal?.cause == .timeout)
    try runsAgain(walk)
  }

  @Test func `cancel gives back what was taken meanwhile`() throws {
    let walk = try #require(try Routes.walk(to: .ready))
    try walk.send([.doorbell, .cancel])
    #expect(walk.latest == [.giveBack])
    // The outcomes of both swaps, in their order.
    try walk.send([.owner(.taken), .owner(.revoked)])
    #expect(walk.state == .cancelled)
    #expect(walk.count(.apply) == 0)
    #expect(walk.faults == [])
  }

  @Test(arguments: State.allCases) func `listen is refused while one runs`(in state: State) throws {
    guard let walk = try Routes.walk(to: state) else { return }
    let isFree = [.idle, .cancelled, .failed].contains(state)
    #expect(try walk.send(.listen(Routes.order())) == (isFree ? .taken : .refused))
  }

  @Test(arguments: [Transport.tcp, .file, .exec, .unknown], [State.idle, .failed, .cancelled])
  func `an address without descriptors starts nothing`(
    transport: Transport, from state: State
  ) throws {
    let walk = try #require(try Routes.walk(to: state))
    try walk.send(.listen(Routes.order(transport: transport)))
    #expect(walk.state == state)
    #expect(walk.latest.map(\.kind) == [.reject])
  }
}
