import BatonCore

/// A chart with one state that runs another chart, which never ends.
enum Frame: Chart {
  enum State: UInt8, Symbol { case run, rest }
  enum Event: UInt8, Symbol, Message { case stop, go }
  struct Memory: Hashable {}

  static var name: StaticString { "Frame" }

  static var definition: Definition<Self> {
    chart(initial: .run) {
      state(.run) {
        on(.stop, to: .rest)
        ignore(.go)
      }
      state(.rest) {
        on(.go, to: .run)
        ignore(.stop)
      }
    }
  }
}

/// A chart whose memory can begin by itself.
protocol Framed: Chart {
  static var blank: Memory { get }
  static func events(_ sequence: EventSequence) -> [Event]
  /// What an effect counts for, among the counters.
  static func weight(_ effect: Effect) -> UInt64
  static func counters(
    _ memory: Memory, _ leaf: UInt8, _ effects: UInt64, _ isActive: (State) -> Bool
  ) -> [UInt64]
}

enum Framing<Inner: Framed>: Invocation {
  typealias Parent = Frame
  typealias Child = Inner

  static var state: Frame.State { .run }

  static func begin(_ parent: Frame.Memory, _ event: Frame.Event?) -> Inner.Memory { Inner.blank }
}

/// A chart on BatonCore's machine, inside a state of another. No class: of a generic one the
/// compiler makes no code for each chart.
struct Invoked<Inner: Framed>: ~Copyable {
  private var machine: Machine<Invoking<Framing<Inner>>>
  private var outbox = Outbox<Invoking<Framing<Inner>>>()
  private let events: [Invoking<Framing<Inner>>.Event]
  private var effects: UInt64 = 0

  init(_ sequence: EventSequence) {
    machine = Machine(.trusted(), memory: .init(Frame.Memory()))
    events = Inner.events(sequence).map { .child($0) }
    precondition((try? machine.start(at: 0, into: &outbox)) != nil)
  }

  var counters: [UInt64] {
    let configuration = machine.configuration
    guard let memory = machine.memory.child, case .child(let leaf)? = configuration.last?.part
    else { return [] }
    return Inner.counters(memory, UInt8(leaf.rawValue), effects) {
      configuration.contains(.child($0))
    }
  }

  mutating func drive(_ part: Range<Int>) {
    for index in part {
      Self.send(&machine, events[index], UInt64(index), &outbox)
      for position in 0..<outbox.count {
        if case .child(let effect) = outbox.effect(at: position) {
          effects &+= Inner.weight(effect)
        }
      }
      outbox.reset()
    }
  }

  /// At least one call for each event, as in the other implementations.
  @inline(never)
  private static func send(
    _ machine: inout Machine<Invoking<Framing<Inner>>>, _ event: Invoking<Framing<Inner>>.Event,
    _ now: UInt64, _ outbox: inout Outbox<Invoking<Framing<Inner>>>
  ) {
    do { try machine.send(event, at: now, into: &outbox) } catch { fatalError("\(error)") }
  }
}

final class Flat4Invoked: Contender {
  private var work: Invoked<Flat4>
  init(_ sequence: EventSequence) { work = Invoked(sequence) }
  var counters: [UInt64] { work.counters }
  func drive(_ part: Range<Int>) { work.drive(part) }
}

final class Hier3Invoked: Contender {
  private var work: Invoked<Hier3>
  init(_ sequence: EventSequence) { work = Invoked(sequence) }
  var counters: [UInt64] { work.counters }
  func drive(_ part: Range<Int>) { work.drive(part) }
}

final class Regions2Invoked: Contender {
  private var work: Invoked<Regions2>
  init(_ sequence: EventSequence) { work = Invoked(sequence) }
  var counters: [UInt64] { work.counters }
  func drive(_ part: Range<Int>) { work.drive(part) }
}

extension Flat4: Framed {
  static var blank: Memory { Memory() }
  static func events(_ sequence: EventSequence) -> [Event] { Event.all(sequence) }
  static func weight(_ effect: Effect) -> UInt64 { 0 }
  static func counters(
    _ memory: Memory, _ leaf: UInt8, _ effects: UInt64, _ isActive: (State) -> Bool
  ) -> [UInt64] { memory.counters(leaf) }
}

extension Hier3: Framed {
  static var blank: Memory { Memory() }
  static func events(_ sequence: EventSequence) -> [Event] { Event.all(sequence) }
  static func weight(_ effect: Effect) -> UInt64 { UInt64(effect.weight) }
  static func counters(
    _ memory: Memory, _ leaf: UInt8, _ effects: UInt64, _ isActive: (State) -> Bool
  ) -> [UInt64] { memory.counters(leaf, effects) }
}

extension Regions2: Framed {
  static var blank: Memory { Memory() }
  static func events(_ sequence: EventSequence) -> [Event] { Event.all(sequence) }
  static func weight(_ effect: Effect) -> UInt64 { 0 }
  static func counters(
    _ memory: Memory, _ leaf: UInt8, _ effects: UInt64, _ isActive: (State) -> Bool
  ) -> [UInt64] { memory.counters(isActive(.leftB), isActive(.rightB)) }
}
