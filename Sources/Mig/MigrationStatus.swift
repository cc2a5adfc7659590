public import BatonCore

/// The status of a migration under QEMU's names (QAPI `MigrationStatus`).
public enum MigrationStatus: UInt8, Symbol {
  case none, setup, cancelling, cancelled, active, preSwitchover, device, completed, failed

  /// The name that QMP uses.
  public var qapiName: StaticString {
    switch self {
    case .none: "none"
    case .setup: "setup"
    case .cancelling: "cancelling"
    case .cancelled: "cancelled"
    case .active: "active"
    case .preSwitchover: "pre-switchover"
    case .device: "device"
    case .completed: "completed"
    case .failed: "failed"
    }
  }
}
