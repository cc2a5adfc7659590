/// Guards that are combined, and those of unusual symbols: beside the heart of an event, which a
/// chart with one plain guard a transition does not leave.
extension Machine {
  /// Whether what a guarded candidate asks is answered as it wants.
  ///
  /// Mutating, as all of these, so that the machine is not copied for it.
  @inlinable @inline(never)
  mutating func isEnabled(
    _ candidate: UnsafeMutablePointer<Layout.Candidate>, _ event: C.Event?,
    _ guards: inout (asked: UInt64, held: UInt64)
  ) -> Bool {
    // Safe: the candidate is one of the table's, which this machine keeps.
    let it = unsafe candidate.pointee
    guard it.guard == Layout.Candidate.combined else {
      return ask(it.guard, event, &guards) == it.expected
    }
    var next: UInt8 = 0
    while next < Layout.Term.enabled {  // Ends: a term leads to one behind it, or to an end.
      // Safe: the terms of a condition lie in the table one behind the other.
      let term = unsafe blocks.terms[Int(it.condition) &+ Int(next)]
      next = isKnown(term.guard, event, &guards) ? term.whenHeld : term.whenFailed
    }
    return next == Layout.Term.enabled
  }

  /// The answer of a guard of several, asked only the first time in a microstep: nothing that it
  /// may look at changes before the transitions are chosen.
  @inlinable @inline(__always)
  mutating func isKnown(
    _ guard: UInt8, _ event: C.Event?, _ guards: inout (asked: UInt64, held: UInt64)
  ) -> Bool {
    let bit: UInt64 = 1 &<< UInt64(`guard`)
    return guards.asked & bit == 0 ? ask(`guard`, event, &guards) : guards.held & bit != 0
  }

  @inlinable @inline(__always)
  mutating func ask(
    _ guard: UInt8, _ event: C.Event?, _ guards: inout (asked: UInt64, held: UInt64)
  ) -> Bool {
    let holds = C.check(Layout.symbol(UInt16(`guard`), false), store, event)
    guards.asked |= 1 &<< UInt64(`guard`)
    guards.held |= (holds ? 1 : 0) &<< UInt64(`guard`)
    return holds
  }
}
