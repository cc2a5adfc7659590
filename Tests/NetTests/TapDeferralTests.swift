import BatonCore
import Testing

@testable import BatonNet

@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct TapDeferralTests {
  private static let veto = Refusal(.vetoed, code: Errno.busy)

  /// Somebody else who vetoes what they are told.
  private final class Vetoer: MigrationNotified {
    var isWilling = false
    func migration(_ event: MigrationEvent) throws(Refusal) {
      if event == .preIncoming, !isWilling { throw veto }
    }
  }

  /// Three TAPs that wait, in order.
  private static func waiting(_ world: TapWorld) throws(Refusal) -> [Tap] {
    var taps: [Tap] = []
    for name in ["a0", "b0", "c0"] {
      let tap = world.tap(TapOptions(name: .of(name)))
      try tap.begin(.incoming)
      taps.append(tap)
    }
    return taps
  }

  private static func tell(_ world: TapWorld, _ event: MigrationEvent) -> Refusal? {
    refusal { () throws(Refusal) in try world.notifiers.notify(event, at: 0) }
  }

  @Test func `waits without a call until the migration says`() throws {
    let world = TapWorld()
    let taps = try Self.waiting(world)
    #expect(taps.allSatisfy { $0.state == .waiting })
    #expect(world.kernel.calls.isEmpty)
    for tap in taps { tap.close() }
  }

  @Test func `expects its descriptors when backends are transferred`() throws {
    let world = TapWorld(transfersBackends: true)
    let taps = try Self.waiting(world)
    #expect(Self.tell(world, .preIncoming) == nil)
    #expect(taps.allSatisfy { $0.state == .expecting })
    #expect(world.kernel.calls.isEmpty)
    for tap in taps { tap.close() }
  }

  @Test func `opens at the event when they are not, and touches nothing yet`() throws {
    try Namespace.run {
      let world = TapWorld(transfersBackends: false)
      let taps = try Self.waiting(world)
      #expect(Self.tell(world, .preIncoming) == nil)
      #expect(taps.allSatisfy { $0.state == .quiesced && $0.isHeld })
      #expect(world.kernel.open.count == 3)
      for tap in taps { tap.close() }
    }
  }

  @Test func `vetoes when one cannot be opened, all wait as before, and a second try succeeds`()
    throws
  {
    try Namespace.run {
      let world = TapWorld(transfersBackends: false)
      let taps = try Self.waiting(world)
      let before = taps.map(\.snapshot)
      let other = TapWorld()
      let holder = other.tap(TapOptions(name: .of("b0")))
      try holder.begin(.running)

      let refused = Self.tell(world, .preIncoming)
      #expect(refused?.description == "b0: TUNSETIFF: Device or resource busy (EBUSY)")
      #expect(taps.map(\.snapshot) == before)
      #expect(world.kernel.open.isEmpty)

      holder.close()
      #expect(Self.tell(world, .preIncoming) == nil)
      #expect(taps.allSatisfy { $0.state == .quiesced })
      for tap in taps { tap.close() }
    }
  }

  @Test(arguments: [true, false]) func `goes back when somebody else vetoes`(
    transfers: Bool
  ) throws {
    try Namespace.run {
      let world = TapWorld(transfersBackends: transfers)
      let taps = try Self.waiting(world)
      let before = taps.map(\.snapshot)
      let vetoer = Vetoer()
      world.notifiers.add(vetoer)
      #expect(Self.tell(world, .preIncoming) == Self.veto)
      #expect(taps.map(\.snapshot) == before)
      #expect(world.kernel.open.isEmpty)
      vetoer.isWilling = true
      #expect(Self.tell(world, .preIncoming) == nil)
      for tap in taps { tap.close() }
    }
  }

  @Test(arguments: [true, false], [true, false])
  func `goes back when the migration fails, and decides anew at the next`(
    first: Bool, second: Bool
  ) throws {
    try Namespace.run {
      let world = TapWorld(transfersBackends: first)
      let taps = try Self.waiting(world)
      let before = taps.map(\.snapshot)
      #expect(Self.tell(world, .preIncoming) == nil)
      #expect(Self.tell(world, .incomingFailed) == nil)
      #expect(taps.map(\.snapshot) == before)
      #expect(world.kernel.open.isEmpty)
      world.policy.transfersBackends = second
      #expect(Self.tell(world, .preIncoming) == nil)
      #expect(taps.allSatisfy { $0.state == (second ? .expecting : .quiesced) })
      for tap in taps { tap.close() }
    }
  }

  @Test func `a TAP that is closed while it waits is not told any more`() throws {
    let world = TapWorld(transfersBackends: false)
    let taps = try Self.waiting(world)
    for tap in taps { tap.close() }
    #expect(Self.tell(world, .preIncoming) == nil)
    #expect(taps.allSatisfy { $0.state == .closed })
    #expect(world.kernel.calls.isEmpty)
  }

  @Test func `a TAP that is forgotten after it was closed goes`() throws {
    let world = TapWorld(transfersBackends: false)
    weak var gone: Tap?
    do {
      let tap = world.tap()
      try tap.begin(.incoming)
      gone = tap
      #expect(gone != nil)
      tap.close()
    }
    #expect(gone == nil)
  }

  @Test(arguments: [(true, TapChart.State.expecting), (false, .quiesced)])
  func `a TAP that comes after the event decides at once`(
    transfers: Bool, state: TapChart.State
  ) throws {
    try Namespace.run {
      let world = TapWorld(transfersBackends: transfers)
      let tap = world.tap(TapOptions(name: .of("a0")))
      try tap.begin(.prepared)
      #expect(tap.state == state)
      #expect(Self.tell(world, .incomingFailed) == nil)
      #expect(tap.state == .waiting)
      tap.close()
    }
  }

  @Test func `a late TAP that cannot be opened says so and has failed`() throws {
    try Namespace.run {
      let world = TapWorld(transfersBackends: false)
      world.kernel.arm(1)
      let tap = world.tap(TapOptions(name: .of("a0")))
      #expect(refusal { () throws(Refusal) in try tap.begin(.prepared) } != nil)
      #expect(tap.state == .failed)
      try tap.begin(.prepared)
      #expect(tap.state == .quiesced)
      tap.close()
    }
  }

  @Test func `belongs to no migration any more once the guest runs here`() throws {
    try Namespace.run {
      let world = TapWorld(transfersBackends: false)
      let taps = try Self.waiting(world)
      #expect(Self.tell(world, .preIncoming) == nil)
      for tap in taps { try tap.resume() }
      #expect(Self.tell(world, .incomingDone) == nil)
      #expect(Self.tell(world, .incomingFailed) == nil)
      #expect(taps.allSatisfy { $0.state == .polling && !$0.memory.isIncoming })
      for tap in taps { tap.close() }
    }
  }

  @Test func `a TAP that still waits when the guest runs is opened`() throws {
    try Namespace.run {
      let world = TapWorld(transfersBackends: true)
      let tap = world.tap(TapOptions(name: .of("a0")))
      try tap.begin(.incoming)
      #expect(Self.tell(world, .incomingDone) == nil)
      #expect(tap.state == .polling)
      tap.close()
    }
  }

  @Test func `refuses what only an open TAP can do, and says why`() throws {
    let world = TapWorld()
    let tap = world.tap()
    try tap.begin(.incoming)
    let refused = refusal { () throws(Refusal) in try tap.quiesce() }
    #expect(refused?.description == "net0: not possible in state 'waiting'")
    tap.close()
  }
}
