/// QEMU's run states (QAPI `RunState`).
package enum RunState: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
  case debug, inmigrate, internalError, ioError, paused, postmigrate, prelaunch, finishMigrate
  case restoreVM, running, saveVM, shutdown, suspended, watchdog, guestPanicked, colo
  /// One that this program does not know.
  case unknown

  /// As QMP names it.
  package var name: String {
    switch self {
    case .debug: "debug"
    case .inmigrate: "inmigrate"
    case .internalError: "internal-error"
    case .ioError: "io-error"
    case .paused: "paused"
    case .postmigrate: "postmigrate"
    case .prelaunch: "prelaunch"
    case .finishMigrate: "finish-migrate"
    case .restoreVM: "restore-vm"
    case .running: "running"
    case .saveVM: "save-vm"
    case .shutdown: "shutdown"
    case .suspended: "suspended"
    case .watchdog: "watchdog"
    case .guestPanicked: "guest-panicked"
    case .colo: "colo"
    case .unknown: "unknown"
    }
  }

  /// The state of this name; ``unknown`` for others.
  package init(named name: String) {
    self = Self.allCases.first { $0.name == name } ?? .unknown
  }

  /// Whether the guest is this QEMU's to run: it runs, or stands still for a reason of its own.
  package var hasGuest: Bool {
    switch self {
    case .running, .paused, .suspended, .debug, .ioError, .watchdog, .guestPanicked, .internalError,
      .shutdown:
      true
    case .inmigrate, .postmigrate, .prelaunch, .finishMigrate, .restoreVM, .saveVM, .colo,
      .unknown:
      false
    }
  }
}

/// How far a QEMU's migration is (QAPI `MigrationStatus`), as far as it matters here.
package enum MigrationStage: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
  /// None was asked for, or none that is remembered.
  case none
  case setup, active, preSwitchover, device, cancelling
  case completed, failed, cancelled
  /// Postcopy and others that a relay never asks for.
  case other

  /// As QMP names it.
  package var name: String {
    switch self {
    case .none: "none"
    case .setup: "setup"
    case .active: "active"
    case .preSwitchover: "pre-switchover"
    case .device: "device"
    case .cancelling: "cancelling"
    case .completed: "completed"
    case .failed: "failed"
    case .cancelled: "cancelled"
    case .other: "other"
    }
  }

  /// The stage of this name; nil of an answer without one is ``none``.
  package init(named name: String?) {
    guard let name else {
      self = .none
      return
    }
    self = Self.allCases.first { $0.name == name } ?? .other
  }

  /// Whether it is under way.
  package var isUnderWay: Bool {
    switch self {
    case .setup, .active, .preSwitchover, .device, .cancelling, .other: true
    case .none, .completed, .failed, .cancelled: false
    }
  }
}

/// What a QEMU said of itself.
package struct Seen: Hashable, Sendable, BitwiseCopyable {
  package var run: RunState
  package var migration: MigrationStage

  package init(_ run: RunState, _ migration: MigrationStage = .none) {
    self.run = run
    self.migration = migration
  }
}
