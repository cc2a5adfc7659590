public import BatonCore

/// What an object does when one operation comes after the other: what its concurrent histories are
/// compared with.
public protocol SequentialModel {
  /// What the object remembers between operations.
  associatedtype State: Hashable
  /// What it is asked for.
  associatedtype Input
  /// What it answers to that.
  associatedtype Output

  /// What it remembers at first.
  var initial: State { get }

  /// What it may remember after an operation.
  ///
  /// - Parameters:
  ///   - input: What it is asked for.
  ///   - state: What it remembers.
  ///   - output: What it answered; nil when no answer was seen, and any may have been.
  /// - Returns: All possibilities; none when it cannot have answered so.
  func states(after input: Input, in state: State, answering output: Output?) -> [State]
}

/// A chart as an object: an operation is an event, and what it answers is made of what the chart
/// does with it. A delay that runs may run out before any event.
public struct ChartObject<C: Chart, Output: Equatable>: SequentialModel {
  private let table: Table<C>
  private let memory: C.Memory
  private let answer: (Outcome, [C.Effect], Snapshot<C>) -> Output

  /// A chart that answers.
  ///
  /// - Parameters:
  ///   - chart: The chart.
  ///   - memory: The extended state with which it begins.
  ///   - answer: What a client hears of an event, by its outcome, the effects that were asked for
  ///     in their order, and the state afterwards.
  public init(
    _ chart: C.Type = C.self, memory: C.Memory,
    answer: @escaping (Outcome, [C.Effect], Snapshot<C>) -> Output
  ) {
    table = Table<C>.trusted()
    self.memory = memory
    self.answer = answer
  }

  /// The chart has been started; a chart that cannot start answers nothing.
  public var initial: Snapshot<C> {
    var machine = Machine(table, memory: memory)
    var outbox = Outbox<C>()
    try? machine.start(at: 0, into: &outbox)
    return plain(machine.snapshot)
  }

  /// What the chart may have come to: at once, or once some delays have run out.
  public func states(
    after input: C.Event, in state: Snapshot<C>, answering output: Output?
  ) -> [Snapshot<C>] {
    var found: [Snapshot<C>] = []
    for before in waited(state) {
      var machine = Machine(table, memory: before.memory)
      machine.snapshot = before
      var outbox = Outbox<C>()
      guard let outcome = try? machine.send(input, at: 0, into: &outbox) else { continue }
      let after = plain(machine.snapshot)
      let effects = (0..<outbox.count).map { [outbox] in outbox[$0] }
      guard output == nil || output == answer(outcome, effects, after), !found.contains(after)
      else { continue }
      found.append(after)
    }
    return found
  }

  /// The most states that a chart comes to by delays alone, between two events.
  private static var statesMax: Int { 256 }

  /// The state, and all that it comes to when delays run out, and what was sent comes, in any
  /// order.
  private func waited(_ state: Snapshot<C>) -> [Snapshot<C>] {
    var states = [state]
    var place = 0
    while place < states.count, states.count < Self.statesMax {  // Ends at the limit at last.
      for snapshot in states[place].eachDueFirst {
        var machine = Machine(table, memory: snapshot.memory)
        machine.snapshot = snapshot
        var outbox = Outbox<C>()
        guard (try? machine.fire(at: 0, into: &outbox)) == true else { continue }
        let next = plain(machine.snapshot)
        if !states.contains(next) { states.append(next) }
      }
      place += 1
    }
    return states
  }

  /// Equal for states that differ in nothing but how long delays have run.
  private func plain(_ snapshot: Snapshot<C>) -> Snapshot<C> {
    snapshot.normalised(memory: snapshot.memory, due: 1_000_000)
  }
}
