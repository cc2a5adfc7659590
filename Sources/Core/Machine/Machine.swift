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
  @usableFromInline var leaf: UInt16
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
  /// Whether there are neither regions nor an observer nor unusual symbols nor combined guards nor
  /// very many rows, and no event waits: nothing that an event need look at.
  @usableFromInline var isPlain: Bool
  /// Whether there are regions, and eventless transitions in one of them.
  @usableFromInline let isNeverQuiet: Bool
  /// As `isPlain`, with regions.
  @usableFromInline let isLaned: Bool
  /// Whether guards and actions lie in memory as their numbers and none are combined, beside the
  /// table.
  @usableFromInline let isDirect: Bool
  /// Whether the chart has delays, beside the table, for the same reason.
  @usableFromInline package let hasDelays: Bool
  /// True once there is a pool, beside it, so that an event need not go and look.
  @usableFromInline package var hasPool = false
  /// The number under which records speak of this machine.
  @usableFromInline let number: UInt16
  @usableFromInline let observer: (any Observer)?
  /// Last, so that all else lies in the same places in the machines of all charts: what does not
  /// use it is compiled to the same code.
  @usableFromInline var store: C.Memory

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
    isDirect = table.isDirect
    isNeverQuiet = table.regions?.hasEventless ?? false
    isPlain = table.regions == nil && observer == nil && table.isDirect && table.isDense
    isLaned = table.regions != nil && observer == nil && table.isDirect && table.isDense
    hasDelays = !table.slots.isEmpty
    interpreter = table.regions.map { Interpreter($0.structure) }
    lanes = table.regions.map { Lanes($0.structure) }
    frame = lanes?.frame
  }

  /// The active leaf; with regions the first one in document order.
  @inlinable public var state: C.State { C.State(code: leaf)! }

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
      // Safe: they lie among the table's operations.
      let first = unsafe blocks.operations + Int(operations.start)
      unsafe performApart(first, operations.count, nil, now, &outbox)
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
  @inlinable @inline(__always) @discardableResult
  public mutating func send(
    _ event: C.Event, at now: UInt64, into outbox: inout Outbox<C>
  ) throws(MachineError) -> Outcome {
    guard isPlain else {
      return try isLaned ? sendInLanes(event, now, &outbox) : sendAside(event, now, &outbox)
    }
    // Safe: each leaf has a row in every column of a dense table, and a row points to a candidate.
    let row = unsafe blocks.denseRow(Int(leaf), event.kind.index)
    var candidate = unsafe row.pointee.first
    // Ends: so does a row, with a candidate that asks nothing.
    while unsafe candidate.pointee.guard != Layout.Candidate.unguarded,
      unsafe C.check(Layout.symbol(UInt16(candidate.pointee.guard), true), store, event)
        != candidate.pointee.expected
    {
      // Safe: the loop ends before `candidate` leaves the row.
      unsafe candidate += 1
    }
    // Safe: as above; nothing below changes the table.
    guard unsafe candidate.pointee.traits.contains(.running) else {
      // Safe: as above.
      if unsafe candidate.pointee.verdict == .unexpected { return .unexpected }
      return try unsafe sendOn(candidate, event, now, &outbox)
    }
    // Safe: as above. No action sees the leaf.
    unsafe leaf = candidate.pointee.leaf
    var next = unsafe candidate.pointee.operations
    while true {  // Ends with the candidate's last action.
      // Safe: the candidate's operations are actions up to the last one.
      unsafe C.run(Layout.symbol(next.pointee.argument, true), &store, event, &outbox)
      guard !outbox.isUnsettled else {
        // Safe: as above.
        return try unsafe sendRest(candidate, behind: next, event, now, &outbox)
      }
      guard unsafe next.pointee.code != .last else { return .taken }
      // Safe: as above.
      unsafe next += 1
    }
  }

  /// The rest of `send` when an action has raised, sent or failed: what stands behind it, and what
  /// follows from it.
  @inlinable @inline(never)
  mutating func sendRest(
    _ taken: UnsafeMutablePointer<Layout.Candidate>,
    behind operation: UnsafeMutablePointer<Layout.Operation>, _ event: C.Event, _ now: UInt64,
    _ outbox: inout Outbox<C>
  ) throws(MachineError) -> Outcome {
    // Safe: the candidate is one of the table's, which this machine keeps.
    let it = unsafe taken.pointee
    var next = unsafe operation
    if outbox.hasFailed {
      outbox.hasFailed = false
      // Safe: the operation is one of the candidate's, and so are all of its block.
      unsafe next += Int(next.pointee.rest)
    }
    unsafe next += 1
    // Safe: as above.
    let left = unsafe it.operations + Int(it.operationCount) - next
    unsafe performDirect(next, UInt16(truncatingIfNeeded: left), event, now, &outbox)
    try settle(it.verdict, it.traits.contains(.restless), event, now, &outbox)
    return it.verdict
  }

  /// The rest of `send` when something else than actions is to be done, or nothing.
  @inlinable @inline(never)
  mutating func sendOn(
    _ taken: UnsafeMutablePointer<Layout.Candidate>, _ event: C.Event, _ now: UInt64,
    _ outbox: inout Outbox<C>
  ) throws(MachineError) -> Outcome {
    // Safe: the candidate is one of the table's, which this machine keeps.
    let it = unsafe taken.pointee
    unsafe perform(it.operations, it.operationCount, event, now, &outbox, isDirect: true)
    leaf = it.leaf
    // Safe: as above.
    return try it.traits.isEmpty && !outbox.isUnsettled && it.verdict != .refused
      ? it.verdict : unsafe settle(taken, event, now, &outbox)
  }

  /// `send` for a machine with an observer, unusual symbols, combined guards or events that wait.
  @inlinable @inline(never)
  mutating func sendAside(
    _ event: C.Event, _ now: UInt64, _ outbox: inout Outbox<C>
  ) throws(MachineError) -> Outcome {
    let column = event.kind.index
    let outcome: Outcome
    let isRestless: Bool
    if hasRegions {
      outcome = regionStep(column, event, now, &outbox)
      isRestless = isNeverQuiet
    } else {
      (outcome, isRestless) = flatStep(column, event, now, &outbox)
    }
    if isRestless || outcome == .deferred || outcome == .refused || outbox.isUnsettled || hasPool {
      try settle(outcome, isRestless, event, now, &outbox)
    }
    return outcome
  }

  /// The rest of `send` when something is left to do.
  @inlinable @inline(never)
  mutating func settle(
    _ taken: UnsafeMutablePointer<Layout.Candidate>, _ event: C.Event, _ now: UInt64,
    _ outbox: inout Outbox<C>
  ) throws(MachineError) -> Outcome {
    // Safe: the candidate is one of the table's, which this machine keeps.
    let it = unsafe taken.pointee
    try settle(it.verdict, it.traits.contains(.restless), event, now, &outbox)
    return it.verdict
  }

  /// What is left to do after an external event, if anything is.
  @inlinable @inline(never)
  mutating func settle(
    _ outcome: Outcome, _ isRestless: Bool, _ event: C.Event, _ now: UInt64,
    _ outbox: inout Outbox<C>
  ) throws(MachineError) {
    if outcome == .taken {
      if isRestless || outbox.isUnsettled { try complete(event, now, &outbox) }
      if hasPool { try recall(now, &outbox) }
    } else if outcome == .deferred {
      try keep(event)
    } else if outcome == .refused, let answer = C.answer(event, store) {
      outbox.raise(answer)
      try complete(nil, now, &outbox)
      if hasPool { try recall(now, &outbox) }
    }
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
      // Nothing is plain while events wait.
      _ = try sendAside(sent.event, now, &outbox)
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
      if outbox.isOverfull || steps > C.limits.microsteps {
        forget(&outbox)
        throw outbox.isOverfull ? .overfullOutbox : .endlessMacrostep
      }
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
        try handle(raised, now, &outbox)
      case .done(let state, let result):
        _ = microstep(table.doneColumn + Int(state), result, now, &outbox)
      }
    }
  }

  /// A raised event, which may be deferred or refused as well.
  @inlinable @inline(never)
  mutating func handle(
    _ raised: C.Event, _ now: UInt64, _ outbox: inout Outbox<C>
  ) throws(MachineError) {
    let outcome = microstep(raised.kind.index, raised, now, &outbox)
    if outcome == .deferred {
      // What is forgotten was there before.
      if !outbox.orders.isEmpty { try follow(now, &outbox) }
      try keep(raised)
    } else if outcome == .refused, let answer = C.answer(raised, store) {
      outbox.raise(answer)
    }
  }

  @inlinable var hasEventless: Bool {
    if hasRegions { return isNeverQuiet }
    // Safe: `leaf` is a state and the column one of the table's.
    guard let row = unsafe blocks.row(Int(leaf), table.eventlessColumn) else { return false }
    return unsafe !row.pointee.isEmpty
  }

  /// `step` for the triggers that are no external event.
  @inlinable @inline(never)
  mutating func microstep(
    _ column: Int, _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>
  ) -> Outcome {
    if hasRegions { return regionStep(column, event, now, &outbox) }
    return flatStep(column, event, now, &outbox).outcome
  }

  /// One microstep of a chart without regions: the first candidate of the row whose guard holds.
  @inlinable @inline(__always)
  mutating func flatStep(
    _ column: Int, _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>
  ) -> (outcome: Outcome, isRestless: Bool) {
    var guards: (asked: UInt64, held: UInt64) = (0, 0)
    // Safe: the candidate is one of the table's, which this machine keeps.
    guard
      let candidate = unsafe enabled(
        Int(leaf), column, event, &guards, isDirect: isDirect, isDense: false)
    else {
      if observer != nil, column < table.eventlessColumn || guards.asked != 0 {
        reportUntaken(column, event, guards, now)
      }
      return (.unexpected, false)
    }
    let from = leaf
    let before = outbox.count
    // Safe: as above; nothing below changes the table.
    unsafe act(candidate, event, now, &outbox, isDirect: isDirect)
    unsafe leaf = candidate.pointee.leaf
    if let observer {
      // Safe: as above.
      unsafe report(candidate, column, event, from, before, guards, now, &outbox, observer)
    }
    // Safe: as above.
    return unsafe (candidate.pointee.verdict, candidate.pointee.traits.contains(.restless))
  }
}

@available(*, unavailable)
extension Machine: Sendable {}
