import BatonCore
import BatonMig
import CBaton

/// One side of a migration as the host knows it: what both sides have.
@safe class MigrationHandle: Handle, MigrationWatcher {
  private let calls: baton_migration_calls
  private let context: UnsafeMutableRawPointer?
  private let parts: Parts

  /// What a migration uses, by the host's handles.
  struct Parts {
    let guest: GuestHandle
    let devices: [DeviceHandle]
    let notifiers: NotifiersHandle?
    let trace: TraceHandle?

    /// All of them, each once.
    var all: [Handle?] { [guest, notifiers, trace] + devices }

    /// What a machine of this chart is called by in the trace.
    func number<C: Chart>(_ table: Table<C>) -> UInt16 { trace?.trace.register(Legend(table)) ?? 0 }
  }

  /// A side that nobody asked to move yet.
  init(
    _ home: Home, _ parts: Parts, _ calls: baton_migration_calls,
    _ context: UnsafeMutableRawPointer?
  ) {
    self.parts = parts
    // Safe: only stored; the host keeps its context for as long as the migration.
    unsafe (self.calls, self.context) = (calls, context)
    super.init(home)
    for part in parts.all { use(part) }
  }

  override func end() { for part in parts.all { leave(part) } }

  // Each side has its own.
  var status: MigrationStatus { .none }
  var refusal: Refusal? { nil }
  var refusalText: String? { nil }
  var stamps: HandoverStamps? { nil }
  var callsBeforeTake: UInt64? { nil }

  func migration(status: MigrationStatus) {
    // Safe: the host's function and context, which live as long as the migration.
    home.tell { unsafe calls.status?(CInt(status.rawValue), context) }
  }

  func migration(warning: Refusal) {
    var why = baton_refusal(warning)
    // Safe: the host's function and context; the refusal outlives the call.
    home.tell { unsafe calls.warning?(&why, context) }
  }

  /// Runs a command; what it throws has the peer's own words where this side has none.
  func command(_ body: () throws(Refusal) -> Void) throws(Hindrance) { try refusing(body) }
}

/// The source's side.
final class OutgoingHandle: MigrationHandle {
  override class var mark: UInt { 0x400 }

  private(set) var migration: OutgoingMigration?

  /// A source that nobody asked to move yet.
  override init(
    _ home: Home, _ parts: Parts, _ calls: baton_migration_calls,
    _ context: UnsafeMutableRawPointer?
  ) {
    // Safe: only passed on.
    unsafe super.init(home, parts, calls, context)
    migration = OutgoingMigration(
      home.loop, guest: parts.guest, devices: parts.devices.compactMap(\.movable),
      notifiers: parts.notifiers?.list ?? home.notifiers, watcher: self,
      number: parts.number(OutgoingChart.table), observer: parts.trace?.trace)
  }

  override func end() {
    migration = nil
    super.end()
  }

  override var status: MigrationStatus { migration?.status ?? .none }
  override var refusal: Refusal? { migration?.refusal }
  override var refusalText: String? { migration?.refusalText }
  override var stamps: HandoverStamps? { migration?.stamps }
  override var callsBeforeTake: UInt64? { migration?.mutatingCallsBeforeTake }
}

/// The target's side.
final class IncomingHandle: MigrationHandle {
  override class var mark: UInt { 0x800 }

  private(set) var migration: IncomingMigration?

  /// A target that nobody asked to listen yet.
  override init(
    _ home: Home, _ parts: Parts, _ calls: baton_migration_calls,
    _ context: UnsafeMutableRawPointer?
  ) {
    // Safe: only passed on.
    unsafe super.init(home, parts, calls, context)
    migration = IncomingMigration(
      home.loop, guest: parts.guest, devices: parts.devices.compactMap(\.movable),
      notifiers: parts.notifiers?.list ?? home.notifiers, watcher: self,
      number: parts.number(IncomingChart.table), observer: parts.trace?.trace)
  }

  override func end() {
    migration = nil
    super.end()
  }

  override var status: MigrationStatus { migration?.status ?? .none }
  override var refusal: Refusal? { migration?.refusal }
  override var refusalText: String? { migration?.refusalText }
  override var stamps: HandoverStamps? { migration?.stamps }
  override var callsBeforeTake: UInt64? { migration?.callsBeforeTake }
}
