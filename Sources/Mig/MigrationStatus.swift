public import BatonCore

/// The status of a migration under QEMU's names (QAPI `MigrationStatus`).
public enum MigrationStatus: UInt8, Symbol {
  /// No migration was begun yet.
  case none
  /// The two sides look for each other and greet.
  case setup
  /// The user does not want it any more, and the guest is on its way back.
  case cancelling
  /// The user did not want it, and the guest runs at the source.
  case cancelled
  /// The offer is looked at and accepted while the guest runs.
  case active
  /// The source waits for the user's leave to stop the guest (`pause-before-switchover`).
  case preSwitchover
  /// The guest stands still, and its devices move.
  case device
  /// The guest runs at the target.
  case completed
  /// The guest did not move; `refusal` says why.
  case failed

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
