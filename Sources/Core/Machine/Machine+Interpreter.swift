/// What a machine with regions needs its interpreter for.
extension Machine {
  /// The rest of a microstep in which something else was chosen than transitions that stay inside
  /// their regions, or nothing.
  @inlinable @inline(never)
  mutating func stepAround(
    _ count: Int, _ traits: Layout.Traits, _ column: Int, _ event: C.Event?,
    _ guards: (asked: UInt64, held: UInt64), _ now: UInt64, _ outbox: inout Outbox<C>
  ) -> Outcome {
    let verdict = verdict(count)
    guard verdict == .taken, let frame else {
      if observer != nil, column < table.eventlessColumn || guards.asked != 0 {
        reportVerdict(verdict, column, event, guards, now)
      }
      return verdict
    }
    let count = traits.contains(.verdict) ? transitionsOnly(count) : count
    let before = outbox.count
    guard traits.contains(.wide) else {
      take(count, traits, frame, event, now, &outbox, isDirect: isDirect)
      if observer != nil { reportTaken(count, column, event, before, guards, now, &outbox) }
      return .taken
    }
    handOver(count)
    takeSteps(event, now, &outbox)
    readLeaves()
    if observer != nil { reportTaken(nil, column, event, before, guards, now, &outbox) }
    return .taken
  }

  /// Gives the interpreter what was chosen.
  @usableFromInline mutating func handOver(_ count: Int) {
    guard let frame else { return }
    tellLeaves()
    interpreter?.beginSelection()
    for place in 0..<count {
      interpreter?.append(Int(frame.candidate(place).transition))
    }
    _ = interpreter?.prepare()
  }

  /// Performs what the interpreter says, until the microstep is over.
  @inlinable
  mutating func takeSteps(_ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>) {
    guard let regions = table.regions else { return }
    while let step = interpreter?.nextStep() {
      switch step {
      case .exit(let state): perform(regions.exits[state], event, now, &outbox)
      case .content(let transition):
        perform(regions.rows[transition].operations, event, now, &outbox)
      case .enter(let state): perform(regions.entries[state], event, now, &outbox)
      case .done(let state, by: _): outbox.pushDone(regions.symbols[state])
      case .finished: outbox.result = nil
      }
    }
  }

  @inlinable @inline(__always)
  mutating func perform(
    _ span: RegionTable.Span, _ event: C.Event?, _ now: UInt64, _ outbox: inout Outbox<C>
  ) {
    // Safe: the table's spans lie among its operations.
    unsafe performApart(blocks.operations + Int(span.start), span.count, event, now, &outbox)
  }

  /// Learns from the interpreter which leaves are active.
  @usableFromInline mutating func readLeaves() {
    guard let frame else { return }
    isAhead = false
    leafCount = 0
    var next = interpreter?.activeLeaf(from: 0)
    while let leaf = next {
      frame.setLeaf(leafCount, UInt16(leaf))
      leafCount += 1
      next = interpreter?.activeLeaf(from: leaf + 1)
    }
    guard leafCount > 0 else { return }
    // Safe: a leaf is one of the structure's states, each of which has a symbol.
    unsafe leaf = blocks.symbols[frame.leaf(0)]
  }

  /// Tells the interpreter which leaves are active, if they have moved without it.
  func tellLeaves() {
    guard isAhead, let frame else { return }
    interpreter?.activate(frame, count: leafCount)
  }
}

extension Machine {
  /// What becomes of the event for which candidates were chosen.
  ///
  /// A state that defers the event keeps it from all regions, unless a transition of that state or
  /// of one inside it was chosen: deferred or consumed, never both (UML 2.5.1, 14.2.3.4.4).
  @usableFromInline func verdict(_ count: Int) -> Outcome {
    guard let regions = table.regions, let frame else { return .unexpected }
    var verdict = Outcome.unexpected
    for place in 0..<count {
      let candidate = frame.candidate(place)
      switch candidate.verdict {
      case .taken: verdict = .taken
      case .refused: if verdict != .taken { verdict = .refused }
      case .ignored: if verdict == .unexpected { verdict = .ignored }
      case .deferred:
        if !isOverridden(Int(candidate.transition), count, regions) { return .deferred }
      case .unexpected: break
      }
    }
    return verdict
  }

  private func isOverridden(_ deferral: Int, _ count: Int, _ regions: RegionTable) -> Bool {
    guard let frame else { return false }
    let state = regions.structure.sources[deferral]
    for place in 0..<count {
      let other = frame.candidate(place)
      guard other.verdict == .taken else { continue }
      let source = regions.structure.sources[Int(other.transition)]
      if source == state || regions.structure.isDescendant(source, of: state) { return true }
    }
    return false
  }

  /// Drops the choices that are no transitions.
  ///
  /// - Returns: How many are left.
  @usableFromInline func transitionsOnly(_ count: Int) -> Int {
    guard let frame else { return 0 }
    var kept = 0
    for place in 0..<count {
      guard frame.candidate(place).verdict == .taken else { continue }
      frame.keep(place, as: kept)
      kept += 1
    }
    return kept
  }
}
