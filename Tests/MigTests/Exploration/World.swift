@testable import BatonCore
@testable import BatonMig

/// Two charts, the channel between them and the ownership word, as one small value.
///
/// A chart's snapshot is a number of its `Book`. What a driver has still to do stands in queues,
/// so that the other side, a crash or a cancel may come between any two of its steps.
struct World: Hashable {
  /// Up to eight small numbers in order.
  struct Queue: Hashable {
    private var bits: UInt64 = 0

    var isEmpty: Bool { bits == 0 }
    var first: UInt8 { UInt8(truncatingIfNeeded: bits) }

    /// Zero cannot be pushed.
    mutating func push(_ code: UInt8) {
      precondition(code != 0 && bits >> 56 == 0, "the queue is full")
      var shift: UInt64 = 0
      while bits >> shift != 0 { shift += 8 }
      bits |= UInt64(code) << shift
    }

    mutating func popFirst() -> UInt8 {
      defer { bits >>= 8 }
      return first
    }
  }

  struct Side: Hashable {
    /// The chart's snapshot, as a number of its book.
    var chart: UInt16
    /// Effects that are still to be performed.
    var work = Queue()
    /// Outcomes that wait for the effects before them.
    var events = Queue()
    /// What the other side sent and this one has not read.
    var inbox = Queue()
    var flags: Flags = [.alive, .device]
  }

  struct Flags: OptionSet, Hashable {
    let rawValue: UInt16

    static let alive = Flags(rawValue: 1)
    /// Takes no step any more, and does not die by itself.
    static let hung = Flags(rawValue: 2)
    /// The process was killed and has not died yet.
    static let killed = Flags(rawValue: 4)
    /// Has this end of the channel open.
    static let open = Flags(rawValue: 8)
    /// Has been told that the other process died.
    static let told = Flags(rawValue: 16)
    /// The guest runs here.
    static let guest = Flags(rawValue: 32)
    /// Touches the device.
    static let device = Flags(rawValue: 64)
    /// Has run the guest after it was stopped.
    static let ran = Flags(rawValue: 128)
    /// The end of the copy is on its way (source), or somebody connects (target).
    static let timer = Flags(rawValue: 256)
    /// The saved state waits for room in the socket.
    static let draining = Flags(rawValue: 512)
    /// The user has cancelled here.
    static let cancelled = Flags(rawValue: 1024)
    /// That came before the guest was taken.
    static let inTime = Flags(rawValue: 2048)
    /// Did not want the guest: could not load or apply it, or its user did not.
    static let refused = Flags(rawValue: 4096)
  }

  var source: Side
  var target: Side
  /// Nil until the source made the word.
  var word: Ownership?

  /// Writes `to` if the word says `from`; what it says then.
  mutating func swap(_ from: Ownership, _ to: Ownership) -> Ownership? {
    if word == from { word = to }
    return word
  }
}

/// What travels on the channel, both ways; the end of the stream comes last.
enum Letter: UInt8 {
  case connect = 1
  case hello, offer, state, doorbell, cancel, bye
  case answers, running, failed
  case end
}

/// The snapshots of one chart that were met, numbered, and its steps between them, kept.
final class Book<C: Chart> {
  struct Key: Hashable {
    let snapshot: UInt16
    let code: UInt8
  }

  struct Step {
    let snapshot: UInt16
    let outcome: Outcome
    let effects: [C.Effect]
  }

  private(set) var snapshots: [Snapshot<C>] = []
  private var numbers: [Snapshot<C>: UInt16] = [:]
  private var steps: [Key: Step] = [:]
  private let table: Table<C>
  /// Makes memories equal that differ in nothing that matters.
  private let normalise: (C.Memory) -> C.Memory

  init(_ table: Table<C>, normalise: @escaping (C.Memory) -> C.Memory) {
    self.table = table
    self.normalise = normalise
  }

  func state(_ number: UInt16) -> C.State { snapshots[Int(number)].state }

  func memory(_ number: UInt16) -> C.Memory { snapshots[Int(number)].memory }

  func waits(_ number: UInt16) -> Bool { snapshots[Int(number)].deadlines.next != nil }

  func number(_ snapshot: Snapshot<C>) -> UInt16 {
    let plain = Snapshot<C>(
      state: snapshot.state, memory: normalise(snapshot.memory), deadlines: snapshot.deadlines)
    if let number = numbers[plain] { return number }
    let number = UInt16(snapshots.count)
    snapshots.append(plain)
    numbers[plain] = number
    return number
  }

  /// The step with this event, or with the delay that is due when it is nil.
  func step(_ number: UInt16, _ event: C.Event?, code: UInt8) throws -> Step {
    let key = Key(snapshot: number, code: code)
    if let step = steps[key] { return step }
    var machine = Machine(table, memory: memory(number))
    machine.snapshot = snapshots[Int(number)]
    var outbox = Outbox<C>()
    var outcome = Outcome.taken
    // The clock stands still, so that equal waits are equal snapshots.
    if let event {
      outcome = try machine.send(event, at: 0, into: &outbox)
    } else {
      let slot = machine.deadline ?? 0
      _ = try machine.fire(at: slot, into: &outbox)
    }
    var after = machine.snapshot
    if event == nil { after = try restarted(machine) }
    let step = Step(
      snapshot: self.number(after), outcome: outcome,
      effects: (0..<outbox.count).map { [outbox] in outbox[$0] })
    steps[key] = step
    return step
  }

  /// A delay that began when another ran out is counted from zero like all others.
  private func restarted(_ machine: borrowing Machine<C>) throws -> Snapshot<C> {
    let snapshot = machine.snapshot
    var deadlines = snapshot.deadlines
    for slot in deadlines.times.indices where deadlines.times[slot] != Deadlines.never {
      deadlines.times[slot] = patience
    }
    return Snapshot<C>(state: snapshot.state, memory: snapshot.memory, deadlines: deadlines)
  }

  private var patience: UInt64 { 1_000_000 }
}
