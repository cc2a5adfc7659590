extension Machine {
  /// Gives an observer that wants it what the next record has no room for.
  @inlinable @inline(__always)
  mutating func describe(_ event: C.Event?, to observer: any Observer) {
    #if !hasFeature(Embedded)
      if observer.wantsDetail { observer.described(detail(event)) }
    #endif
  }

  #if !hasFeature(Embedded)
    @usableFromInline func detail(_ event: C.Event?) -> RecordDetail {
      var delays: [(slot: Int, due: UInt64)] = []
      for slot in table.slots.indices where times.times[slot] != Deadlines.never {
        delays.append((slot, times.times[slot]))
      }
      return RecordDetail(
        event: event.map { $0 as Any }, memory: store, delays: delays, leaves: activeLeaves)
    }
  #endif

  /// The active leaves as raw values of states; only with regions or history.
  private var activeLeaves: [UInt16] {
    guard let frame else { return [] }
    // Safe: a leaf is one of the structure's states, each of which has a symbol.
    return (0..<leafCount).map { unsafe blocks.symbols[frame.leaf($0)] }
  }

  /// Tells an observer which leaves of a machine with regions or history are active.
  @inlinable @inline(__always)
  func tellLeaves(to observer: any Observer) {
    guard let frame else { return }
    // Safe: a leaf is one of the structure's states, each of which has a symbol.
    let symbols = unsafe blocks.symbols
    observer.configured(leafCount) { unsafe symbols[frame.leaf($0)] }
  }

  /// Tells the observer of a microstep that found a candidate.
  ///
  /// Inlinable, so that it is compiled for the chart, and mutating, so that the machine is not
  /// copied for it, nor the outbox: an observed event costs little more than another.
  @inlinable @inline(__always)
  mutating func report(
    _ candidate: UnsafeMutablePointer<Layout.Candidate>, _ column: Int, _ event: C.Event?,
    _ from: UInt16, _ before: Int, _ guards: (asked: UInt64, held: UInt64), _ now: UInt64,
    _ outbox: inout Outbox<C>, _ observer: any Observer
  ) {
    describe(event, to: observer)
    let count = outbox.count &- before
    let effects = count == 0 ? 0 : outbox.kinds(from: before)
    // Safe: the candidate is one of the table's, which this machine keeps.
    let taken = unsafe candidate.pointee
    let isListed = taken.transition != Layout.Candidate.unlisted
    observer.observed(
      TransitionRecord(
        time: now, machine: number, trigger: UInt16(truncatingIfNeeded: column),
        transition: isListed ? taken.transition : nil, from: from,
        to: taken.leaf, outcome: taken.verdict,
        effectCount: UInt8(clamping: count), effects: effects,
        guardsAsked: guards.asked, guardsHeld: guards.held))
  }

  /// Tells the observer of an event that no candidate took, or that no guard of a transition
  /// without event held: that is the chart's decision.
  @inlinable @inline(never)
  mutating func reportUntaken(
    _ column: Int, _ event: C.Event?, _ guards: (asked: UInt64, held: UInt64), _ now: UInt64
  ) {
    guard let observer else { return }
    describe(event, to: observer)
    observer.observed(
      TransitionRecord(
        time: now, machine: number, trigger: UInt16(column), transition: nil, from: leaf,
        to: leaf, outcome: column == table.eventlessColumn ? .ignored : .unexpected,
        guardsAsked: guards.asked, guardsHeld: guards.held))
  }

  /// Tells the observer of an event that a chart with regions ignores, refuses, defers or does not
  /// expect.
  @inlinable @inline(never)
  mutating func reportVerdict(
    _ verdict: Outcome, _ column: Int, _ event: C.Event?,
    _ guards: (asked: UInt64, held: UInt64), _ now: UInt64
  ) {
    guard let observer else { return }
    tellLeaves(to: observer)
    describe(event, to: observer)
    observer.observed(
      TransitionRecord(
        time: now, machine: number, trigger: UInt16(column), transition: nil, from: leaf,
        to: leaf, outcome: column == table.eventlessColumn ? .ignored : verdict,
        guardsAsked: guards.asked, guardsHeld: guards.held))
  }

  /// Tells the observer of a microstep of a chart with regions: a record for each transition, of
  /// which the first one has the effects and the guards.
  ///
  /// - Parameter choices: How many were chosen; nil when the interpreter has taken its selection.
  @inlinable @inline(never)
  mutating func reportTaken(
    _ choices: Int?, _ column: Int, _ event: C.Event?, _ before: Int,
    _ guards: (asked: UInt64, held: UInt64), _ now: UInt64, _ outbox: inout Outbox<C>
  ) {
    guard let regions = table.regions, let frame, let observer else { return }
    let effects = outbox.kinds(from: before)
    var isFirst = true
    for place in 0..<(choices ?? interpreter?.selectionCount ?? 0) {
      let transition =
        choices != nil
        ? Int(frame.candidate(place).transition) : interpreter?.selection(at: place) ?? 0
      let row = regions.rows[transition]
      tellLeaves(to: observer)
      describe(event, to: observer)
      observer.observed(
        TransitionRecord(
          time: now, machine: number, trigger: UInt16(column), transition: row.transition,
          from: row.from, to: leafCount == 1 ? leaf : row.to, outcome: .taken,
          effectCount: isFirst ? UInt8(clamping: outbox.count - before) : 0,
          effects: isFirst ? effects : 0,
          guardsAsked: isFirst ? guards.asked : 0, guardsHeld: isFirst ? guards.held : 0))
      isFirst = false
    }
  }
}
