import BatonCore

/// A chart with two regions, history, deferral, sends and errors: a desk with a lamp and a clerk.
enum Desk: Chart {
  enum State: UInt8, Symbol {
    case closed, open, lamp, dark, lit, dim, bright, lastLight, clerk, idle, busy, gone, lost
  }
  enum Event: Message, Hashable, BitwiseCopyable {
    case unlock, lock, press, call, rest, leave, jam, jammed, remind, back, forget
    case reminded(Int)
    enum Kind: UInt8, Symbol {
      case unlock, lock, press, call, rest, leave, jam, jammed, remind, reminded, back, forget
    }
    var kind: Kind {
      switch self {
      case .unlock: .unlock
      case .lock: .lock
      case .press: .press
      case .call: .call
      case .rest: .rest
      case .leave: .leave
      case .jam: .jam
      case .jammed: .jammed
      case .remind: .remind
      case .reminded: .reminded
      case .back: .back
      case .forget: .forget
      }
    }
  }
  enum Guard: UInt8, Symbol { case isAllowed }
  enum Action: UInt8, Symbol {
    case enterOpen, exitOpen, enterLamp, exitLamp, enterClerk, exitClerk, enterBusy, exitBusy
    case note, fail, skip, send, cancel, finish, noteResult, enterBright
  }
  enum Effect: UInt8, Symbol, Message {
    case enterOpen, exitOpen, enterLamp, exitLamp, enterClerk, exitClerk, enterBusy, exitBusy
    case noted, skipped, brightened
  }
  enum Delay: UInt8, Symbol { case patience }
  struct Memory: Hashable, Sendable, BitwiseCopyable {
    var isAllowed = true
    var result = 0
    var patienceNanos: UInt64 = 1_000
  }

  static let name: StaticString = "Desk"
  static let reminder = SendID(rawValue: 7)

  static var definition: Definition<Self> {
    chart(initial: .closed) {
      state(.closed) {
        on(.unlock, to: .open)
        on(.back, to: .lastLight)
        postpone(.call)
      }
      parallel(.open, entry: .enterOpen, exit: .exitOpen) {
        on(.lock, to: .closed)
        on(.leave, to: [.gone, .bright])
        state(.lamp, initial: .dark, entry: .enterLamp, exit: .exitLamp) {
          deepHistory(.lastLight, to: .dark)
          state(.dark) {
            on(.press, to: .lit)
            after(.patience, to: .lit)
          }
          state(.lit, initial: .dim) {
            on(.press, to: .dark)
            state(.dim) { on(.rest, if: .isAllowed, to: .bright) }
            state(.bright, entry: .enterBright)
          }
        }
        state(.clerk, initial: .idle, entry: .enterClerk, exit: .exitClerk) {
          done(do: .noteResult, to: .lost)
          on(.jam, do: .note, .fail, .skip)
          on(.jammed, do: .note)
          on(.remind, do: .send)
          on(.forget, do: .cancel)
          on(.reminded, do: .note)
          state(.idle) { on(.call, to: .busy) }
          state(.busy, entry: .enterBusy, exit: .exitBusy) {
            postpone(.call, .rest)
            on(.press, to: .idle)
          }
          final(.gone, entry: .finish)
        }
      }
      state(.lost) { onAny(to: .closed) }
    }
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool { memory.isAllowed }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .enterOpen, .exitOpen, .enterLamp, .exitLamp, .enterClerk, .exitClerk, .enterBusy,
      .exitBusy:
      outbox.emit(Effect(rawValue: action.rawValue)!)
    case .note: outbox.emit(.noted)
    case .fail: outbox.fail(.jammed)
    case .skip: outbox.emit(.skipped)
    case .send: outbox.send(.reminded(5), after: 500, id: reminder)
    case .cancel: outbox.cancel(reminder)
    case .finish: outbox.finish(with: .reminded(42))
    case .noteResult: if case .reminded(let number) = event { memory.result = number }
    case .enterBright: outbox.emit(.brightened)
    }
  }

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { memory.patienceNanos }
}

/// A desk with what its last macrostep asked for.
final class Shift {
  var machine: Machine<Desk>
  var outbox = Outbox<Desk>()
  var now: UInt64 = 0

  init(_ events: [Desk.Event] = [], observer: (any Observer)? = nil) throws {
    machine = Machine(try Table(Desk.self), memory: .init(), observer: observer)
    try machine.start(at: 0, into: &outbox)
    for event in events { try send(event) }
  }

  var effects: [Desk.Effect] { (0..<outbox.count).map { [outbox] in outbox[$0] } }
  var active: [Desk.State] { machine.configuration }

  @discardableResult func send(_ event: Desk.Event) throws -> Outcome {
    outbox.reset()
    return try machine.send(event, at: now, into: &outbox)
  }

  @discardableResult func fire(at time: UInt64) throws -> Bool {
    now = time
    outbox.reset()
    return try machine.fire(at: time, into: &outbox)
  }
}
