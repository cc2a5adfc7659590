import BatonCore
import Testing

@testable import BatonMig

/// The target's chart when the source is lost, hangs or lies.
@Suite(.timeLimit(.minutes(15))) struct IncomingLossTests {
  typealias Routes = IncomingRoutes
  typealias State = IncomingChart.State

  private static let losses: [IncomingChart.Event] = [.sourceDied, .channelClosed]

  @Test(arguments: State.allCases, losses.indices)
  func `a source that is lost before the offer loses nothing here`(
    in state: State, loss: Int
  ) throws {
    guard let walk = try Routes.walk(to: state) else { return }
    let outcome = try walk.send(Self.losses[loss])
    switch state {
    case .idle, .preIncoming, .binding, .taken, .cancelled, .failed:
      #expect(outcome == .ignored)
      #expect(walk.state == state)
    case .completed:
      #expect(walk.latest == [.hangUp])
      #expect(walk.state == .completed)
    case .ready:
      // What the word says now is the last that it will say.
      #expect(walk.latest == [.take])
      try walk.send(.owner(.held))
      #expect(walk.state == .failed)
    case .setup, .preparing, .listening, .offering, .inspecting, .active, .receiving, .loading:
      #expect(walk.state == .failed)
      #expect(walk.count(.discard) == 1)
      let cause: Refusal.Cause = loss == 0 ? .peerDied : .channelClosed
      #expect(walk.memory.refusal == Refusal(cause))
    }
    #expect(walk.faults == [])
  }

  @Test(arguments: losses.indices)
  func `a guest that its dead source offered is taken and run`(loss: Int) throws {
    let walk = try #require(try Routes.walk(to: .ready))
    try walk.send([Self.losses[loss], .owner(.taken), .applied, .owner(.running)])
    #expect(walk.state == .completed)
    #expect(walk.count(.startGuest) == 1)
    #expect(walk.memory.refusal == nil)
    #expect(walk.faults == [])
  }

  @Test func `a guest that its dead source took back is not run`() throws {
    let walk = try #require(try Routes.walk(to: .ready))
    try walk.send([.sourceDied, .owner(.revoked)])
    #expect(walk.state == .failed)
    #expect(walk.memory.refusal == Refusal(.peerDied))
    #expect(walk.faults == [])
  }

  @Test(arguments: State.allCases) func `a delay runs only where the source may hang`(
    in state: State
  ) throws {
    guard let walk = try Routes.walk(to: state) else { return }
    #expect(walk.waits == [.preparing, .offering, .completed, .ready].contains(state))
    guard walk.waits else { return }
    try walk.expire()
    if state == .completed {
      #expect(walk.latest == [.hangUp])
    } else if state == .ready {
      // A source that hangs between its swap and the bell.
      #expect(walk.latest == [.take])
    } else {
      #expect(walk.state == .failed)
      #expect(walk.memory.refusal == Refusal(.timeout, there: .number(100)))
    }
    #expect(walk.faults == [])
  }

  @Test func `what cannot be applied is given back, not run`() throws {
    let walk = try #require(try Routes.walk(to: .taken))
    try walk.send(.applyFailed(Routes.why))
    #expect(walk.latest == [.giveBack])
    try walk.send(.owner(.revoked))
    #expect(walk.state == .failed)
    #expect(walk.memory.refusal == Routes.why)
    #expect(walk.count(.run) == 0)
    #expect(walk.latest.contains(.sendFailed(Routes.why)))
    #expect(walk.faults == [])
  }

  @Test(arguments: [Ownership.revoked, .held, .offered, nil])
  func `a guest that is not ours any more is not run`(word: Ownership?) throws {
    let walk = try #require(try Routes.walk(to: .taken))
    try walk.send([.applied, .owner(word)])
    #expect(walk.state == .failed)
    #expect(walk.count(.startGuest) == 0)
    #expect(walk.faults == [])
  }

  @Test func `a guest that was condemned is given back and not run`() throws {
    let walk = try #require(try Routes.walk(to: .taken))
    try walk.send([.applied, .owner(.condemned)])
    #expect(walk.latest == [.giveBack])
    try walk.send(.owner(.revoked))
    #expect(walk.state == .failed)
    #expect(walk.count(.startGuest) == 0)
    #expect(walk.faults == [])
  }

  @Test func `nothing that the source does matters once the guest is ours`() throws {
    let walk = try #require(try Routes.walk(to: .taken))
    let before = walk.effects.count
    for event: IncomingChart.Event in [
      .sourceDied, .channelClosed, .channelBroken(Routes.why), .withdrawn(Routes.why),
      .bye(isGuestRunning: true),
      .doorbell,
    ] {
      #expect(try walk.send(event) == .ignored)
    }
    #expect(walk.effects.count == before)
    try walk.send([.applied, .owner(.running)])
    #expect(walk.state == .completed)
  }

  @Test func `the delays that were asked for do not wrap`() {
    var memory = IncomingChart.Memory()
    memory.order.terms.patienceMillis = .max
    #expect(IncomingChart.nanoseconds(.patience, memory) > 1 << 59)
    var other = OutgoingChart.Memory()
    other.order.terms.patienceMillis = .max
    #expect(OutgoingChart.nanoseconds(.patience, other) > 1 << 59)
    other.order.switchMillis = .max
    #expect(OutgoingChart.nanoseconds(.switch, other) > 1 << 59)
  }
}
