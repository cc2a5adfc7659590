import BatonCore
import Twin

extension Flat4.Event {
  static func all(_ sequence: EventSequence) -> [Self] {
    let make: [(UInt32) -> Self] = [Self.step, Self.back, Self.flip, Self.stay]
    return sequence.items.map { make[$0.kind]($0.weight) }
  }
}

extension Flat4.Memory {
  func counters(_ leaf: UInt8) -> [UInt64] {
    [weight, UInt64(leaf)] + [steps, backs, flips, stays, heavies].map(UInt64.init)
  }
}

/// `Flat4` on BatonCore's machine.
final class Flat4Table: Contender {
  private var machine: Machine<Flat4>
  private var outbox = Outbox<Flat4>()
  private let events: [Flat4.Event]

  init(_ sequence: EventSequence, observer: (any Observer)? = nil) {
    machine = Machine(.trusted(), memory: .init(), observer: observer)
    events = Flat4.Event.all(sequence)
    precondition((try? machine.start(at: 0, into: &outbox)) != nil)
  }

  var counters: [UInt64] { machine.memory.counters(machine.state.rawValue) }

  func drive(_ part: Range<Int>) { Self.loop(&machine, &outbox, events, part) }

  private static func loop(
    _ machine: inout Machine<Flat4>, _ outbox: inout Outbox<Flat4>, _ events: [Flat4.Event],
    _ part: Range<Int>
  ) {
    for index in part {
      send(&machine, events[index], UInt64(index), &outbox)
      outbox.reset()
    }
  }

  /// At least one call for each event, as in the other implementations.
  @inline(never)
  private static func send(
    _ machine: inout Machine<Flat4>, _ event: Flat4.Event, _ now: UInt64,
    _ outbox: inout Outbox<Flat4>
  ) {
    do { try machine.send(event, at: now, into: &outbox) } catch { fatalError("\(error)") }
  }
}

/// `Flat4` as a nested switch.
final class Flat4Written: Contender {
  private var machine = Flat4Switch()
  private let events: [Flat4.Event]

  init(_ sequence: EventSequence) { events = Flat4.Event.all(sequence) }

  var counters: [UInt64] { machine.memory.counters(machine.state.rawValue) }

  func drive(_ part: Range<Int>) { Self.loop(&machine, events, part) }

  private static func loop(
    _ machine: inout Flat4Switch, _ events: [Flat4.Event], _ part: Range<Int>
  ) {
    for index in part { machine.send(events[index]) }
  }
}

/// `Flat4` on the table in C.
@safe
final class Flat4Twin: Contender {
  private var machine = unsafe flat4_machine()
  private var outbox = twin_outbox()
  private let events: [twin_event]

  init(_ sequence: EventSequence) {
    events = sequence.items.map { twin_event(weight: $0.weight, kind: UInt8($0.kind)) }
    // Safe: both pointers are good for the length of the call, and the table is static.
    unsafe flat4_start(&machine, &outbox)
  }

  var counters: [UInt64] {
    let memory = unsafe machine.memory
    let counts = [memory.steps, memory.backs, memory.flips, memory.stays, memory.heavies]
    return unsafe [memory.weight, UInt64(machine.leaf)] + counts.map(UInt64.init)
  }

  func drive(_ part: Range<Int>) {
    // Safe: the part lies within the events, and the pointers are good for the length of the call.
    unsafe events[part].withUnsafeBufferPointer { part in
      _ = unsafe flat4_drive(&machine, &outbox, part.baseAddress, part.count)
    }
  }
}

/// `Flat4` on BatonCore's driver, with a clock that stands.
final class Flat4Driver: Driver<Flat4>, Contender {
  private let events: [Flat4.Event]

  init(_ sequence: EventSequence) {
    events = Flat4.Event.all(sequence)
    let loop = VirtualLoop(kernel: Kernel())
    super.init(loop, .trusted(), memory: .init(), number: 0, observer: nil)
    start()
  }

  var counters: [UInt64] { memory.counters(state.rawValue) }

  func drive(_ part: Range<Int>) { for index in part { send(events[index]) } }
}
