/// Charts with regions or history. What stays inside one region is done as in a chart without
/// them, leaf by leaf; for the rest there is the interpreter.
extension Machine {
  /// Whether the state is active: the leaf and the states around it, in every region.
  public func isActive(_ state: C.State) -> Bool {
    guard let regions = table.regions, let frame else {
      return table.encloses(state.rawValue, leaf: leaf)
    }
    guard let number = regions.number(of: state.rawValue) else { return false }
    guard isAhead else { return interpreter?.isActive(number) ?? false }
    let inside = number..<regions.structure.ends[number]
    return (0..<leafCount).contains { inside.contains(frame.leaf($0)) }
  }

  /// All active states in document order, outer ones before inner ones.
  public var configuration: [C.State] {
    C.State.allCases.filter { isActive($0) }
  }

  /// One microstep of a chart with regions: for each active leaf, in document order, the first
  /// candidate whose guard holds.
  @inlinable @inline(never)
  mutating func regionStep(
    _ column: Int, _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>
  ) -> Outcome {
    guard let frame else { return .unexpected }
    var guards: (asked: UInt64, held: UInt64) = (0, 0)
    var traits = Layout.Traits()
    var count = 0
    for place in 0..<leafCount {
      // Safe: the candidate is one of the table's, and there are no more choices than leaves.
      guard let candidate = unsafe enabled(frame.leaf(place), column, event, &guards) else {
        continue
      }
      // Safe: as above.
      let own = unsafe candidate.pointee.traits
      if own.contains(.shared), unsafe isChosen(candidate.pointee.transition, frame, count) {
        continue
      }
      unsafe frame.choose(candidate, for: place, behind: count)
      traits.formUnion(own)
      count &+= 1
    }
    guard count > 0, traits.isDisjoint(with: [.wide, .verdict]) else {
      return stepAround(count, traits, column, event, guards, now, &outbox)
    }
    let before = outbox.count
    take(count, traits, frame, event, now, &outbox)
    if observer != nil { reportTaken(count, column, event, before, guards, now, outbox) }
    return .taken
  }

  /// The first candidate of a leaf whose guard holds.
  @inlinable @inline(__always)
  func enabled(
    _ leaf: Int, _ column: Int, _ event: C.Event?, _ guards: inout (asked: UInt64, held: UInt64)
  ) -> UnsafeMutablePointer<Layout.Candidate>? {
    // Safe: each leaf has a row in every column, and rows point into `candidates`.
    let row = unsafe blocks.rows + (leaf &* blocks.columns &+ column)
    var candidate = unsafe blocks.candidates + Int(row.pointee.start)
    let end = unsafe candidate + Int(row.pointee.count)
    while unsafe candidate < end {
      // Safe: `candidate` stays inside the row.
      let `guard` = unsafe candidate.pointee.guard
      guard `guard` != Layout.Candidate.unguarded else { return unsafe candidate }
      let holds = C.check(C.Guard(rawValue: `guard`)!, store, event)
      guards.asked |= 1 &<< UInt64(`guard`)
      guards.held |= (holds ? 1 : 0) &<< UInt64(`guard`)
      // Safe: as above; the loop ends before `candidate` leaves the row.
      if unsafe holds == candidate.pointee.expected { return unsafe candidate }
      unsafe candidate += 1
    }
    return nil
  }

  /// Two leaves may find the same transition of a state around both, which is taken once.
  @inlinable @inline(__always)
  func isChosen(_ transition: UInt16, _ frame: Lanes.Frame, _ count: Int) -> Bool {
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
    _ now: UInt64, _ outbox: inout Outbox<C>
  ) {
    if count == 1 {
      let it = frame.candidate(0)
      perform(it.operationStart, it.operationCount, event, now, &outbox)
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
      performApart(it.operationStart, UInt16(it.exitCount), event, now, &outbox)
    }
    for place in 0..<count {
      let it = frame.candidate(place)
      let start = it.operationStart &+ UInt32(it.exitCount)
      perform(start, UInt16(it.contentCount), event, now, &outbox)
    }
    guard isMoving else { return }
    for place in 0..<count {
      let it = frame.candidate(place)
      let before = UInt16(it.exitCount) &+ UInt16(it.contentCount)
      let start = it.operationStart &+ UInt32(before)
      performApart(start, it.operationCount &- before, event, now, &outbox)
    }
  }

  @inlinable @inline(__always)
  mutating func performApart(
    _ start: UInt32, _ count: UInt16, _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>
  ) {
    if count > 0 { performAway(start, count, event, now, &outbox) }
  }

  /// `perform` once for all that is not at the heart of an event.
  @inlinable @inline(never)
  mutating func performAway(
    _ start: UInt32, _ count: UInt16, _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>
  ) { perform(start, count, event, now, &outbox) }
}
