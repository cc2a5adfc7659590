/// The shapes of a flattened chart in memory.
@usableFromInline enum Layout: Sendable {
  /// Where the candidates of one leaf and one trigger stand. Behind them is one that asks nothing:
  /// the last of them, or one that expects no event.
  @safe @usableFromInline struct Row: BitwiseCopyable {
    @usableFromInline let first: UnsafeMutablePointer<Candidate>

    init(_ first: UnsafeMutablePointer<Candidate>) {
      // Safe: a pointer is kept, and not followed.
      unsafe self.first = first
    }

    /// Whether there are none.
    @inlinable var isEmpty: Bool {
      // Safe: the first one is there in every row, and its table is.
      unsafe first.pointee.verdict == .unexpected
    }
  }

  /// One transition as seen from one leaf.
  @safe @usableFromInline struct Candidate: BitwiseCopyable {
    /// The guard's raw value, `Candidate.unguarded`, or `Candidate.combined`.
    @usableFromInline var `guard`: UInt8
    /// What the guard must say.
    @usableFromInline var expected: Bool
    @usableFromInline var verdict: Outcome
    @usableFromInline var traits: Traits
    /// The transition's position in document order, or `Candidate.unlisted`; with regions the
    /// structure's number.
    @usableFromInline var transition: UInt32
    /// Exits, then the transition's own content, then entries.
    @usableFromInline var operations: UnsafeMutablePointer<Operation>
    /// The leaf afterwards; the same leaf when targetless. With regions it is the structure's
    /// number, else the state's.
    @usableFromInline var leaf: UInt16
    /// Of combined guards: where their terms begin.
    @usableFromInline var condition: UInt16
    @usableFromInline var operationCount: UInt16
    @usableFromInline var exitCount: UInt8
    @usableFromInline var contentCount: UInt8

    @inlinable static var unguarded: UInt8 { 255 }
    @inlinable static var combined: UInt8 { 254 }
    @inlinable static var unlisted: UInt32 { .max }
  }

  /// What is to be known about a candidate before it is taken, as bits.
  @usableFromInline struct Traits: BitwiseCopyable, OptionSet, Sendable {
    @usableFromInline let rawValue: UInt8
    @inlinable init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Its leaf has an eventless transition, so that the machine may not rest there.
    @inlinable static var restless: Traits { Traits(rawValue: 1) }
    /// Several active leaves may find the same transition, which is taken once.
    @inlinable static var shared: Traits { Traits(rawValue: 2) }
    /// It ignores, refuses or defers, and is no transition.
    @inlinable static var verdict: Traits { Traits(rawValue: 4) }
    /// It leaves its region, or enters one, or touches a history: only the interpreter knows how.
    @inlinable static var wide: Traits { Traits(rawValue: 8) }
    /// What is not simply taken, as it stands in the table.
    @inlinable static var detour: UInt8 { 4 | 8 }
    /// It leads to another leaf, or to the same one anew.
    @inlinable static var moving: Traits { Traits(rawValue: 16) }
    /// It defers the event, which then has to be kept.
    @inlinable static var deferring: Traits { Traits(rawValue: 32) }
    /// It does nothing but run actions, one at least, and the machine may rest afterwards; only
    /// without regions.
    @inlinable static var running: Traits { Traits(rawValue: 64) }
    /// It does nothing but run one action.
    @inlinable static var single: Traits { Traits(rawValue: 128) }
  }

  /// A candidate that was chosen, and the place of its leaf among the active ones.
  @safe @usableFromInline struct Choice: BitwiseCopyable {
    @usableFromInline let candidate: UnsafeMutablePointer<Candidate>
    @usableFromInline let place: Int

    @inlinable init(_ candidate: UnsafeMutablePointer<Candidate>, _ place: Int) {
      // Safe: a pointer is kept, and not followed.
      unsafe self.candidate = candidate
      self.place = place
    }
  }

  /// One step of a transition: an action, or a delay to start or cancel, or a state that is done.
  @usableFromInline struct Operation: BitwiseCopyable, Sendable {
    @usableFromInline var code: Code
    /// Of an action: how many more stand in its block, which an error of this one leaves out.
    @usableFromInline var rest: UInt8
    @usableFromInline var argument: UInt16

    /// `last` is an action, behind which a candidate that does nothing but run actions has no more.
    @usableFromInline enum Code: UInt8, BitwiseCopyable, Sendable {
      case run, start, cancel, done, last
    }
  }

  /// The symbol of a number; in a direct table it lies in memory as its number does.
  @inlinable @inline(__always) static func symbol<S: Symbol>(
    _ number: UInt16, _ isDirect: Bool
  ) -> S {
    if isDirect, MemoryLayout<S>.size == 1 {
      // Safe: the number is that of one of the symbols, and a direct table has compared them.
      return unsafe unsafeBitCast(UInt8(truncatingIfNeeded: number), to: S.self)
    }
    if isDirect, MemoryLayout<S>.size == 2 {
      // Safe: as above.
      return unsafe unsafeBitCast(number, to: S.self)
    }
    return S(code: number)!
  }

  /// Whether the symbols of a type lie in memory as their numbers.
  static func isDirect<S: Symbol>(_ type: S.Type) -> Bool {
    S.allCases.allSatisfy { symbol in
      switch MemoryLayout<S>.size {
      case 1:
        // Safe: one byte is read of a value that has one.
        return unsafe unsafeBitCast(symbol, to: UInt8.self) == symbol.code
      case 2:
        // Safe: two bytes are read of a value that has two.
        return unsafe unsafeBitCast(symbol, to: UInt16.self) == symbol.code
      case _: return true
      }
    }
  }

