/// One running instance of a chart.
///
/// An event is handled to completion (SCXML 3.13): the first candidate whose guard holds is taken,
/// then eventless transitions and raised events, until the machine rests. Effects stand in the
/// outbox afterwards, for a driver to perform. No event allocates.
@safe
public struct Machine<C: Chart>: ~Copyable {
  @usableFromInline let table: Table<C>
  /// The table's memory, which lives as long as `table`.
  @usableFromInline let blocks: Layout.Blocks
  @usableFromInline var leaf: UInt8
  @usableFromInline var store: C.Memory
  @usableFromInline var times = Deadlines()
  /// Runs charts with regions or history; others have none, and their leaf says it all.
  @usableFromInline var interpreter: Interpreter?
  @usableFromInline let lanes: Lanes?
  /// The lanes' memory, which lives as long as they do.
  @usableFromInline let frame: Lanes.Frame?
  /// How many leaves are active; only with regions.
  @usableFromInline var leafCount = 0
  /// The lanes' leaves have moved on, and the interpreter has not been told.
  @usableFromInline var isAhead = false
  /// Made when the first event is deferred or sent.
  @usableFromInline var pool: EventPool<C>?
  /// Whether there is an interpreter, beside the leaf, so that an event need not go and look.
  @usableFromInline let hasRegions: Bool
  /// Whether the chart has delays, beside the table, for the same reason.
  @usableFromInline let hasDelays: Bool
  /// True once there is a pool, beside it, so that an event need not go and look.
  @usableFromInline var hasPool = false
  /// The number under which records speak of this machine.
  @usableFromInline let number: UInt16
  @usableFromInline let observer: (any Observer)?

  /// A machine that has not started: no entry action ran.
  ///
  /// - Parameters:
  ///   - table: The chart's table, made once and shared by all machines of the chart.
  ///   - memory: The extended state to begin with.
  ///   - number: How records name this machine; the owner keeps it unique in its trace.
  ///   - observer: Sees every microstep.
  public init(
    _ table: Table<C>, memory: C.Memory, number: UInt16 = 0, observer: (any Observer)? = nil
  ) {
    self.table = table
    // Safe: the pointers are the table's, and this machine keeps the table.
    unsafe blocks = table.blocks
    store = memory
    self.number = number
    self.observer = observer
    leaf = table.initialLeaf
    hasRegions = table.regions != nil
    hasDelays = !table.slots.isEmpty
    interpreter = table.regions.map { Interpreter($0.structure) }
    lanes = table.regions.map { Lanes($0.structure) }
    frame = lanes?.frame
  }

  /// The active leaf; with regions the first one in document order.
  @inlinable public var state: C.State { C.State(rawValue: leaf)! }

  /// The extended state; only actions change it.
  @inlinable public var memory: C.Memory { store }

  /// When the first running delay is due, in nanoseconds of the loop's clock.
  @inlinable public var deadline: UInt64? {
    let first = hasDelays ? times.next : nil
    guard hasPool, let sent = pool?.earliest else { return first }
    return first.map { min($0, sent) } ?? sent
  }

  /// Enters the initial states and comes to rest.
  public mutating func start(
    at now: UInt64, into outbox: inout Outbox<C>
  ) throws(MachineError) {
    if table.regions != nil {
      interpreter?.begin()
      takeSteps(nil, now, &outbox)
      readLeaves()
    } else {
      let operations = table.initialOperations
      perform(operations.start, operations.count, nil, now, &outbox)
    }
    try complete(nil, now, &outbox)
  }

  /// Handles one external event to completion.
  ///
  /// - Parameters:
  ///   - event: The event with its payload; guards and actions see it.
  ///   - now: The loop's clock in nanoseconds; delays of entered states count from here.
  ///   - outbox: Gets the effects behind those that it holds.
  /// - Throws: Our own fault in the chart; the machine rests in the leaf reached so far.
  @inlinable @discardableResult
  public mutating func send(
    _ event: C.Event, at now: UInt64, into outbox: inout Outbox<C>
  ) throws(MachineError) -> Outcome {
    let (outcome, isRestless) = step(Int(event.kind.rawValue), event, now, &outbox)
    if outcome == .taken {
      if isRestless || outbox.isUnsettled { try complete(event, now, &outbox) }
      if hasPool { try recall(now, &outbox) }
    } else if outcome == .deferred {
      try keep(event)
    }
    return outcome
  }

  /// Handles the delay that is due first, if one is.
  ///
  /// - Returns: False when none is due at `now`; call again until then.
  public mutating func fire(
    at now: UInt64, into outbox: inout Outbox<C>
  ) throws(MachineError) -> Bool {
    let slot = times.due(at: now)
    if let sent = pool?.sent.first, sent.due <= now,
      slot.map({ sent.due < times.times[$0] }) ?? true
    {
      pool?.sent.removeFirst()
      try send(sent.event, at: now, into: &outbox)
      return true
    }
    guard let slot else { return false }
    times.times[slot] = Deadlines.never
    if microstep(table.delayColumn + slot, nil, now, &outbox) == .taken {
      try complete(nil, now, &outbox)
      if hasPool { try recall(now, &outbox) }
    }
    return true
  }

