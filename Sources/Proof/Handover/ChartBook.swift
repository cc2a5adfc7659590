import BatonCore
import BatonTesting

/// The snapshots of one chart that were met, numbered, and its steps between them, kept: so that a
/// chart is a small number in the state of a model, and its code runs once for each step.
///
/// The clock stands still, and every running delay may run out at any time.
final class ChartBook<C: PlayedChart> {
  struct Step {
    /// The snapshot that it leads to.
    let number: UInt16
    /// In the order in which the driver performs them.
    let effects: [C.Effect]
    let note: StepNote
    /// The property that this step breaks by itself, wherever it is made.
    let broken: HandoverProperty?
  }

  /// The table, a mutant's perhaps.
  let table: Table<C>
  private(set) var snapshots: [Snapshot<C>] = []
  private var numbers: [Snapshot<C>: UInt16] = [:]
  /// What each event does in each snapshot: first the snapshot's number, then the event's slot.
  private var steps: [[Step?]] = []
  /// The slot of each code, which is its place in the order of first use, and 1: codes are sparse.
  private var slots = [UInt8](repeating: 0, count: 256)
  private var slotCount: UInt8 = 0
  /// Makes memories equal that differ in nothing that matters.
  private let normalise: (C.Memory) -> C.Memory
  /// Everything that any step did, for a comparison with another book.
  private(set) var digest = Hasher()
  /// The transitions that were taken, in document order, and the guards' outcomes.
  private(set) var coverage: ChartCoverage<C>
  private let observer = CoverageObserver()

  init(_ table: Table<C>, normalise: @escaping (C.Memory) -> C.Memory = { $0 }) {
    self.table = table
    self.normalise = normalise
    coverage = ChartCoverage(table)
  }

  func state(_ number: UInt16) -> C.State { snapshots[Int(number)].state }

  func memory(_ number: UInt16) -> C.Memory { snapshots[Int(number)].memory }

  func waits(_ number: UInt16) -> Bool { snapshots[Int(number)].deadlines.next != nil }

  /// The number of a machine's snapshot.
  func number(_ machine: borrowing Machine<C>) -> UInt16 {
    let found = machine.snapshot
    let plain = found.normalised(memory: normalise(found.memory), due: Self.due)
    if let number = numbers[plain] { return number }
    let number = UInt16(snapshots.count)
    snapshots.append(plain)
    numbers[plain] = number
    steps.append(Array(repeating: nil, count: Self.slotsMax))
    digest.combine(plain)
    return number
  }

  /// What the chart does when it is told this: looked up, once it was told it in this snapshot.
  func step(_ number: UInt16, _ told: Told<C>) -> Step {
    let slot = slot(told)
    if let step = steps[Int(number)][slot] { return step }
    let step = made(number, told)
    steps[Int(number)][slot] = step
    return step
  }

  private func slot(_ told: Told<C>) -> Int {
    let place = Int(told.code)
    if slots[place] == 0 {
      slotCount += 1
      slots[place] = slotCount
    }
    return Int(slots[place]) - 1
  }

  private func made(_ number: UInt16, _ told: Told<C>) -> Step {
    var machine = Machine(table, memory: memory(number), observer: observer)
    machine.snapshot = snapshots[Int(number)]
    observer.records = []
    var outbox = Outbox<C>()
    var outcome = Outcome.taken
    var isSound = true
    do throws(MachineError) {
      if let event = told.event {
        outcome = try machine.send(event, at: 0, into: &outbox)
      } else {
        _ = try machine.fire(at: Self.due, into: &outbox)
      }
    } catch {
      // An endless macrostep, or too many effects: what no chart may do.
      isSound = false
    }
    let after = isSound ? self.number(machine) : number
    let effects = (0..<outbox.count).map { [outbox] in outbox[$0] }
    let step = ChartStep(
      before: snapshots[Int(number)], told: told, outcome: outcome, after: snapshots[Int(after)],
      delays: machine.snapshot.deadlines.running.map { $0 == Self.due ? .kept : .begun($0) })
    digest(number, told, outcome, after, effects)
    return Step(
      number: after, effects: effects, note: C.note(step),
      broken: isSound && outcome != .unexpected
        ? Self.isDoubled(effects) ? .once : C.rule(step, effects) : .expected)
  }

  /// Whether the driver is asked for the same thing twice.
  private static func isDoubled(_ effects: [C.Effect]) -> Bool {
    Set(effects.map { String(describing: $0) }).count < effects.count
  }

  /// A fault hits a machine in this snapshot.
  func note(fault: String, _ number: UInt16) { coverage.add(fault: fault, in: state(number)) }

  private func digest(
    _ number: UInt16, _ told: Told<C>, _ outcome: Outcome, _ after: UInt16, _ effects: [C.Effect]
  ) {
    for record in observer.records { coverage.add(record) }
    digest.combine(number)
    digest.combine(told)
    digest.combine(after)
    digest.combine(outcome)
    for effect in effects { digest.combine(String(describing: effect)) }
  }

  /// The most codes that one chart is told.
  private static var slotsMax: Int { 64 }
  /// When every delay of a snapshot that is kept is due: as none is that begins at zero.
  private static var due: UInt64 { 1 }
}

@available(*, unavailable)
extension ChartBook: Sendable {}
