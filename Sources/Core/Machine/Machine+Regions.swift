/// Charts with regions or history: the interpreter selects and orders, the machine asks guards and
/// performs.
extension Machine {
  /// Whether the state is active: the leaf and the states around it, in every region.
  public func isActive(_ state: C.State) -> Bool {
    guard let regions = table.regions else { return table.encloses(state.rawValue, leaf: leaf) }
    return regions.number(of: state.rawValue).flatMap { interpreter?.isActive($0) } ?? false
  }

  /// All active states in document order, outer ones before inner ones.
  public var configuration: [C.State] {
    C.State.allCases.filter { isActive($0) }
  }

  /// One microstep of a chart with regions.
  @inlinable @inline(never)
  mutating func regionStep(
    _ column: Int, _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>
  ) -> Outcome {
    guard let regions = table.regions else { return .unexpected }
    var guards: (asked: UInt64, held: UInt64) = (0, 0)
    let isAnyEvent = column < table.eventlessColumn
    interpreter?.beginSelection()
    var next = 0
    while let leaf = interpreter?.activeLeaf(from: next) {
      next = leaf &+ 1
      let span = regions.spans[leaf &* regions.columns &+ column]
      for place in Int(span.start)..<Int(span.start) &+ Int(span.count) {
        let candidate = Int(regions.candidates[place])
        guard holds(regions.rows[candidate], event, &guards) else { continue }
        interpreter?.select(candidate)
        break
      }
    }
    let verdict = verdict(regions)
    guard verdict == .taken, interpreter?.prepare() == true else {
      interpreter?.abandon()
      if observer != nil, isAnyEvent || guards.asked != 0 {
        reportVerdict(verdict, column, event, guards, now)
      }
      return verdict
    }
    let before = outbox.count
    takeSteps(event, now, &outbox)
    if observer != nil { reportTaken(regions, column, event, before, guards, now, outbox) }
    return .taken
  }

  @inlinable @inline(__always)
  func holds(
    _ row: RegionTable.Row, _ event: C.Event?, _ guards: inout (asked: UInt64, held: UInt64)
  ) -> Bool {
    guard row.guard != Layout.Candidate.unguarded else { return true }
    let holds = C.check(C.Guard(rawValue: row.guard)!, store, event)
    guards.asked |= 1 &<< UInt64(row.guard)
    guards.held |= (holds ? 1 : 0) &<< UInt64(row.guard)
    return holds == row.expected
  }

  /// Performs what the interpreter says, until the microstep is over.
  @inlinable
  mutating func takeSteps(_ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>) {
    guard let regions = table.regions else { return }
    var hasMoved = false
    while let step = interpreter?.nextStep() {
      switch step {
      case .exit(let state): perform(regions.exits[state], event, now, &outbox)
      case .content(let transition):
        perform(regions.rows[transition].operations, event, now, &outbox)
      case .enter(let state):
        hasMoved = true
        perform(regions.entries[state], event, now, &outbox)
      case .done(let state, by: _): outbox.pushDone(regions.symbols[state])
      case .finished: outbox.result = nil
      }
    }
    if hasMoved, let first = interpreter?.firstLeaf { leaf = regions.symbols[first] }
  }

  @inlinable @inline(__always)
  mutating func perform(
    _ span: RegionTable.Span, _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>
  ) {
    if span.count > 0 { perform(span.start, span.count, event, now, &outbox) }
  }
}

extension Machine {
  /// What becomes of the event for which transitions were selected.
  ///
  /// A state that defers the event keeps it from all regions, unless a transition of that state or
  /// of one inside it was selected: deferred or consumed, never both (UML 2.5.1, 14.2.3.4.4).
  @inlinable mutating func verdict(_ regions: RegionTable) -> Outcome {
    let count = interpreter?.selectionCount ?? 0
    guard regions.hasVerdicts else { return count == 0 ? .unexpected : .taken }
    var verdict = Outcome.unexpected
    for place in 0..<count {
      let transition = interpreter?.selection(at: place) ?? 0
      switch regions.rows[transition].verdict {
      case .taken: verdict = .taken
      case .refused: if verdict != .taken { verdict = .refused }
      case .ignored: if verdict == .unexpected { verdict = .ignored }
      case .deferred: if !isOverridden(transition, count, regions) { return .deferred }
      case .unexpected: break
      }
    }
    return verdict
  }

  @usableFromInline
  mutating func isOverridden(_ deferral: Int, _ count: Int, _ regions: RegionTable) -> Bool {
    let state = regions.structure.sources[deferral]
    for place in 0..<count {
      let other = interpreter?.selection(at: place) ?? 0
      let source = regions.structure.sources[other]
      guard regions.rows[other].verdict == .taken else { continue }
      if source == state || regions.structure.isDescendant(source, of: state) { return true }
    }
    return false
  }
}
