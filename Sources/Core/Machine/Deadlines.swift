/// When each waiting transition of a machine is due, in nanoseconds of the loop's clock.
@usableFromInline package struct Deadlines: Hashable, Sendable {
  @usableFromInline var times: InlineArray<16, UInt64>

  /// A slot whose delay does not run.
  @usableFromInline static var never: UInt64 { .max }

  @inlinable init() { times = InlineArray(repeating: .max) }

  /// The earliest one, nil when no delay runs.
  @inlinable package var next: UInt64? {
    var earliest = UInt64.max
    for slot in times.indices { earliest = min(earliest, times[slot]) }
    return earliest == .max ? nil : earliest
  }

  /// When each delay that runs is due, slot by slot.
  package var running: [UInt64] { times.indices.map { times[$0] }.filter { $0 != .max } }

  /// The slot that is due first at `now`; of equal ones the first in document order.
  @inlinable func due(at now: UInt64) -> Int? {
    var best: Int?
    for slot in times.indices where times[slot] != .max && times[slot] <= now {
      if best == nil || times[slot] < times[best!] { best = slot }
    }
    return best
  }

  /// Equal when the same timers are armed for the same moments.
  @usableFromInline package static func == (left: Deadlines, right: Deadlines) -> Bool {
    for slot in left.times.indices where left.times[slot] != right.times[slot] { return false }
    return true
  }

  /// Hashes what ``==(_:_:)`` compares.
  @usableFromInline package func hash(into hasher: inout Hasher) {
    for slot in times.indices { hasher.combine(times[slot]) }
  }
}
