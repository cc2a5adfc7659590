import BatonCore
import BatonTesting

/// The snapshots of one chart that were met, numbered, and its steps between them, kept: so that a
/// chart is a small number in the state of a model, and its code runs once for each step.
///
/// The clock stands still, and every running delay may run out at any time.
final class ChartBook<C: Chart> {
  struct Step {
    let number: UInt16
    let outcome: Outcome
    let effects: [C.Effect]
    /// The chart did what no chart may: an endless macrostep, or too many effects.
    let error: MachineError?
    /// The property that this step breaks by itself, wherever it is made.
    var broken: HandoverProperty?
  }

  /// Looks at a step when it is made for the first time: the snapshot before, the code of what
  /// came, the step, and the snapshot after.
  typealias Rule = (Snapshot<C>, UInt8, Step, Snapshot<C>) -> HandoverProperty?

  private let rule: Rule
  /// The table, a mutant's perhaps.
  let table: Table<C>
  private(set) var snapshots: [Snapshot<C>] = []
  private var numbers: [Snapshot<C>: UInt16] = [:]
  /// By snapshot and code.
  private var steps: [[Step?]] = []
  /// Makes memories equal that differ in nothing that matters.
  private let normalise: (C.Memory) -> C.Memory
  /// Everything that any step did, for a comparison with another book.
  private(set) var digest = Hasher()
  /// The transitions that were taken, in document order, and the guards' outcomes.
  private(set) var coverage: ChartCoverage<C>
  private let observer = CoverageObserver()

  init(
    _ table: Table<C>, normalise: @escaping (C.Memory) -> C.Memory = { $0 },
    rule: @escaping Rule = { _, _, _, _ in nil }
  ) {
    self.table = table
    self.rule = rule
    self.normalise = normalise
    coverage = ChartCoverage(table)
  }

  func state(_ number: UInt16) -> C.State { snapshots[Int(number)].state }

  func memory(_ number: UInt16) -> C.Memory { snapshots[Int(number)].memory }

  func waits(_ number: UInt16) -> Bool { snapshots[Int(number)].deadlines.next != nil }

  /// The number of a machine's snapshot.
  func number(_ machine: borrowing Machine<C>) -> UInt16 {
    let found = machine.snapshot
    let plain = found.normalised(memory: normalise(found.memory), due: Self.patience)
    if let number = numbers[plain] { return number }
    let number = UInt16(snapshots.count)
    snapshots.append(plain)
    numbers[plain] = number
    steps.append(Array(repeating: nil, count: 64))
    digest.combine(plain)
    return number
  }

  /// The step with this event, or with the delay that is due when it is nil; codes are below 64.
  func step(_ number: UInt16, _ event: C.Event?, code: UInt8) -> Step {
    if let step = steps[Int(number)][Int(code)] { return step }
    var machine = Machine(table, memory: memory(number), observer: observer)
    machine.snapshot = snapshots[Int(number)]
    observer.records = []
    var outbox = Outbox<C>()
    var outcome = Outcome.taken
    var failure: MachineError?
    do throws(MachineError) {
      if let event {
        outcome = try machine.send(event, at: 0, into: &outbox)
      } else {
        _ = try machine.fire(at: machine.deadline ?? 0, into: &outbox)
      }
    } catch {
      failure = error
    }
    var step = Step(
      number: failure == nil ? self.number(machine) : number, outcome: outcome,
      effects: (0..<outbox.count).map { [outbox] in outbox[$0] }, error: failure)
    step.broken =
      Self.isDoubled(step.effects)
      ? .once : rule(snapshots[Int(number)], code, step, snapshots[Int(step.number)])
    steps[Int(number)][Int(code)] = step
    note(number, code, step)
    return step
  }

  /// Whether the driver is asked for the same thing twice.
  private static func isDoubled(_ effects: [C.Effect]) -> Bool {
    Set(effects.map { String(describing: $0) }).count < effects.count
  }

  /// A fault hits a machine in this snapshot.
  func note(fault: String, _ number: UInt16) { coverage.add(fault: fault, in: state(number)) }

  private func note(_ number: UInt16, _ code: UInt8, _ step: Step) {
    for record in observer.records { coverage.add(record) }
    digest.combine(number)
    digest.combine(code)
    digest.combine(step.number)
    digest.combine(step.outcome)
    for effect in step.effects { digest.combine(String(describing: effect)) }
  }

  private static var patience: UInt64 { 1_000_000 }
}

@available(*, unavailable)
extension ChartBook: Sendable {}
