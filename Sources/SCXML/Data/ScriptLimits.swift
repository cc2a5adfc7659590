/// What the scripts of a processor's sessions may use (the data model `ecmascript`, SCXML B.2).
/// What goes beyond is `error.execution` with file and line, and the session goes on.
public struct ScriptLimits: Hashable, Sendable {
  /// Bytes that all sessions of the processor hold together in their data models; 64 MiB, and no
  /// session starts its data model with less than 256 KiB left.
  public var byteCount: Int
  /// Instructions of one script or expression, 20 million; an allocation counts as eight, a call of
  /// native code or a step back of a regular expression as four.
  public var stepCount: Int
  /// Nanoseconds of one script or expression, 10 s: the few things that one step can do for long
  /// are ended by the clock. A script that reaches it is not repeatable; steps come long before it.
  public var nanoseconds: UInt64

  /// Limits; the defaults are for documents of people who are not known.
  public init(
    byteCount: Int = 64 << 20, stepCount: Int = 20_000_000, nanoseconds: UInt64 = 10_000_000_000
  ) {
    self.byteCount = byteCount
    self.stepCount = stepCount
    self.nanoseconds = nanoseconds
  }
}