  /// Eventless transitions first, then raised events, until nothing is left (SCXML 3.13).
  ///
  /// Out of the way of `send`, because most events leave nothing to do.
  @inlinable @inline(never)
  mutating func complete(
    _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>
  ) throws(MachineError) {
    var steps = 1
    while true {  // Ends when the machine rests or the limit is reached.
      if outbox.isOverfull { throw .overfullOutbox }
      guard steps <= Limits.microsteps else { throw .endlessMacrostep }
      if hasEventless, microstep(table.eventlessColumn, event, now, &outbox) == .taken {
        steps += 1
        continue
      }
      guard outbox.raisedCount > 0 else {
        if !outbox.orders.isEmpty { try follow(now, &outbox) }
        return
      }
      steps += 1
      switch outbox.pop() {
      case .nothing: break
      case .event(let raised):
        if microstep(Int(raised.kind.rawValue), raised, now, &outbox) == .deferred {
          try keep(raised)
        }
      case .done(let state, let result):
        _ = microstep(table.doneColumn + Int(state), result, now, &outbox)
      }
    }
  }

  @inlinable var hasEventless: Bool {
    if let regions = table.regions { return regions.hasEventless }
    // Safe: `leaf` is a state and the column one of the table's.
    return unsafe blocks.rows[Int(leaf) * blocks.columns + table.eventlessColumn].count > 0
  }

  /// `step` for the triggers that are no external event.
  @inlinable @inline(never)
  mutating func microstep(
    _ column: Int, _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>
  ) -> Outcome { step(column, event, now, &outbox).outcome }

  /// One microstep: the first candidate of the row whose guard holds.
  @inlinable @inline(__always)
  mutating func step(
    _ column: Int, _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>
  ) -> (outcome: Outcome, isRestless: Bool) {
    if hasRegions { return (regionStep(column, event, now, &outbox), hasEventless) }
    return flatStep(column, event, now, &outbox)
  }

  /// The same for a chart without regions.
  @inlinable @inline(__always)
  mutating func flatStep(
    _ column: Int, _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>
  ) -> (outcome: Outcome, isRestless: Bool) {
    var asked: UInt64 = 0
    var held: UInt64 = 0
    // Safe: `leaf` is a state, `column` one of the table's, and rows point into `candidates`.
    let row = unsafe blocks.rows + (Int(leaf) &* blocks.columns &+ column)
    var candidate = unsafe blocks.candidates + Int(row.pointee.start)
    let end = unsafe candidate + Int(row.pointee.count)
    while unsafe candidate < end {
      // Safe: `candidate` stays inside the row.
      let `guard` = unsafe candidate.pointee.guard
      if `guard` != Layout.Candidate.unguarded {
        let holds = C.check(C.Guard(rawValue: `guard`)!, store, event)
        asked |= 1 &<< UInt64(`guard`)
        held |= (holds ? 1 : 0) &<< UInt64(`guard`)
        // Safe: the loop ends before `candidate` leaves the row.
        guard unsafe holds == candidate.pointee.expected else {
          unsafe candidate += 1
          continue
        }
      }
      let from = leaf
      let before = outbox.count
      // Safe: the candidate lies in the row, and the table outlives the machine.
      unsafe perform(
        candidate.pointee.operationStart, candidate.pointee.operationCount, event, now, &outbox)
      unsafe leaf = UInt8(truncatingIfNeeded: candidate.pointee.leaf)
      if observer != nil {
        // Safe: `perform` changes no candidate, so this is the one that was taken.
        unsafe report(candidate.pointee, column, event, from, before, (asked, held), now, outbox)
      }
      // Safe: nothing above moved `candidate` out of its row.
      return unsafe (candidate.pointee.verdict, candidate.pointee.traits.contains(.restless))
    }
    if observer != nil, column < table.eventlessColumn || asked != 0 {
      reportUntaken(column, event, (asked, held), now)
    }
    return (.unexpected, false)
  }

  @inlinable @inline(__always)
  mutating func perform(
    _ start: UInt32, _ count: UInt16, _ event: C.Event?, _ now: UInt64,
    _ outbox: inout Outbox<C>
  ) {
    // Safe: the table's candidates point into its operations.
    var next = unsafe blocks.operations + Int(start)
    let end = unsafe next + Int(count)
    while unsafe next < end {
      // Safe: `next` stays below `end`.
      let operation = unsafe next.pointee
      unsafe next += 1
      switch operation.code {
      case .run:
        C.run(C.Action(rawValue: operation.argument)!, &store, event, &outbox)
        if outbox.hasFailed {
          outbox.hasFailed = false
          // Safe: the block ends before `end`.
          unsafe next += Int(operation.rest)
        }
      case .start:
        let delay = C.Delay(rawValue: table.slots[Int(operation.argument)])!
        times.times[Int(operation.argument)] = now &+ C.nanoseconds(delay, store)
      case .cancel: times.times[Int(operation.argument)] = Deadlines.never
      case .done: outbox.pushDone(operation.argument)
      }
    }
  }
}

@available(*, unavailable)
extension Machine: Sendable {}
