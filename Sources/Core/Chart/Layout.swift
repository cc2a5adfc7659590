/// The shapes of a flattened chart in memory.
@usableFromInline enum Layout: Sendable {
  /// Where the candidates of one leaf and one trigger stand.
  @usableFromInline struct Row: BitwiseCopyable, Sendable {
    @usableFromInline var start: UInt16
    @usableFromInline var count: UInt16
  }

  /// One transition as seen from one leaf.
  @usableFromInline struct Candidate: BitwiseCopyable, Sendable {
    /// The guard's raw value, or `Candidate.unguarded`.
    @usableFromInline var `guard`: UInt8
    /// What the guard must say.
    @usableFromInline var expected: Bool
    @usableFromInline var verdict: Outcome
    /// The leaf afterwards; the same leaf when targetless.
    @usableFromInline var leaf: UInt8
    /// That leaf has an eventless transition, so that the machine may not rest there.
    @usableFromInline var isRestless: Bool
    /// The transition's position in document order, or `Candidate.unlisted`.
    @usableFromInline var transition: UInt16
    @usableFromInline var operationStart: UInt16
    @usableFromInline var operationCount: UInt16

    @inlinable static var unguarded: UInt8 { 255 }
    @inlinable static var unlisted: UInt16 { 0xFFFF }
  }

  /// One step of a transition: an action, or a delay to start or cancel, or a state that is done.
  @usableFromInline struct Operation: BitwiseCopyable, Sendable {
    @usableFromInline var code: Code
    @usableFromInline var argument: UInt8
    /// Of an action: how many more stand in its block, which an error of this one leaves out.
    @usableFromInline var rest: UInt8

    @usableFromInline enum Code: UInt8, BitwiseCopyable, Sendable { case run, start, cancel, done }
  }

  /// Where a table keeps these. Machines hold a copy beside their table, so that an event does not
  /// go through the reference.
  @unsafe @usableFromInline struct Blocks: BitwiseCopyable {
    @usableFromInline let rows: UnsafeMutablePointer<Row>
    @usableFromInline let candidates: UnsafeMutablePointer<Candidate>
    @usableFromInline let operations: UnsafeMutablePointer<Operation>
    /// Triggers per leaf.
    @usableFromInline let columns: Int
  }
}

extension Layout.Candidate {
  init(_ flat: Flattening.Candidate, isRestless: Bool) {
    self.init(
      guard: flat.condition?.guard ?? Self.unguarded,
      expected: !(flat.condition?.isNegated ?? false), verdict: flat.verdict, leaf: flat.leaf,
      isRestless: isRestless, transition: flat.transition.map(UInt16.init) ?? Self.unlisted,
      operationStart: flat.operations.start, operationCount: flat.operations.count)
  }
}

extension Layout.Operation {
  init(_ flat: Flattening.Operation) {
    switch flat {
    case .run(let action, let rest): self.init(code: .run, argument: action, rest: rest)
    case .start(let slot): self.init(code: .start, argument: slot, rest: 0)
    case .cancel(let slot): self.init(code: .cancel, argument: slot, rest: 0)
    case .done(let state): self.init(code: .done, argument: state, rest: 0)
    }
  }
}

@available(*, unavailable)
extension Layout.Blocks: Sendable {}
