/// Our own fault in a chart, found while it runs.
public enum MachineError: UInt8, Error, Hashable, Sendable {
  /// More than `Limits.microsteps` microsteps without coming to rest.
  case endlessMacrostep
  /// More than `Limits.deferred` events deferred, or more than `Limits.sends` sent, at one time.
  case overfullPool
  /// More than `Limits.effects` effects or `Limits.raised` raised events in one macrostep.
  case overfullOutbox
}
