/// What a rehearsal showed; the JSON object of `baton demo --json`.
package struct DemoReport: Codable, Sendable {
  package struct Handover: Codable, Sendable {
    /// From 1.
    package var index: Int
    /// The source's status at the end, under QEMU's name.
    package var status: String
    /// From the guest's stop to its start, in microseconds; nil when it did not come to that.
    package var blackoutMicros: Double?
    /// The phases of the blackout in microseconds.
    package var phasesMicros: [String: Double]
    /// Calls that can change the TAP, made by the target before it owned the guest.
    package var mutatingCallsBeforeTake: UInt64?
    /// Frames for the guest that the kernel dropped meanwhile.
    package var transmitDrops: UInt64
    /// Open descriptors of the process that has the guest afterwards.
    package var descriptors: Int?
    /// Who was killed where; nil in an ordinary handover.
    package var killed: String?
    /// Who runs the guest afterwards: source, target or nobody.
    package var runner: String
    /// Why it did not end in `completed`, in the survivor's words.
    package var error: String?

    enum CodingKeys: String, CodingKey {
      case index, status
      case blackoutMicros = "blackout_us"
      case phasesMicros = "phases_us"
      case mutatingCallsBeforeTake = "mutating_calls_before_take"
      case transmitDrops = "tx_dropped"
      case descriptors, killed, runner, error
    }
  }

  package var tap: String
  package var queues: Int
  package var handovers: [Handover]
  /// What became of the probes.
  package var probe: ProbeResult
  /// What was asked for and did not happen; empty when all is well.
  package var complaints: [String]
  /// The signal that ended it early; nil when it ran to its end.
  package var interruption: Int32?
  /// When answers came and their round trips: `[nanoseconds of CLOCK_MONOTONIC, microseconds]`. For
  /// the page of a run; not in the JSON object.
  package var roundTrips: [[UInt64]] = []

  enum CodingKeys: String, CodingKey {
    case tap, queues, handovers, probe, complaints
    case interruption = "interrupted_by_signal"
  }

  /// The median blackout in microseconds; nil without a completed handover.
  package var medianBlackoutMicros: Double? {
    Median.of(handovers.compactMap(\.blackoutMicros))
  }
}
