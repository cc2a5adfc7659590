import BatonCore
import Testing

/// A lift with what its last macrostep asked for.
final class Ride {
  var machine: Machine<Lift>
  var outbox = Outbox<Lift>()
  var now: UInt64 = 0

  init(observer: (any Observer)? = nil) throws {
    machine = Machine(try Table(Lift.self), memory: .init(), number: 7, observer: observer)
    try machine.start(at: now, into: &outbox)
  }

  var effects: [Lift.Effect] { (0..<outbox.count).map { [outbox] in outbox[$0] } }

  @discardableResult
  func send(_ event: Lift.Event) throws -> Outcome {
    outbox.reset()
    return try machine.send(event, at: now, into: &outbox)
  }
}

@Suite(.timeLimit(.minutes(15))) struct MachineTests {
  @Test func `enters the initial state with its entry actions`() throws {
    let ride = try Ride()
    #expect(ride.machine.state == .idle)
    #expect(ride.effects == [.enterIdle])
  }

  @Test func `takes an external transition down to the initial child`() throws {
    let ride = try Ride()
    #expect(try ride.send(.call(floor: 3)) == .taken)
    #expect(ride.machine.state == .starting)
    #expect(ride.effects == [.leaveIdle, .aimed, .enterMoving])
    #expect(ride.machine.memory.aim == 3)
  }

  @Test func `a guard that does not hold leaves the event unexpected`() throws {
    let ride = try Ride()
    #expect(try ride.send(.call(floor: 0)) == .unexpected)
    #expect(ride.effects.isEmpty)
  }

  @Test(arguments: [(Lift.Event.tick, Outcome.ignored), (.restart, .refused), (.fix, .unexpected)])
  func `an event that idle does not handle`(event: Lift.Event, outcome: Outcome) throws {
    let ride = try Ride()
    #expect(try ride.send(event) == outcome)
    #expect(ride.machine.state == .idle)
  }

  @Test func `exits run from the leaf outwards and entries inwards`() throws {
    let ride = try Ride()
    try ride.send(.call(floor: 3))
    try ride.send(.tick)
    #expect(ride.effects == [.climbed, .enterCruising, .enterSlow])
    try ride.send(.restart)
    #expect(ride.effects == [.leaveSlow, .leaveCruising, .leaveMoving, .enterMoving])
    #expect(ride.machine.state == .starting)
  }

  @Test func `an internal transition does not leave its source`() throws {
    let ride = try Ride()
    try ride.send(.call(floor: 3))
    try ride.send(.deeper)
    #expect(ride.effects == [.enterCruising, .enterSlow])
    try ride.send(.speedUp)
    #expect(ride.effects == [.leaveSlow, .enterFast])
    try ride.send(.deeper)
    #expect(ride.effects == [.leaveFast, .leaveCruising, .enterCruising, .enterSlow])
  }

  @Test func `a targetless transition leaves nothing`() throws {
    let ride = try Ride()
    try ride.send(.call(floor: 3))
    try ride.send(.tick)
    try ride.send(.tick)
    #expect(ride.effects == [.climbed])
    #expect(ride.machine.state == .slow)
  }

  @Test func `eventless comes before done and the chart rests where done leads`() throws {
    let ride = try Ride()
    try ride.send(.call(floor: 2))
    try ride.send(.tick)
    try ride.send(.tick)
    #expect(ride.machine.state == .idle)
    #expect(
      ride.effects == [
        .climbed, .leaveSlow, .leaveCruising, .counted, .enterArrived, .leaveMoving, .enterIdle,
      ])
  }

  @Test func `raised events are handled in order before the macrostep ends`() throws {
    let ride = try Ride()
    try ride.send(.nudge)
    // Raised: a call to floor 1, then a tick, which arrives there.
    #expect(ride.machine.memory.count == 1)
    #expect(ride.machine.state == .idle)
  }

  @Test func `a delay fires when due and never before`() throws {
    let ride = try Ride()
    ride.now = 50
    try ride.send(.call(floor: 3))
    #expect(ride.machine.deadline == 1_050)
    ride.outbox.reset()
    #expect(try ride.machine.fire(at: 1_049, into: &ride.outbox) == false)
    #expect(try ride.machine.fire(at: 1_050, into: &ride.outbox) == true)
    #expect(ride.machine.state == .broken)
    #expect(ride.machine.deadline == nil)
  }

  @Test func `leaving the state cancels its delay and entering again starts it anew`() throws {
    let ride = try Ride()
    try ride.send(.call(floor: 3))
    ride.now = 400
    try ride.send(.restart)
    #expect(ride.machine.deadline == 1_400)
    try ride.send(.fault)
    #expect(ride.machine.deadline == nil)
  }

  @Test func `a snapshot restores state, memory and delays`() throws {
    let ride = try Ride()
    try ride.send(.call(floor: 3))
    let saved = ride.machine.snapshot
    try ride.send(.fault)
    #expect(ride.machine.snapshot != saved)
    ride.machine.snapshot = saved
    #expect(ride.machine.snapshot == saved)
    #expect(ride.machine.snapshot.hashValue == saved.hashValue)
    #expect(ride.machine.state == .starting && ride.machine.deadline == 1_000)
  }

  @Test func `observers see every microstep with guards and effects`() throws {
    final class Notes: Observer {
      var records: [TransitionRecord] = []
      func observed(_ record: TransitionRecord) { records.append(record) }
    }
    let notes = Notes()
    let ride = try Ride(observer: notes)
    ride.now = 9
    try ride.send(.call(floor: 0))
    try ride.send(.call(floor: 2))
    #expect(notes.records.count == 2)
    #expect(notes.records[0].outcome == .unexpected)
    #expect(notes.records[0].guardsAsked == 1 && notes.records[0].guardsHeld == 0)
    let taken = notes.records[1]
    #expect(taken.outcome == .taken && taken.time == 9 && taken.machine == 7)
    #expect(taken.from == Lift.State.idle.rawValue && taken.to == Lift.State.starting.rawValue)
    #expect(taken.guardsHeld == 1)
    #expect(
      taken.effectKinds
        == [.leaveIdle, .aimed, .enterMoving].map { (e: Lift.Effect) in e.rawValue })
  }
}
