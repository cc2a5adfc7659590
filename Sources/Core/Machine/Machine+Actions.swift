/// What a candidate's row has done: actions, delays, and events of states that are done.
extension Machine {
  /// Performs what a candidate's row says: mostly one action.
  @inlinable @inline(__always)
  mutating func act(
    _ candidate: UnsafeMutablePointer<Layout.Candidate>, _ event: C.Event?, _ now: UInt64,
    _ outbox: inout Outbox<C>, isDirect: Bool
  ) {
    // Safe: the candidate is one of the table's, which this machine keeps.
    let first = unsafe candidate.pointee.operations
    if isDirect, unsafe candidate.pointee.traits.contains(.single) {
      // Safe: as above.
      unsafe C.run(Layout.symbol(first.pointee.argument, true), &store, event, &outbox)
      // It stands alone: nothing is left out.
      outbox.hasFailed = false
      return
    }
    // Safe: as above.
    let count = unsafe candidate.pointee.operationCount
    unsafe performApart(first, count, event, now, &outbox)
  }

  @inlinable @inline(__always)
  mutating func perform(
    _ start: UnsafeMutablePointer<Layout.Operation>, _ count: UInt16, _ event: C.Event?,
    _ now: UInt64, _ outbox: inout Outbox<C>, isDirect: Bool
  ) {
    // Safe: the table's candidates point into its operations.
    var next = unsafe start
    let end = unsafe next + Int(count)
    while unsafe next < end {
      // Safe: `next` stays below `end`.
      let it = unsafe next
      unsafe next += 1
      switch unsafe it.pointee.code {
      case .run, .last:
        // Safe: as above.
        unsafe C.run(Layout.symbol(it.pointee.argument, isDirect), &store, event, &outbox)
        if outbox.hasFailed {
          outbox.hasFailed = false
          // Safe: the block ends before `end`.
          unsafe next += Int(it.pointee.rest)
        }
      case .start:
        // Safe: as above.
        let slot = unsafe Int(it.pointee.argument)
        times.times[slot] = now &+ C.nanoseconds(C.Delay(code: table.slots[slot])!, store)
      case .cancel:
        // Safe: as above.
        unsafe times.times[Int(it.pointee.argument)] = Deadlines.never
      case .done:
        // Safe: as above.
        unsafe outbox.pushDone(it.pointee.argument)
      }
    }
  }

  @inlinable @inline(__always)
  mutating func performApart(
    _ start: UnsafeMutablePointer<Layout.Operation>, _ count: UInt16, _ event: C.Event?,
    _ now: UInt64, _ outbox: inout Outbox<C>
  ) {
    guard count > 0 else { return }
    // Safe: as whoever calls says.
    if isDirect {
      unsafe performDirect(start, count, event, now, &outbox)
    } else {
      unsafe performAway(start, count, event, now, &outbox)
    }
  }

  /// `perform` once for all that is not at the heart of an event.
  @inlinable @inline(never)
  mutating func performDirect(
    _ start: UnsafeMutablePointer<Layout.Operation>, _ count: UInt16, _ event: C.Event?,
    _ now: UInt64, _ outbox: inout Outbox<C>
  ) {
    // Safe: as whoever calls says.
    unsafe perform(start, count, event, now, &outbox, isDirect: true)
  }

  /// The same for unusual symbols.
  @inlinable @inline(never)
  mutating func performAway(
    _ start: UnsafeMutablePointer<Layout.Operation>, _ count: UInt16, _ event: C.Event?,
    _ now: UInt64, _ outbox: inout Outbox<C>
  ) {
    // Safe: as whoever calls says.
    unsafe perform(start, count, event, now, &outbox, isDirect: false)
  }
}
