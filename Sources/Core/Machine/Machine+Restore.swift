/// What becomes of running delays and sent events when a machine is restored.
public enum TimerPolicy: UInt8, Sendable, Hashable, CaseIterable {
  /// They are due at the same time of the clock: for the same process, or one on the same host with
  /// the same clock.
  case absolute
  /// They are due when the time has passed that was left.
  case remaining
  /// Delays begin anew; what was left of sent events stays, since how long they were is not known.
  case restart
}

extension Machine {
  /// Puts the machine into a state that another one of this table had.
  ///
  /// - Parameters:
  ///   - snapshot: The state; it is not checked, and must come from a machine of an equal table.
  ///   - then: The time at which the snapshot was taken, in nanoseconds of its loop's clock.
  ///   - now: The time of this machine's loop.
  ///   - policy: What becomes of what was running.
  public mutating func restore(
    _ snapshot: Snapshot<C>, takenAt then: UInt64, at now: UInt64, timers policy: TimerPolicy
  ) {
    self.snapshot = snapshot
    func moved(_ due: UInt64) -> UInt64 {
      policy == .absolute ? due : now &+ (due > then ? due - then : 0)
    }
    for slot in times.times.indices where times.times[slot] != Deadlines.never {
      let delay = slot < table.slots.count ? C.Delay(code: table.slots[slot]) : nil
      if policy == .restart, let delay {
        times.times[slot] = now &+ C.nanoseconds(delay, store)
      } else {
        times.times[slot] = moved(times.times[slot])
      }
    }
    guard let pool else { return }
    for place in pool.sent.indices { pool.sent[place].due = moved(pool.sent[place].due) }
  }
}
