/// What those who registered with a `NotifierList` are told of a migration.
///
/// The first four are QEMU's (`MIG_EVENT_PRECOPY_SETUP`, `_DONE`, `_FAILED`, and `_PRE_INCOMING` of
/// the backend-transfer series,
/// <https://patchew.org/QEMU/20250923100110.70862-1-vsementsov@yandex-team.ru>); the last two tell
/// the incoming side its end.
public enum MigrationEvent: UInt8, Symbol, Message {
  /// The source is about to start; may be vetoed.
  case precopySetup
  /// The source has given the guest away.
  case precopyDone
  /// The source keeps the guest.
  case precopyFailed
  /// The target is about to listen, nothing has happened yet; may be vetoed.
  case preIncoming
  /// The target runs the guest.
  case incomingDone
  /// The target gave up; it never ran the guest.
  case incomingFailed

  /// True for what a target says, and not a source.
  var isIncoming: Bool {
    switch self {
    case .preIncoming, .incomingDone, .incomingFailed: true
    case .precopySetup, .precopyDone, .precopyFailed: false
    }
  }

  /// True when an error of a notifier stops what is about to happen.
  package var mayBeVetoed: Bool {
    switch self {
    case .precopySetup, .preIncoming: true
    case .precopyDone, .precopyFailed, .incomingDone, .incomingFailed: false
    }
  }
}
