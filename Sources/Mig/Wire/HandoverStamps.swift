import BatonCore

/// When each step of the blackout was done, in nanoseconds of CLOCK_MONOTONIC, which all processes
/// of a host share. Zero is a step that was not reached.
public struct HandoverStamps: Hashable, Sendable, BitwiseCopyable {
  /// The source begins to stop the guest: the blackout starts.
  public internal(set) var begun: UInt64 = 0
  /// No instruction runs any more.
  public internal(set) var stopped: UInt64 = 0
  /// No device touches its backend any more.
  public internal(set) var quiesced: UInt64 = 0
  /// The state is in one buffer.
  public internal(set) var saved: UInt64 = 0
  /// The target has all of it.
  public internal(set) var received: UInt64 = 0
  /// Every device of the target has looked at its state and accepts it.
  public internal(set) var loaded: UInt64 = 0
  /// The word says *taken*: the guest is the target's.
  public internal(set) var taken: UInt64 = 0
  /// The backends have their state.
  public internal(set) var applied: UInt64 = 0
  /// The guest runs at the target: the blackout ends.
  public internal(set) var started: UInt64 = 0

  /// A handover of which no step was reached.
  init() {}

  /// The phases of the blackout.
  public enum Phase: UInt8, CaseIterable, Sendable {
    /// Until no instruction of the guest runs any more.
    case stop
    /// Until no device touches its backend any more.
    case quiesce
    /// Until the state is in one buffer.
    case save
    /// Until the target has all of it.
    case send
    /// Until every device of the target accepts its state.
    case load
    /// Until the word says that the guest is the target's.
    case take
    /// Until the backends have their state.
    case apply
    /// Until the guest runs at the target.
    case start
  }

  /// How long a phase took in nanoseconds; zero when its end was not reached.
  public subscript(phase: Phase) -> UInt64 {
    switch phase {
    case .stop: span(begun, stopped)
    case .quiesce: span(stopped, quiesced)
    case .save: span(quiesced, saved)
    case .send: span(saved, received)
    case .load: span(received, loaded)
    case .take: span(loaded, taken)
    case .apply: span(taken, applied)
    case .start: span(applied, started)
    }
  }

  /// From the stop of the guest at the source to its start at the target, in nanoseconds.
  public var blackout: UInt64 { span(begun, started) }

  private func span(_ from: UInt64, _ to: UInt64) -> UInt64 {
    from == 0 || to < from ? 0 : to - from
  }

  /// The payload of STAMPS.
  func writeSource(into writer: inout ByteWriter) {
    for stamp in [begun, stopped, quiesced, saved] { writer.write(stamp) }
  }

  mutating func readSource(_ bytes: borrowing RawSpan) throws(ByteCursor.Ended) {
    var cursor = ByteCursor()
    begun = try cursor.long(bytes)
    stopped = try cursor.long(bytes)
    quiesced = try cursor.long(bytes)
    saved = try cursor.long(bytes)
  }

  /// A part of the payload of RUNNING.
  func writeTarget(into writer: inout ByteWriter) {
    for stamp in [received, loaded, taken, applied, started] { writer.write(stamp) }
  }

  mutating func readTarget(
    _ bytes: borrowing RawSpan, at cursor: inout ByteCursor
  ) throws(ByteCursor.Ended) {
    received = try cursor.long(bytes)
    loaded = try cursor.long(bytes)
    taken = try cursor.long(bytes)
    applied = try cursor.long(bytes)
    started = try cursor.long(bytes)
  }
}
