/// How much one machine of a chart holds at one time: what a chart sets in ``Chart/limits``.
///
/// More is a ``MachineError``, which whoever sends the event handles; nothing is dropped in
/// silence. The room is made once, when it is first needed, so that an event allocates nothing that
/// one before it has not.
public struct MachineLimits: Hashable, Sendable {
  /// Effects that one macrostep may emit; more are ``MachineError/overfullOutbox``.
  public var effects: Int
  /// Raised events that wait at the same time; more are ``MachineError/overfullOutbox``.
  public var raised: Int
  /// Events that are deferred at the same time; more are ``MachineError/overfullPool``.
  public var deferred: Int
  /// Sent events that have not come; more are ``MachineError/overfullPool``.
  public var sends: Int
  /// Microsteps of one macrostep; more are ``MachineError/endlessMacrostep``.
  public var microsteps: Int

  /// Those of ``Limits``, but for what is given; less than one is one.
  @inlinable
  public init(
    effects: Int = 24, raised: Int = 8, deferred: Int = 16, sends: Int = 16, microsteps: Int = 64
  ) {
    self.effects = max(1, effects)
    self.raised = max(1, raised)
    self.deferred = max(1, deferred)
    self.sends = max(1, sends)
    self.microsteps = max(1, microsteps)
  }
}
