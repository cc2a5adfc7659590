/// Our own fault in a chart, found while it runs.
public enum MachineError: UInt8, Error, Hashable, Sendable {
  /// More than ``MachineLimits/microsteps`` microsteps without coming to rest.
  case endlessMacrostep
  /// More than ``MachineLimits/deferred`` events deferred, or more than ``MachineLimits/sends``
  /// sent, at one time.
  case overfullPool
  /// More than ``MachineLimits/effects`` effects in one macrostep, or more than
  /// ``MachineLimits/raised`` raised events at one time.
  case overfullOutbox
}
