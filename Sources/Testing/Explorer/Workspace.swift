/// What a thread works with while it looks: the steps that are not looked up yet, in order, and
/// where those of a batch are found that it met first.
///
/// A thread has one, so that it stays near its processor. No array keeps the steps: what is taken
/// out of one is copied, and a copy counts references.
@safe @usableFromInline final class Workspace<State> {
  @usableFromInline struct Step {
    @usableFromInline let state: State
    @usableFromInline let hash: Int
    @usableFromInline let action: UInt16
    @usableFromInline let duty: UInt8

    @inlinable init(state: State, hash: Int, action: UInt16, duty: UInt8) {
      self.state = state
      self.hash = hash
      self.action = action
      self.duty = duty
    }
  }

  @exclusivity(unchecked) @usableFromInline var steps: UnsafeMutablePointer<Step>
  @safe @exclusivity(unchecked) @usableFromInline var capacity = 1 << 10
  @safe @exclusivity(unchecked) @usableFromInline var count = 0
  /// Where a fresh step is found by its hash.
  @safe @exclusivity(unchecked) @usableFromInline var seen = Seen()

  // Safe: freed in `deinit`, or where the room is widened.
  @usableFromInline init() { unsafe steps = .allocate(capacity: capacity) }

  deinit {
    // Safe: allocated by `init` or `grow`; so many are there.
    unsafe steps.deinitialize(count: count)
    unsafe steps.deallocate()
  }

  /// Adds a step.
  @inlinable @inline(__always) func append(_ step: Step) {
    if count == capacity { grow() }
    // Safe: there is room for it.
    unsafe (steps + count).initialize(to: step)
    count += 1
  }

  /// Forgets all steps; those below a number are there.
  @inlinable func forget(_ present: Int) {
    // Safe: callers took the others out.
    unsafe steps.deinitialize(count: present)
    count = 0
  }

  @usableFromInline func grow() {
    // Safe: the steps move to where there is room for twice as many.
    let wider = UnsafeMutablePointer<Step>.allocate(capacity: capacity * 2)
    unsafe wider.moveInitialize(from: steps, count: count)
    unsafe steps.deallocate()
    unsafe steps = wider
    capacity *= 2
  }
}

@available(*, unavailable)
extension Workspace: Sendable {}