  /// One guard among several that are combined, and where its answer leads.
  @usableFromInline struct Term: BitwiseCopyable, Sendable {
    @usableFromInline var `guard`: UInt8
    /// The term to ask next, counted from the first one of the condition, or one of the two ends.
    @usableFromInline var whenHeld: UInt8
    @usableFromInline var whenFailed: UInt8

    /// The condition holds.
    @inlinable static var enabled: UInt8 { 254 }
    /// The condition does not hold.
    @inlinable static var disabled: UInt8 { 255 }
  }

  /// Where a table keeps these. Machines hold a copy beside their table, so that an event does not
  /// go through the reference.
  @unsafe @usableFromInline struct Blocks: BitwiseCopyable {
    /// By leaf and column as far as they go: a row for each event kind, and one for no event. None
    /// in a table that would be too large.
    @usableFromInline let rows: UnsafeMutablePointer<Row>
    /// The rows that are not there: by leaf where they begin, and the column of each.
    @usableFromInline let spare: UnsafeMutablePointer<Row>
    @usableFromInline let spareColumns: UnsafeMutablePointer<UInt16>
    @usableFromInline let spareStarts: UnsafeMutablePointer<UInt32>
    @usableFromInline let candidates: UnsafeMutablePointer<Candidate>
    @usableFromInline let operations: UnsafeMutablePointer<Operation>
    /// Of all combined guards.
    @usableFromInline let terms: UnsafeMutablePointer<Term>
    /// With regions, by the structure's number of a state its symbol.
    @usableFromInline let symbols: UnsafeMutablePointer<UInt16>
    /// Triggers per leaf in `rows`; 0 when all rows are spare ones.
    @usableFromInline let columns: Int
    /// The bytes of a leaf's `rows`.
    @usableFromInline let stride: Int

    /// The row of a leaf and a trigger in a table whose rows are all there.
    @inlinable @inline(__always)
    func denseRow(_ leaf: Int, _ column: Int) -> UnsafeMutablePointer<Row> {
      // Safe: each leaf has a row in each of so many columns.
      let first = unsafe UnsafeMutableRawPointer(rows) + leaf &* stride
      return unsafe first.assumingMemoryBound(to: Row.self) + column
    }

    /// The row of a leaf and a trigger; nil when there are no candidates.
    @inlinable func row(_ leaf: Int, _ column: Int) -> UnsafeMutablePointer<Row>? {
      // Safe: each leaf has a row in each of so many columns.
      if unsafe column < columns { return unsafe denseRow(leaf, column) }
      return unsafe spareRow(leaf, column)
    }

    /// The same for a row that stands among the spare ones, if anywhere.
    @usableFromInline @inline(never)
    func spareRow(_ leaf: Int, _ column: Int) -> UnsafeMutablePointer<Row>? {
      // Safe: there is a start for each leaf and one more, and they point into the spare rows.
      var low = unsafe Int(spareStarts[leaf])
      var high = unsafe Int(spareStarts[leaf &+ 1])
      while low < high {  // Ends: one half is left.
        let middle = (low &+ high) / 2
        // Safe: `middle` lies between two starts.
        if unsafe Int(spareColumns[middle]) < column { low = middle &+ 1 } else { high = middle }
      }
      // Safe: as above, where `low` is no further than the last row of this leaf.
      guard unsafe low < Int(spareStarts[leaf &+ 1]), unsafe Int(spareColumns[low]) == column else {
        return nil
      }
      return unsafe spare + low
    }
  }
}

extension Layout.Candidate {
  init(
    _ flat: Flattening.Candidate, isRestless: Bool, in flattening: Flattening,
    _ operations: UnsafeMutablePointer<Layout.Operation>
  ) {
    var traits = flat.traits
    if isRestless { traits.insert(.restless) }
    if flat.verdict == .deferred { traits.insert(.deferring) }
    if flattening.isRunning(flat) {
      if !isRestless { traits.insert(.running) }
      if flat.operations.count == 1 { traits.insert(.single) }
    }
    // Safe: the candidate's operations are some of these.
    unsafe self.init(
      guard: flat.condition.map { $0.single?.name ?? Self.combined } ?? Self.unguarded,
      expected: !(flat.condition?.single?.isNegated ?? false), verdict: flat.verdict,
      traits: traits,
      transition: flat.transition.map(UInt32.init) ?? Self.unlisted,
      operations: operations + Int(flat.operations.start), leaf: flat.leaf,
      condition: flat.transition.map { flattening.termStart(of: $0) } ?? 0,
      operationCount: flat.operations.count,
      exitCount: flat.exitCount, contentCount: flat.contentCount)
  }
}

extension Layout.Operation {
  init(_ flat: Flattening.Operation) {
    switch flat {
    case .run(let action, let rest): self.init(code: .run, rest: rest, argument: action)
    case .start(let slot): self.init(code: .start, rest: 0, argument: slot)
    case .cancel(let slot): self.init(code: .cancel, rest: 0, argument: slot)
    case .done(let state): self.init(code: .done, rest: 0, argument: state)
    }
  }
}

@available(*, unavailable)
extension Layout.Blocks: Sendable {}

@available(*, unavailable)
extension Layout.Candidate: Sendable {}

@available(*, unavailable)
extension Layout.Row: Sendable {}

@available(*, unavailable)
extension Layout.Choice: Sendable {}
