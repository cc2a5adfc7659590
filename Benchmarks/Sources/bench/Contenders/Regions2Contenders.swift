import BatonCore
import Twin

extension Regions2.Event {
  static func all(_ sequence: EventSequence) -> [Self] {
    let make: [(UInt32) -> Self] = [Self.left, Self.right, Self.both, Self.mark]
    return sequence.items.map { make[$0.kind]($0.weight) }
  }
}

extension Regions2.Memory {
  func counters(_ isLeftB: Bool, _ isRightB: Bool) -> [UInt64] {
    [weight, isLeftB ? 1 : 0, isRightB ? 1 : 0] + [lefts, rights, marks].map(UInt64.init)
  }
}

/// `Regions2` on BatonCore's machine, whose interpreter runs it.
final class Regions2Table: Contender {
  private var machine: Machine<Regions2>
  private var outbox = Outbox<Regions2>()
  private let events: [Regions2.Event]

  init(_ sequence: EventSequence, observer: (any Observer)? = nil) {
    machine = Machine(.trusted(), memory: .init(), observer: observer)
    events = Regions2.Event.all(sequence)
    precondition((try? machine.start(at: 0, into: &outbox)) != nil)
  }

  var counters: [UInt64] {
    machine.memory.counters(machine.isActive(.leftB), machine.isActive(.rightB))
  }

  func drive(_ part: Range<Int>) { Self.loop(&machine, &outbox, events, part) }

  private static func loop(
    _ machine: inout Machine<Regions2>, _ outbox: inout Outbox<Regions2>,
    _ events: [Regions2.Event], _ part: Range<Int>
  ) {
    for index in part {
      do {
        try machine.send(events[index], at: UInt64(index), into: &outbox)
      } catch { fatalError("\(error)") }
      outbox.reset()
    }
  }
}

/// `Regions2` as two variables and a switch.
final class Regions2Written: Contender {
  private var machine = Regions2Switch()
  private let events: [Regions2.Event]

  init(_ sequence: EventSequence) { events = Regions2.Event.all(sequence) }

  var counters: [UInt64] { machine.memory.counters(machine.isLeftB, machine.isRightB) }

  func drive(_ part: Range<Int>) { Self.loop(&machine, events, part) }

  private static func loop(
    _ machine: inout Regions2Switch, _ events: [Regions2.Event], _ part: Range<Int>
  ) {
    for index in part { machine.send(events[index]) }
  }
}

/// `Regions2` in C: a table for each region.
@safe
final class Regions2Twin: Contender {
  private var machine = regions2_machine()
  private let events: [twin_event]

  init(_ sequence: EventSequence) {
    events = sequence.items.map { twin_event(weight: $0.weight, kind: UInt8($0.kind)) }
    // Safe: the pointer is good for the length of the call.
    unsafe regions2_start(&machine)
  }

  var counters: [UInt64] {
    let memory = machine.memory
    return [memory.weight, UInt64(machine.leaves.0), UInt64(machine.leaves.1)]
      + [memory.lefts, memory.rights, memory.marks].map(UInt64.init)
  }

  func drive(_ part: Range<Int>) {
    // Safe: the part lies within the events, and the pointers are good for the length of the call.
    unsafe events[part].withUnsafeBufferPointer { part in
      unsafe regions2_drive(&machine, part.baseAddress, part.count)
    }
  }
}

/// `Regions2` on BatonCore's driver, with a clock that stands.
final class Regions2Driver: Driver<Regions2>, Contender {
  private let events: [Regions2.Event]

  init(_ sequence: EventSequence) {
    events = Regions2.Event.all(sequence)
    let loop = VirtualLoop(kernel: Kernel())
    super.init(loop, .trusted(), memory: .init(), number: 0, observer: nil)
    start()
  }

  var counters: [UInt64] {
    let active = Set(configuration)
    return memory.counters(active.contains(.leftB), active.contains(.rightB))
  }

  func drive(_ part: Range<Int>) { for index in part { send(events[index]) } }
}
