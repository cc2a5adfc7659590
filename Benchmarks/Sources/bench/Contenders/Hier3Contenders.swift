import BatonCore
import Twin

extension Hier3.Event {
  static func all(_ sequence: EventSequence) -> [Self] {
    let make: [(UInt32) -> Self] = [Self.sibling, Self.cousin, Self.across, Self.mark]
    return sequence.items.map { make[$0.kind]($0.weight) }
  }
}

extension Hier3.Memory {
  func counters(_ leaf: UInt8, _ effects: UInt64) -> [UInt64] {
    let events = [siblings, cousins, acrosses, marks, odds]
    let crossings = [outerEntries, outerExits, innerEntries, innerExits]
    return [weight, UInt64(leaf), effects] + (events + crossings).map(UInt64.init)
  }
}

/// `Hier3` on BatonCore's machine.
final class Hier3Table: Contender {
  private var machine: Machine<Hier3>
  private var outbox = Outbox<Hier3>()
  private let events: [Hier3.Event]
  private var effects: UInt64 = 0

  init(_ sequence: EventSequence, observer: (any Observer)? = nil) {
    machine = Machine(.trusted(), memory: .init(), observer: observer)
    events = Hier3.Event.all(sequence)
    precondition((try? machine.start(at: 0, into: &outbox)) != nil)
  }

  var counters: [UInt64] { machine.memory.counters(machine.state.rawValue, effects) }

  func drive(_ part: Range<Int>) { effects &+= Self.loop(&machine, &outbox, events, part) }

  private static func loop(
    _ machine: inout Machine<Hier3>, _ outbox: inout Outbox<Hier3>, _ events: [Hier3.Event],
    _ part: Range<Int>
  ) -> UInt64 {
    var sum: UInt64 = 0
    for index in part {
      send(&machine, events[index], UInt64(index), &outbox)
      if outbox.count > 0 { sum &+= weight(&outbox) }
      outbox.reset()
    }
    return sum
  }

  /// Most events emit nothing.
  @inline(never)
  private static func weight(_ outbox: inout Outbox<Hier3>) -> UInt64 {
    (0..<outbox.count).reduce(0) { $0 &+ UInt64(outbox.effect(at: $1).weight) }
  }

  /// At least one call for each event, as in the other implementations.
  @inline(never)
  private static func send(
    _ machine: inout Machine<Hier3>, _ event: Hier3.Event, _ now: UInt64,
    _ outbox: inout Outbox<Hier3>
  ) {
    do { try machine.send(event, at: now, into: &outbox) } catch { fatalError("\(error)") }
  }
}

/// `Hier3` as a nested switch.
final class Hier3Written: Contender {
  private var machine = Hier3Switch()
  private let events: [Hier3.Event]
  private var effects: UInt64 = 0

  init(_ sequence: EventSequence) { events = Hier3.Event.all(sequence) }

  var counters: [UInt64] { machine.memory.counters(machine.state.rawValue, effects) }

  func drive(_ part: Range<Int>) { effects &+= Self.loop(&machine, events, part) }

  private static func loop(
    _ machine: inout Hier3Switch, _ events: [Hier3.Event], _ part: Range<Int>
  ) -> UInt64 {
    var sum: UInt64 = 0
    for index in part {
      if let effect = machine.send(events[index]) { sum &+= UInt64(effect.weight) }
    }
    return sum
  }
}

/// `Hier3` on the table in C.
@safe
final class Hier3Twin: Contender {
  private var machine = unsafe hier3_machine()
  private var outbox = twin_outbox()
  private let events: [twin_event]
  private var effects: UInt64 = 0

  init(_ sequence: EventSequence) {
    events = sequence.items.map { twin_event(weight: $0.weight, kind: UInt8($0.kind)) }
    // Safe: both pointers are good for the length of the call, and the table is static.
    unsafe hier3_start(&machine, &outbox)
  }

  var counters: [UInt64] {
    let memory = unsafe machine.memory
    let events = [memory.siblings, memory.cousins, memory.acrosses, memory.marks, memory.odds]
    let crossings = [
      memory.outer_entries, memory.outer_exits, memory.inner_entries, memory.inner_exits,
    ]
    return unsafe [memory.weight, UInt64(machine.leaf), effects]
      + (events + crossings).map(UInt64.init)
  }

  func drive(_ part: Range<Int>) {
    // Safe: the part lies within the events, and the pointers are good for the length of the call.
    effects &+= unsafe events[part].withUnsafeBufferPointer { part in
      unsafe hier3_drive(&machine, &outbox, part.baseAddress, part.count)
    }
  }
}

/// `Hier3` on BatonCore's driver, with a clock that stands.
final class Hier3Driver: Driver<Hier3>, Contender {
  private let events: [Hier3.Event]
  private var effects: UInt64 = 0

  init(_ sequence: EventSequence) {
    events = Hier3.Event.all(sequence)
    let loop = VirtualLoop(kernel: Kernel())
    super.init(loop, .trusted(), memory: .init(), number: 0, observer: nil)
    start()
  }

  var counters: [UInt64] { memory.counters(state.rawValue, effects) }

  func drive(_ part: Range<Int>) { for index in part { send(events[index]) } }

  override func perform(_ effect: Hier3.Effect) { effects &+= UInt64(effect.weight) }
}
