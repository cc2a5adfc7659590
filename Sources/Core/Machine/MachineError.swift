/// Our own fault in a chart, found while it runs.
public enum MachineError: UInt8, Error, Hashable, Sendable {
  /// More than `Limits.microsteps` microsteps without coming to rest.
  case endlessMacrostep
  /// More than `Limits.effects` effects or `Limits.raised` raised events in one macrostep.
  case overfullOutbox
}
