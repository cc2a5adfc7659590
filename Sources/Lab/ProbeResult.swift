/// What became of the probes of a run.
package struct ProbeResult: Codable, Equatable, Sendable {
  /// Probes that the kernel took.
  package var sent = 0
  /// Probes that were answered, each counted once.
  package var received = 0
  /// Probes without an answer.
  package var lost = 0
  /// Further answers to a probe that was answered already.
  package var duplicated = 0
  /// Answers that came behind one to a later probe of the same flow.
  package var reordered = 0
  /// The first of those, counted from 0 in the order in which they were sent; nil without any.
  package var firstReordered: Int?
  /// Answers that are not byte for byte what was sent.
  package var corrupted = 0
  /// The longest time between two answers, in microseconds.
  package var longestGapMicros: UInt64 = 0
  /// The median time from a probe to its answer, in microseconds.
  package var medianRoundTripMicros: UInt64 = 0

  enum CodingKeys: String, CodingKey {
    case sent, received, lost, duplicated, reordered, corrupted
    case firstReordered = "first_reordered"
    case longestGapMicros = "longest_gap_us"
    case medianRoundTripMicros = "median_rtt_us"
  }

  /// True when every probe was answered once, in order and unchanged.
  package var isClean: Bool {
    lost == 0 && duplicated == 0 && reordered == 0 && corrupted == 0
  }
}
