/// Charts with regions or history. What stays inside one region is done as in a chart without
/// them, leaf by leaf; for the rest there is the interpreter.
extension Machine {
  /// Whether the state is active: the leaf and the states around it, in every region.
  public func isActive(_ state: C.State) -> Bool {
    guard let regions = table.regions, let frame else {
      return table.encloses(state.code, leaf: leaf)
    }
    guard let number = regions.number(of: state.code) else { return false }
    guard isAhead else { return interpreter?.isActive(number) ?? false }
    let inside = number..<regions.structure.ends[number]
    return (0..<leafCount).contains { inside.contains(frame.leaf($0)) }
  }

  /// All active states in document order, outer ones before inner ones.
  public var configuration: [C.State] {
    C.State.allCases.filter { isActive($0) }
  }

  /// `send` for a machine with regions and without an observer.
  @inlinable @inline(never)
  mutating func sendInLanes(
    _ event: C.Event, _ now: UInt64, _ outbox: inout Outbox<C>
  ) throws(MachineError) -> Outcome {
    let column = event.kind.index
    let outcome = step(
      column, event, now, &outbox, isObserved: false, isDirect: true, isDense: true)
    if isNeverQuiet || outcome == .deferred || outcome == .refused || outbox.isUnsettled || hasPool
    {
      try settle(outcome, isNeverQuiet, event, now, &outbox)
    }
    return outcome
  }

  /// One microstep of a chart with regions.
  @inlinable @inline(never)
  mutating func regionStep(
    _ column: Int, _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>
  ) -> Outcome {
    step(
      column, event, now, &outbox, isObserved: observer != nil, isDirect: isDirect, isDense: false)
  }

  /// For each active leaf, in document order, the first candidate whose guard holds.
  @inlinable @inline(__always)
  mutating func step(
    _ column: Int, _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>,
    isObserved: Bool, isDirect: Bool, isDense: Bool
  ) -> Outcome {
    guard let frame else { return .unexpected }
    var guards: (asked: UInt64, held: UInt64) = (0, 0)
    var traits = Layout.Traits()
    var count = 0
    var place = 0
    while place < leafCount {
      let leaf = place
      place &+= 1
      // Safe: the candidate is one of the table's, and there are no more choices than leaves.
      guard
        let candidate = unsafe enabled(
          frame.leaf(leaf), column, event, &guards, isDirect: isDirect, isDense: isDense)
      else { continue }
      // Safe: as above.
      let own = unsafe candidate.pointee.traits
      if own.contains(.shared), unsafe isChosen(candidate.pointee.transition, frame, count) {
        continue
      }
      unsafe frame.choose(candidate, for: leaf, behind: count)
      traits.formUnion(own)
      count &+= 1
    }
    guard count > 0, traits.rawValue & Layout.Traits.detour == 0 else {
      let seen = isObserved ? guards : (0, 0)
      return stepAround(count, traits, column, event, seen, now, &outbox)
    }
    let before = isObserved ? outbox.count : 0
    take(count, traits, frame, event, now, &outbox, isDirect: isDirect)
    if isObserved { reportTaken(count, column, event, before, guards, now, &outbox) }
    return .taken
  }

  /// The first candidate of a leaf whose guard holds.
  ///
  /// - Parameter isDense: True where it is known that the row lies by leaf and column.
  @inlinable @inline(__always)
  mutating func enabled(
    _ leaf: Int, _ column: Int, _ event: C.Event?,
    _ guards: inout (asked: UInt64, held: UInt64), isDirect: Bool, isDense: Bool
  ) -> UnsafeMutablePointer<Layout.Candidate>? {
    // Safe: each leaf has a row in every column of a dense table.
    let found =
      isDense
      ? unsafe blocks.denseRow(leaf, column) : unsafe blocks.row(leaf, column)
    // Safe: rows point into `candidates`.
    guard let row = unsafe found else { return nil }
    var candidate = unsafe row.pointee.first
    while true {  // Ends: so does a row, with a candidate that asks nothing.
      // Safe: `candidate` stays inside the row.
      let `guard` = unsafe candidate.pointee.guard
      guard `guard` != Layout.Candidate.unguarded else {
        // Safe: as above.
        return unsafe candidate.pointee.verdict == .unexpected ? nil : candidate
      }
      guard isDirect else {
        if unsafe isEnabled(candidate, event, &guards) { return unsafe candidate }
        // Safe: the loop ends before `candidate` leaves the row.
        unsafe candidate += 1
        continue
      }
      let holds = C.check(Layout.symbol(UInt16(`guard`), true), store, event)
      guards.asked |= 1 &<< UInt64(`guard`)
      guards.held |= (holds ? 1 : 0) &<< UInt64(`guard`)
      // Safe: as above; the loop ends before `candidate` leaves the row.
      if unsafe holds == candidate.pointee.expected { return unsafe candidate }
      unsafe candidate += 1
    }
  }

  /// Two leaves may find the same transition of a state around both, which is taken once.
  @inlinable @inline(__always)
  func isChosen(_ transition: UInt32, _ frame: Lanes.Frame, _ count: Int) -> Bool {
    var place = count
    while place > 0 {
      place &-= 1
      if frame.candidate(place).transition == transition { return true }
    }
    return false
  }

  /// Takes what was chosen, when all of it stays inside its regions.
  @inlinable @inline(__always)
  mutating func take(
    _ count: Int, _ traits: Layout.Traits, _ frame: Lanes.Frame, _ event: C.Event?,
    _ now: UInt64, _ outbox: inout Outbox<C>, isDirect: Bool
  ) {
    if count == 1 {
      // Safe: a choice points into the table, which this machine keeps.
      unsafe act(frame.choices[0].candidate, event, now, &outbox, isDirect: isDirect)
    } else {
      takeTogether(count, traits.contains(.moving), frame, event, now, &outbox)
    }
    guard traits.contains(.moving) else { return }
    for place in 0..<count { frame.move(place) }
    isAhead = true
    // Safe: a leaf is one of the structure's states, each of which has a symbol.
    unsafe leaf = blocks.symbols[frame.leaf(0)]
  }

  /// All exits, the last region's first, then all contents, then all entries.
  @inlinable @inline(never)
  mutating func takeTogether(
    _ count: Int, _ isMoving: Bool, _ frame: Lanes.Frame, _ event: C.Event?, _ now: UInt64,
    _ outbox: inout Outbox<C>
  ) {
    var place = isMoving ? count : 0
    while place > 0 {
      place &-= 1
      let it = frame.candidate(place)
      // Safe: a candidate's operations are the table's, which this machine keeps.
      unsafe performApart(it.operations, UInt16(it.exitCount), event, now, &outbox)
    }
    for place in 0..<count {
      let it = frame.candidate(place)
      // Safe: the table's candidates point into its operations; a content is made of actions.
      let start = unsafe it.operations + Int(it.exitCount)
      if it.contentCount == 1, isDirect {
        // Safe: as above.
        unsafe C.run(Layout.symbol(start.pointee.argument, true), &store, event, &outbox)
        outbox.hasFailed = false
      } else {
        // Safe: as above.
        unsafe performApart(start, UInt16(it.contentCount), event, now, &outbox)
      }
    }
    guard isMoving else { return }
    for place in 0..<count {
      let it = frame.candidate(place)
      let before = UInt16(it.exitCount) &+ UInt16(it.contentCount)
      // Safe: as above.
      let start = unsafe it.operations + Int(before)
      unsafe performApart(start, it.operationCount &- before, event, now, &outbox)
    }
  }
}
