import BatonCore

/// A small chart with every construct: compound states two deep, guards, entry and exit actions,
/// external, internal and targetless transitions, delays, eventless and done transitions.
enum Lift: Chart {
  enum State: UInt8, Symbol { case idle, moving, starting, cruising, fast, slow, arrived, broken }
  enum Event: Message, Hashable {
    case call(floor: Int)
    case tick, speedUp, restart, deeper, fault, fix, nudge
    enum Kind: UInt8, Symbol { case call, tick, speedUp, restart, deeper, fault, fix, nudge }
    var kind: Kind {
      switch self {
      case .call: .call
      case .tick: .tick
      case .speedUp: .speedUp
      case .restart: .restart
      case .deeper: .deeper
      case .fault: .fault
      case .fix: .fix
      case .nudge: .nudge
      }
    }
  }
  enum Guard: UInt8, Symbol { case isElsewhere, isThere }
  enum Action: UInt8, Symbol {
    case aim, climb, count, nudge
    case enterIdle, leaveIdle, enterMoving, leaveMoving, enterCruising, leaveCruising
    case enterFast, leaveFast, enterSlow, leaveSlow, enterArrived
  }
  enum Effect: UInt8, Symbol, Message {
    case enterIdle, leaveIdle, enterMoving, leaveMoving, enterCruising, leaveCruising
    case enterFast, leaveFast, enterSlow, leaveSlow, enterArrived
    case aimed, climbed, counted, nudged
  }
  enum Delay: UInt8, Symbol { case patience }
  struct Memory: Hashable, Sendable {
    var floor = 0
    var aim = 0
    var patienceNanos: UInt64 = 1_000
    var count = 0
  }

  static let name: StaticString = "Lift"
  static var definition: Definition<Self> {
    chart(initial: .idle) {
      state(.idle, entry: .enterIdle, exit: .leaveIdle) {
        on(.call, if: .isElsewhere, do: .aim, to: .moving)
        on(.nudge, do: .nudge)
        ignore(.tick, .speedUp)
        refuse(.restart)
      }
      state(.moving, initial: .starting, entry: .enterMoving, exit: .leaveMoving) {
        on(.fault, to: .broken)
        on(.restart, to: .moving)
        on(.deeper, to: .slow, internal: true)
        done(to: .idle)
        after(.patience, to: .broken)
        state(.starting) { on(.tick, do: .climb, to: .cruising) }
        state(.cruising, initial: .slow, entry: .enterCruising, exit: .leaveCruising) {
          on(.tick, do: .climb)
          always(if: .isThere, do: .count, to: .arrived)
          state(.fast, entry: .enterFast, exit: .leaveFast)
          state(.slow, entry: .enterSlow, exit: .leaveSlow) { on(.speedUp, to: .fast) }
        }
        final(.arrived, entry: .enterArrived)
      }
      state(.broken) { on(.fix, to: .idle) }
    }
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .isElsewhere:
      if case .call(let floor) = event { floor != memory.floor } else { false }
    case .isThere: memory.floor == memory.aim
    }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .aim:
      if case .call(let floor) = event { memory.aim = floor }
      outbox.emit(.aimed)
    case .climb:
      memory.floor += memory.aim > memory.floor ? 1 : -1
      outbox.emit(.climbed)
    case .count:
      memory.count += 1
      outbox.emit(.counted)
    case .nudge:
      outbox.emit(.nudged)
      outbox.raise(.call(floor: 1))
      outbox.raise(.tick)
    case .enterIdle, .leaveIdle, .enterMoving, .leaveMoving, .enterCruising, .leaveCruising,
      .enterFast, .leaveFast, .enterSlow, .leaveSlow, .enterArrived:
      outbox.emit(Effect(rawValue: action.rawValue - Action.enterIdle.rawValue)!)
    }
  }

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    switch delay {
    case .patience: memory.patienceNanos
    }
  }
}
