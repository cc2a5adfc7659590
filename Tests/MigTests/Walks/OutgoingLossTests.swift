import BatonCore
import Testing

@testable import BatonMig

/// The source's chart when the target is lost, hangs or lies.
@Suite(.timeLimit(.minutes(15))) struct OutgoingLossTests {
  typealias Routes = OutgoingRoutes
  typealias State = OutgoingChart.State

  private static let over: [State] = [.idle, .cancelled, .failed, .completed]

  @Test(arguments: State.allCases, [false, true])
  func `a target that dies gives the guest back`(in state: State, isRunning: Bool) throws {
    guard let walk = try Routes.walk(to: state, isGuestRunning: isRunning) else { return }
    let outcome = try walk.send(.targetDied)
    if Self.over.contains(state) {
      #expect(outcome == .ignored)
      #expect(walk.state == state)
      return
    }
    let isOurs = state == .offered || state == .killing
    if isOurs {
      #expect(walk.latest == [.revokeFromDead])
      try walk.send(.owner(.revoked))
    }
    #expect(walk.state == .failed)
    #expect(walk.statuses.last == .failed)
    #expect(walk.memory.refusal?.cause == (state == .killing ? .timeout : .peerDied))
    #expect(walk.count(.startGuest) == (isRunning ? walk.count(.stopGuest) : 0))
    #expect(walk.faults == [])
    #expect(try walk.send(.migrate(Routes.order())) == .taken)
  }

  @Test(arguments: [State.offered, .killing])
  func `a target that dies while it runs the guest keeps it`(state: State) throws {
    let walk = try #require(try Routes.walk(to: state))
    try walk.send([.targetDied, .owner(.running)])
    #expect(walk.state == .completed)
    #expect(walk.faults == [])
  }

  @Test(arguments: [State.offered, .killing])
  func `a word without sense is ours once the target is dead`(state: State) throws {
    let walk = try #require(try Routes.walk(to: state))
    try walk.send([.targetDied, .owner(nil)])
    #expect(walk.state == .failed)
    #expect(walk.count(.startGuest) == 1)
    #expect(walk.faults == [])
  }

  @Test(arguments: State.allCases) func `a channel that ends is no death`(in state: State) throws {
    guard let walk = try Routes.walk(to: state) else { return }
    let outcome = try walk.send(.channelClosed)
    if Self.over.contains(state) || state == .killing {
      #expect(outcome == .ignored)
      return
    }
    if state == .offered {
      // The word decides: the target may be alive and about to swap.
      #expect(walk.latest == [.revoke])
      try walk.send(.owner(.taken))
      #expect(walk.state == .offered)
      #expect(walk.count(.startGuest) == 0)
      try walk.send([.targetDied, .owner(.revoked)])
    }
    #expect(walk.state == .failed)
    #expect(walk.memory.refusal?.cause == .channelClosed)
    #expect(walk.faults == [])
  }

  @Test(arguments: State.allCases) func `a delay runs only where the target may hang`(
    in state: State
  ) throws {
    guard let walk = try Routes.walk(to: state) else { return }
    let patient: [State] = [.greeting, .offering]
    let dark: [State] = [.quiescing, .saving, .offered, .killing]
    #expect(walk.waits == (patient + dark).contains(state))
    guard walk.waits else { return }
    try walk.expire()
    if dark.contains(state) {
      #expect(walk.state == .killing)
      #expect(walk.latest == [.revoke])
      try walk.send(.owner(state == .quiescing || state == .saving ? .held : .revoked))
    }
    #expect(walk.state == .failed)
    #expect(
      walk.memory.refusal
        == (patient.contains(state)
          ? Refusal(.timeout, there: .number(100))
          : Refusal(.timeout, field: .switchTime, there: .number(30))))
    #expect(walk.count(.startGuest) == walk.count(.stopGuest))
    #expect(walk.faults == [])
  }

  /// 30 ms for the switch, whatever it is spent on.
  @Test func `the steps of a switch share its budget`() throws {
    let walk = try #require(try Routes.walk(to: .quiescing))
    walk.pass(milliseconds: 12)
    try walk.send(.quiesced)
    walk.pass(milliseconds: 12)
    try walk.send(.sent)
    let before = walk.now
    try walk.expire()
    #expect(walk.now - before == 6_000_000)
    #expect(walk.state == .killing)
    #expect(walk.latest == [.revoke])
  }

  @Test func `a pause before the switch costs nothing of its budget`() throws {
    let walk = try #require(try Routes.walk(to: .preSwitchover))
    #expect(!walk.waits)
    walk.pass(milliseconds: 1_000)
    try walk.send(.proceed)
    let before = walk.now
    try walk.expire()
    #expect(walk.now - before == 30_000_000)
    #expect(walk.state == .killing)
  }

  @Test func `a target that took the guest is condemned before it is killed`() throws {
    let walk = try #require(try Routes.walk(to: .offered))
    try walk.expire()
    try walk.send(.owner(.taken))
    #expect(walk.latest == [.condemn])
    try walk.send(.owner(.condemned))
    #expect(walk.latest == [.kill])
    #expect(walk.state == .killing)
    #expect(walk.faults == [])
  }

  @Test func `a target that ran the guest before it could be condemned keeps it`() throws {
    let walk = try #require(try Routes.walk(to: .offered))
    try walk.expire()
    try walk.send([.owner(.taken), .owner(.running)])
    #expect(walk.state == .completed)
    #expect(walk.count(.kill) == 0 && walk.count(.startGuest) == 0)
    #expect(walk.faults == [])
  }

  @Test(arguments: [Ownership.condemned, nil])
  func `a target that took the guest and hangs is killed first`(word: Ownership?) throws {
    let walk = try #require(try Routes.walk(to: .offered))
    try walk.expire()
    try walk.send(.owner(word))
    #expect(walk.latest == [.kill])
    #expect(walk.state == .killing)
    #expect(walk.count(.startGuest) == 0)
    // Killed is not dead: it is asked again after every delay.
    try walk.expire()
    #expect(walk.latest == [.revoke])
    try walk.send(.owner(word))
    #expect(walk.latest == [.kill])
    try walk.send(.targetDied)
    #expect(walk.latest == [.revokeFromDead])
    try walk.send(.owner(.revoked))
    #expect(walk.state == .failed)
    #expect(walk.count(.startGuest) == 1)
    #expect(walk.faults == [])
  }

  @Test func `a cancelled handover whose target had to be killed ends in cancelled`() throws {
    let walk = try #require(try Routes.walk(to: .offered))
    try walk.send([.cancel, .owner(.taken)])
    try walk.expire()
    try walk.send([.owner(.taken), .targetDied, .owner(.revoked)])
    #expect(walk.state == .cancelled)
    #expect(walk.statuses.suffix(3) == [.device, .cancelling, .cancelled])
    #expect(walk.faults == [])
  }

  static let reasons: [OutgoingChart.Event] = [
    .cancel, .refused(Routes.why), .channelClosed, .channelBroken(Routes.why), .targetDied,
    .running,
  ]

  @Test(arguments: reasons.indices, [State.offered, .killing])
  func `running wins over everything`(reason: Int, state: State) throws {
    let walk = try #require(try Routes.walk(to: state))
    try walk.send([Self.reasons[reason], .owner(.running)])
    #expect(walk.state == .completed)
    #expect(walk.memory.refusal == nil)
    #expect(walk.count(.release) == 1)
    #expect(walk.faults == [])
  }

  @Test func `a target that only says that it runs the guest is not believed`() throws {
    let walk = try #require(try Routes.walk(to: .offered))
    try walk.send([.running, .owner(.revoked)])
    #expect(walk.state == .failed)
    #expect(walk.count(.startGuest) == 1)
    #expect(walk.faults == [])
  }

  @Test(arguments: [Ownership.held, .taken, .running, .revoked, .condemned, nil])
  func `a word that is not held at the offer decides by what it says`(word: Ownership?) throws {
    let walk = try #require(try Routes.walk(to: .offered))
    try walk.send(.owner(word))
    switch word {
    case .running: #expect(walk.state == .completed)
    case .taken, .condemned, nil: #expect(walk.state == .offered)
    case .held, .offered, .revoked: #expect(walk.state == .failed)
    }
    #expect(walk.faults == [])
  }

  @Test(arguments: [State.quiescing, .saving])
  func `a device that fails in the switch gives all back`(
    state: State
  ) throws {
    let walk = try #require(try Routes.walk(to: state))
    try walk.send(.deviceFailed(Routes.why))
    #expect(walk.state == .failed)
    #expect(
      walk.latest.map(\.kind) == [
        .sendCancel, .restore, .startGuest, .notify, .report, .hangUp,
      ])
    #expect(walk.memory.refusal == Routes.why)
    #expect(walk.faults == [])
  }
}
